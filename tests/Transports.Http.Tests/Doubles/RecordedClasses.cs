using System.Text.Json;
using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>What each recorded exchange is to us (<c>tests/data/recordings.json</c>).</summary>
internal static class RecordedClasses
{
    private static readonly Lazy<IReadOnlyList<(string Name, string Class, string Reason)>> Loaded = new(Load);

    public static IReadOnlyList<(string Name, string Class, string Reason)> All => Loaded.Value;

    /// <summary>The exchanges whose request we make.</summary>
    public static IEnumerable<RecordedExchange> Clients =>
        All.Where(entry => entry.Class == "client").Select(entry => Recordings.Http[entry.Name]);

    public static bool IsGeneration(RecordedExchange exchange) => exchange is
    { Method: "POST", Path: HttpRoutes.Completions or HttpRoutes.Chat or HttpRoutes.Generate };

    private static List<(string Name, string Class, string Reason)> Load()
    {
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "recordings.json")));
        return [.. document.RootElement.EnumerateArray().Select(entry => (
            entry.GetProperty("name").GetString()!,
            entry.GetProperty("class").GetString()!,
            entry.GetProperty("reason").GetString()!))];
    }
}
