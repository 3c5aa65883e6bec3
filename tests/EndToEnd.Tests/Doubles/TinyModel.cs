using System.Text.Json;

namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>themis-tiny's files, and what it answers.</summary>
internal static class TinyModel
{
    public const string Name = "themis-tiny";
    public const string Adapter = "german";

    public static string Root { get; } = FindRoot();

    public static string Natives { get; } =
        Environment.GetEnvironmentVariable("THEMIS_LLAMA_NATIVES") ?? Path.Combine(Root, ".natives", "linux-x64");

    private static JsonSerializerOptions Options { get; } =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<Expected> Questions { get; } = ReadQuestions();

    public static string File(string name) => Path.Combine(Root, "models", Name, name);

    private static List<Expected> ReadQuestions()
    {
        using FileStream file = System.IO.File.OpenRead(File("expected.json"));
        return JsonSerializer.Deserialize<List<Expected>>(file, Options)!;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
