using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Vllm.Engine;
using ThemisBridge.Testing.Vllm.Requests;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Answers;

/// <summary>Probabilities of tokens in every spelling.</summary>
/// <param name="call">What was asked for.</param>
/// <param name="spell">How a number is written.</param>
internal sealed class LogprobLines(GenerationCall call, Func<float, string> spell)
{
    /// <summary>OpenAI's old shape: parallel lists. A place without an entry (the first of a prompt) is null.</summary>
    public JsonLine Lists(JsonLine line, Sequence sequence, IReadOnlyList<TokenLogprob?>? entries, bool isRust = false)
    {
        if (entries is null || call.Logprobs is not { } count)
        {
            return line.Null("logprobs");
        }

        string[] tokens = [.. entries.Select((one, i) => one is null ? FirstOfPrompt(sequence) : Token(one))];
        var offsets = new List<string>();
        foreach (string token in tokens)
        {
            offsets.Add($"{sequence.TextOffset}");
            sequence.TextOffset += token.Length;
        }

        line.Name("logprobs").Open();
        if (!isRust)
        {
            line.Name("text_offset").Raw($"[{string.Join(',', offsets)}]");
        }

        string[] values = [.. entries.Select(one => one is null ? "null" : spell(one.Logprob))];
        void Tokens()
        {
            line.Name("tokens").Open('[');
            Array.ForEach(tokens, token => line.Value(token));
            line.Close(']');
        }

        if (isRust)
        {
            Tokens();
        }

        line.Name("token_logprobs").Raw($"[{string.Join(',', values)}]");
        if (!isRust)
        {
            Tokens();
        }

        line.Name("top_logprobs").Open('[');
        foreach (TokenLogprob? entry in entries)
        {
            _ = entry is null ? line.Raw("null") : Map(line, entry, count);
        }

        line.Close(']');
        return (isRust ? line.Name("text_offset").Raw($"[{string.Join(',', offsets)}]") : line).Close();
    }

    /// <summary>OpenAI's chat shape.</summary>
    public JsonLine Content(JsonLine line, IReadOnlyList<TokenLogprob>? entries)
    {
        if (entries is null || call.Logprobs is not { } count)
        {
            return line.Null("logprobs");
        }

        line.Name("logprobs").Open().Name("content").Open('[');
        foreach (TokenLogprob entry in entries)
        {
            Entry(line.Open(), entry).Name("top_logprobs").Open('[');
            foreach (TokenLogprob other in entry.Top.Take(count))
            {
                Entry(line.Open(), other).Close();
            }

            line.Close(']').Close();
        }

        return line.Close(']').Close();
    }

    /// <summary>The shape of the token endpoint: ids and ranks. A rank beyond the twentieth is told as the
    /// twenty-first.</summary>
    public JsonLine Ids(JsonLine line, IReadOnlyList<TokenLogprob>? entries)
    {
        if (entries is null || call.Logprobs is not { } count)
        {
            return line.Null("logprobs");
        }

        line.Name("logprobs").Open().Name("content").Open('[');
        foreach (TokenLogprob entry in entries)
        {
            Ranked(line.Open(), entry, RankOf(entry)).Name("top_logprobs").Open('[');
            for (int i = 0; i < Math.Min(count, entry.Top.Count); i++)
            {
                Ranked(line.Open(), entry.Top[i], i + 1).Close();
            }

            line.Close(']').Close();
        }

        return line.Close(']').Close();
    }

    /// <summary>The probabilities of a prompt: one object per place, null for the first.</summary>
    public JsonLine Prompt(JsonLine line, IReadOnlyList<TokenLogprob?>? entries)
    {
        if (entries is null || call.PromptLogprobs is not { } count)
        {
            return line.Null("prompt_logprobs");
        }

        line.Name("prompt_logprobs").Open('[');
        foreach (TokenLogprob? entry in entries)
        {
            if (entry is null)
            {
                line.Raw("null");
                continue;
            }

            line.Open();
            foreach (TokenLogprob one in Shown(entry, count).DistinctBy(shown => shown.TokenId))
            {
                int rank = one == entry ? RankOf(entry) : entry.Top.ToList().IndexOf(one) + 1;
                line.Name($"{one.TokenId}").Open().Name("logprob").Raw(spell(one.Logprob)).Field("rank", rank)
                    .Field("decoded_token", one.Token).Close();
            }

            line.Close();
        }

        return line.Close(']');
    }

    private static IEnumerable<TokenLogprob> Shown(TokenLogprob entry, int count) => [entry, .. entry.Top.Take(count)];

    private static int RankOf(TokenLogprob entry)
    {
        int at = entry.Top.ToList().FindIndex(one => one.TokenId == entry.TokenId);
        return at < 0 ? entry.Top.Count + 1 : at + 1;
    }

    private JsonLine Map(JsonLine line, TokenLogprob entry, int count)
    {
        line.Open();
        foreach (TokenLogprob one in Shown(entry, count).DistinctBy(Token))
        {
            line.Name(Token(one)).Raw(spell(one.Logprob));
        }

        return line.Close();
    }

    private JsonLine Entry(JsonLine line, TokenLogprob entry) => line.Field("token", Token(entry))
        .Name("logprob").Raw(spell(entry.Logprob))
        .Name("bytes").Raw($"[{string.Join(',', Encoding.UTF8.GetBytes(entry.Token ?? ""))}]");

    private JsonLine Ranked(JsonLine line, TokenLogprob entry, int rank) =>
        line.Field("token_id", entry.TokenId).Name("logprob").Raw(spell(entry.Logprob)).Field("rank", rank);

    private string FirstOfPrompt(Sequence sequence) => call.TokensAsIds
        ? $"token_id:{sequence.PromptIds![0]}" : sequence.FirstPromptToken ?? "";

    private string Token(TokenLogprob entry) =>
        call.TokensAsIds || entry.Token is null ? $"token_id:{entry.TokenId}" : entry.Token;
}
