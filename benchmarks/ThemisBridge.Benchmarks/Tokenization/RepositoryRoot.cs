namespace ThemisBridge.Benchmarks.Tokenization;

/// <summary>Finds the repository that the benchmarks were built in.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>The folder of a model's tokenizer files, which <c>scripts/vocabularies.sh</c> brings.</summary>
    public static string Model(string family) => family == "themis-tiny"
        ? System.IO.Path.Combine(Path, "models", "themis-tiny", "hf")
        : System.IO.Path.Combine(Path, ".vocabularies", "hf", family, "models");

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder, "ThemisBridge.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Run the benchmarks inside the repository.");
    }
}
