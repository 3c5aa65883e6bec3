namespace ThemisBridge.Bench.Tests;

/// <summary>The machine's running processes.</summary>
internal static class ProcessTable
{
    /// <summary>
    /// The ids of the processes with a text in their command line, dead ones that wait for their parent aside.
    /// </summary>
    public static IReadOnlyList<int> Naming(string text)
    {
        var found = new List<int>();
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id))
                continue;
            try
            {
                if (File.ReadAllText(Path.Combine(directory, "cmdline")).Contains(text, StringComparison.Ordinal))
                    found.Add(id);
            }
            catch (IOException)
            {
                // It ended between the listing and the reading.
            }
        }
        return found;
    }
}
