using System.Text.RegularExpressions;

namespace ThemisBridge.Bench.Tests;

public sealed partial class UnsafeCodeTests
{
    [Fact]
    public void Unsafe_code_stays_in_the_baselines()
    {
        var bench = RepositoryFile.Find("src/Bench");
        var outside = Directory.GetFiles(bench, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(bench, file).StartsWith("Baselines/", StringComparison.Ordinal))
            .Where(file => UnsafeWord().IsMatch(File.ReadAllText(file)));

        Assert.Empty(outside);
        Assert.Matches(UnsafeWord(), File.ReadAllText(Path.Combine(bench, "Baselines", "Futex.cs")));
    }

    [GeneratedRegex(@"^[^/\n]*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex UnsafeWord();
}
