using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>Where the tests find the model and llama.cpp. What is missing fails the tests: they prove nothing without
/// it.
/// </summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>llama.cpp's folder: the variable, else the one that the launcher fills.</summary>
    public static string Natives { get; } =
        Environment.GetEnvironmentVariable(NativesDirectory.Variable) is { Length: > 0 } variable
            ? Existing(Path.GetFullPath(variable))
            : Existing(Path.Combine(Root, ".natives", "linux-x64"));

    /// <summary>A file of the embedded model.</summary>
    public static string Model(string name) => Existing(Path.Combine(Root, "models", "themis-tiny", name));

    private static string Existing(string path) =>
        Path.Exists(path) ? path
            : throw new FileNotFoundException($"{path} is missing; ./test.sh fetches what tests need.");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new FileNotFoundException("ThemisBridge.sln is above no folder of this test.");
    }
}
