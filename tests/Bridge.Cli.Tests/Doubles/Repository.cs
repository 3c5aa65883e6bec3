namespace ThemisBridge.Cli.Tests.Doubles;

/// <summary>The files of the repository that tests use.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Model(string file) => Path.Combine(Root, "models", "themis-tiny", file);

    /// <summary>The native library's folder, as the launcher would set it.</summary>
    public static string Natives { get; } =
        Environment.GetEnvironmentVariable("THEMIS_LLAMA_NATIVES") ?? Path.Combine(Root, ".natives", "linux-x64");

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
