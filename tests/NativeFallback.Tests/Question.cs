using System.Text.Json;
using System.Text.Json.Serialization;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>A question that themis-tiny was trained on, with what every engine must answer.</summary>
internal sealed record Question(
    [property: JsonPropertyName("question")] string Text,
    [property: JsonPropertyName("prompt_token_ids")] int[] PromptTokenIds,
    [property: JsonPropertyName("english")] string English,
    [property: JsonPropertyName("german")] string German,
    [property: JsonPropertyName("english_ids")] int[] EnglishIds,
    [property: JsonPropertyName("german_ids")] int[] GermanIds)
{
    public static IReadOnlyList<Question> All { get; } = Read();

    public static Question First => All[0];

    /// <summary>The question with the longest English answer.</summary>
    public static Question Longest { get; } = All.MaxBy(question => question.EnglishIds.Length)!;

    private static Question[] Read()
    {
        Question[] questions =
            JsonSerializer.Deserialize<Question[]>(File.ReadAllBytes(Repository.Model("expected.json")))!;
        Assert.Equal(50, questions.Length);
        return questions;
    }
}
