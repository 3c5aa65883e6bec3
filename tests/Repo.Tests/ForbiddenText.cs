using System.Text.RegularExpressions;

namespace ThemisBridge.Repo.Tests;

/// <summary>
/// Nothing in the repository names the host of a package registry, since each machine has its own, or a path of the
/// machine that it was written on. The patterns have a bracket each, so that they do not find themselves.
/// </summary>
public sealed partial class ForbiddenText
{
    [Fact]
    public void Files_name_no_registry_and_no_machines_path() =>
        Verdict.None(
            Repository.Files, path => Check(path, File.ReadAllBytes(Path.Combine(Repository.Root, path))));

    [Theory]
    [InlineData("https://registry.npm", "js.org/x")]
    [InlineData("api.nu", "get.org")]
    [InlineData("py", "pi.org")]
    [InlineData("deb.deb", "ian.org")]
    [InlineData("see /wo", "rk/notes")]
    [InlineData("in /ro", "ot/x")]
    [InlineData("\"/ho", "me/somebody\"")]
    public void Named_one_is_found(string start, string end) =>
        Assert.Contains("a.txt:2", Assert.Single(Check("a.txt", [.. "line\n"u8, .. Bytes(start + end)])));

    [Theory]
    [InlineData("$root/scripts")]
    [InlineData("tests/work/a")]
    [InlineData("~/.nuget/packages")]
    public void Other_text_is_accepted(string text) => Assert.Empty(Check("a.txt", Bytes(text)));

    [Fact]
    public void Binary_file_is_passed_over() => Assert.Empty(Check("a.bin", [0, .. Bytes("/ro" + "ot/x")]));

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static IEnumerable<string> Check(string path, byte[] content)
    {
        if (content.AsSpan(0, Math.Min(content.Length, 8000)).Contains((byte)0))
        {
            yield break;
        }

        string text = System.Text.Encoding.UTF8.GetString(content);
        foreach (Match match in Forbidden().Matches(text))
        {
            yield return $"{path}:{text.AsSpan(0, match.Index).Count('\n') + 1}: names {match.Value}";
        }
    }

    [GeneratedRegex(@"registry\.npmj[s]|npmj[s]\.org|nuge[t]\.org|pyp[i]\.org|pythonhoste[d]\.org|deb\.debia[n]\.org"
        + @"|(?<![\w.}$])/(wor[k]|roo[t]|hom[e]|tmp/w[t])/", RegexOptions.IgnoreCase)]
    private static partial Regex Forbidden();
}
