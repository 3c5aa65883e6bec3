using System.Text.Json;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>The recorded exchanges that the double must answer: classes <c>client</c> and <c>double</c>.</summary>
internal static class RecordedNames
{
    private static readonly Lazy<RecordingSet> Loaded =
        new(() => RecordingSet.FromArchive(Path.Combine(AppContext.BaseDirectory, "http.tar.gz")));

    public static RecordingSet Set => Loaded.Value;

    public static IReadOnlyList<string> All { get; } = Load();

    private static List<string> Load()
    {
        using JsonDocument document =
            JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "recordings.json")));
        return [.. document.RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("class").GetString() is "client" or "double")
            .Select(entry => entry.GetProperty("name").GetString()!)];
    }
}
