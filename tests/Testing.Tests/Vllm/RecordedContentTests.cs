using System.Text.Json;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>Where nothing is random, the double with the same model behind it says what the recorded server
/// said.</summary>
public sealed class RecordedContentTests(TinyEngine tiny)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Greedy => [.. RecordedNames.All.Where(IsGreedy)];

    [Theory]
    [MemberData(nameof(Greedy))]
    public async Task Greedy_answer_has_the_recorded_text_ids_reasons_and_usage(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, RecordedServers.Of(name));

        RawAnswer answer = await RawClient.AskAsync(server, exchange.Request, Token);

        Assert.Equal(Meaning(new RawAnswer(exchange.Response.Span)), Meaning(answer));
    }

    [Theory]
    [InlineData("A-completions-stop-stream")]
    [InlineData("A-chat-stop-stream")]
    [InlineData("A-completions-stream")]
    public async Task Each_event_of_a_stream_has_the_recorded_piece_of_text(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        await using VllmDouble server = VllmDouble.Start(tiny.Backend, RecordedServers.Of(name));

        RawAnswer answer = await RawClient.AskAsync(server, exchange.Request, Token);

        Assert.Equal(PiecesOf(new RawAnswer(exchange.Response.Span)), PiecesOf(answer));
    }

    private static List<string> PiecesOf(RawAnswer answer) =>
    [
        .. answer.Events.Where(one => one[0] == '{').Select(one => JsonDocument.Parse(one).RootElement)
            .SelectMany(root => root.GetProperty("choices").EnumerateArray())
            .Select(choice => $"{TextOf(choice)} [{string.Join(',', IdsOf(choice))}]"),
    ];

    private static bool IsGreedy(string name)
    {
        RecordedExchange exchange = RecordedNames.Set[name];
        string body = System.Text.Encoding.UTF8.GetString(exchange.RequestBody.Span);
        // The engine behind renders what a user writes as text, where vLLM's template let it be a special token.
        return exchange.Status == 200 && name != "A-chat-special-inject" && !RecordedTests.IsElsewhere(name) && !RecordedScript.Has(exchange)
            && body.Contains("\"temperature\":0", StringComparison.Ordinal);
    }

    // Text, ids, reasons and usage of every choice, whether streamed or not.
    private static string Meaning(RawAnswer answer)
    {
        var choices = new SortedDictionary<int, (string Text, List<int> Ids, string Reason)>();
        string usage = "";
        IEnumerable<string> parts = answer.IsChunked ? answer.Events.Where(one => one[0] == '{') : [answer.Text];
        foreach (string part in parts)
        {
            JsonElement root = JsonDocument.Parse(part).RootElement;
            if (root.TryGetProperty("usage", out JsonElement counts) && counts.ValueKind == JsonValueKind.Object)
            {
                usage = $"{counts.GetProperty("prompt_tokens")}+{counts.GetProperty("completion_tokens")}";
            }

            foreach (JsonElement choice in root.GetProperty("choices").EnumerateArray())
            {
                int index = choice.GetProperty("index").GetInt32();
                (string text, List<int> ids, string reason) = choices.GetValueOrDefault(index, ("", [], ""));
                ids.AddRange(IdsOf(choice));
                string ended = $"{choice.GetProperty("finish_reason")}/"
                    + (choice.TryGetProperty("stop_reason", out JsonElement stop) ? $"{stop}" : "");
                choices[index] = (text + TextOf(choice), ids, ended.Length > 1 ? ended : reason);
            }
        }

        return string.Join('\n', choices.Select(one =>
            $"{one.Key}: {one.Value.Text} [{string.Join(',', one.Value.Ids)}] {one.Value.Reason}")) + "\n" + usage;
    }

    private static IEnumerable<int> IdsOf(JsonElement choice) =>
        choice.TryGetProperty("token_ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array
            ? ids.EnumerateArray().Select(id => id.GetInt32()) : [];

    private static string TextOf(JsonElement choice)
    {
        JsonElement holder = choice.TryGetProperty("message", out JsonElement message) ? message
            : choice.TryGetProperty("delta", out JsonElement delta) ? delta : choice;
        return holder.TryGetProperty("content", out JsonElement content) ? $"{content}"
            : holder.TryGetProperty("text", out JsonElement text) ? $"{text}" : "";
    }
}
