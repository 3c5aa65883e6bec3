using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>The probabilities of a recorded choice, read the plain way, in whichever of three shapes they
/// stand.</summary>
internal static class RecordedLogprobs
{
    /// <summary>The entries; none where the choice has none.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="ids">The ids that came beside them, when they were asked for.</param>
    /// <param name="top">How many alternatives were asked for.</param>
    public static IEnumerable<TokenLogprob> Of(JsonElement choice, string[] ids, int top)
    {
        if (!choice.TryGetProperty("logprobs", out JsonElement all) || all.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        TokenLogprob[] entries = all.TryGetProperty("content", out JsonElement content)
            ? [.. content.EnumerateArray().Select(EntryOf)]
            : [.. all.GetProperty("tokens").EnumerateArray().Select((token, index) => new TokenLogprob(
                null, token.GetString(), all.GetProperty("token_logprobs")[index].GetSingle())
            {
                Top = [.. all.GetProperty("top_logprobs")[index].EnumerateObject().Select(
                    one => new TokenLogprob(null, one.Name, one.Value.GetSingle()))],
            })];
        return entries.Select((entry, index) => entry with
        {
            TokenId = entry.TokenId ?? (ids.Length == entries.Length
                ? int.Parse(ids[index], System.Globalization.CultureInfo.InvariantCulture) : null),
            Top = [.. entry.Top.OrderByDescending(one => one.Logprob).Take(top)],
        });
    }

    private static TokenLogprob EntryOf(JsonElement entry) => new(
        entry.TryGetProperty("token_id", out JsonElement id) ? id.GetInt32() : null,
        entry.TryGetProperty("token", out JsonElement token) ? token.GetString() : null,
        entry.GetProperty("logprob").GetSingle())
    {
        Top = entry.TryGetProperty("top_logprobs", out JsonElement top)
            ? [.. top.EnumerateArray().Select(EntryOf)] : [],
    };
}
