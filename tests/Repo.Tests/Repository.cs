using System.Diagnostics;

namespace ThemisBridge.Repo.Tests;

/// <summary>The files that the rules are about: those that git keeps, or all of an unpacked archive.</summary>
internal static class Repository
{
    /// <summary>What tools fill; looked at only where git cannot say what is ours.</summary>
    private static readonly HashSet<string> GeneratedFolders =
        ["artifacts", "bin", "obj", "node_modules", "TestResults", "__pycache__", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths from the root, with slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. (FromGit(Root) ?? FromFolder(Root)).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<SourceFile> Sources { get; } =
        [.. Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal))
            .Select(path => SourceFile.Parse(path, Read(path)))];

    public static IReadOnlyList<ProjectFile> SourceProjects { get; } =
        [.. Files.Where(path => path.StartsWith("src/", StringComparison.Ordinal)
                && path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(path => ProjectFile.Parse(path, Read(path)))];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Null where the folder is no work tree of git, or git is not there or refuses.</summary>
    internal static IReadOnlyList<string>? FromGit(string root)
    {
        if (!Path.Exists(Path.Combine(root, ".git")))
        {
            return null;
        }

        string[] arguments = ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
            string listed = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode != 0 ? null
                : [.. listed.Split('\0', StringSplitOptions.RemoveEmptyEntries)
                    .Where(path => File.Exists(Path.Combine(root, path)))];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    internal static IEnumerable<string> FromFolder(string root) =>
        Walk(new DirectoryInfo(root)).Select(file => Path.GetRelativePath(root, file.FullName).Replace('\\', '/'));

    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(folder.EnumerateDirectories()
            .Where(inner => !GeneratedFolders.Contains(inner.Name) && (inner.Name[0] != '.' || inner.Name == ".ci"))
            .SelectMany(Walk));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No ThemisBridge.sln above {AppContext.BaseDirectory}.");
    }
}
