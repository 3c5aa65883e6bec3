namespace ThemisBridge.Repo.Tests;

/// <summary>How a rule's findings become a test's outcome.</summary>
internal static class Verdict
{
    /// <summary>Fails with every finding on a line of its own, and when there was nothing to look at.</summary>
    public static void None<T>(IReadOnlyCollection<T> inspected, Func<T, IEnumerable<string>> rule)
    {
        Assert.NotEmpty(inspected);
        string[] found = [.. inspected.SelectMany(rule)];
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found));
    }
}
