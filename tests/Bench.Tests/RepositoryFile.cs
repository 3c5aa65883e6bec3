namespace ThemisBridge.Bench.Tests;

/// <summary>Files of the repository that the tests run in.</summary>
internal static class RepositoryFile
{
    public static string Root { get; } = FindRoot();

    public static string Find(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "ThemisBridge.sln")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("no ThemisBridge.sln above the tests");
        return directory.FullName;
    }
}
