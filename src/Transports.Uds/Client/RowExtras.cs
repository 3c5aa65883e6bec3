using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>What rows have beside ids and text: probabilities, reasoning, tool calls.</summary>
internal sealed class RowExtras
{
    private StringBuilder? _reasoning;
    private List<TokenLogprob>? _logprobs;
    private List<ToolCallDelta>? _toolCalls;

    /// <summary>Adds a row's.</summary>
    /// <returns>False when its details have an unknown form.</returns>
    public bool Add(in StepRow row)
    {
        if (!row.Logprobs.IsEmpty)
        {
            AddLogprobs(row);
        }

        if (row.Details.IsEmpty)
        {
            return true;
        }

        if (StepDetails.Read(row.Details) is not { } details)
        {
            return false;
        }

        if (details.Reasoning is { } reasoning)
        {
            (_reasoning ??= new StringBuilder()).Append(reasoning);
        }

        if (details.ToolCalls is { } calls)
        {
            (_toolCalls ??= []).AddRange(calls.Select(call => call.ToDelta()));
        }

        if (details.Logprobs is { } logprobs)
        {
            (_logprobs ??= []).AddRange(logprobs.Select(logprob => logprob.ToLogprob()));
        }

        return true;
    }

    public string? TakeReasoning()
    {
        string? taken = _reasoning?.ToString();
        _reasoning = null;
        return taken;
    }

    public IReadOnlyList<TokenLogprob>? TakeLogprobs()
    {
        List<TokenLogprob>? taken = _logprobs;
        _logprobs = null;
        return taken;
    }

    public IReadOnlyList<ToolCallDelta>? TakeToolCalls()
    {
        List<ToolCallDelta>? taken = _toolCalls;
        _toolCalls = null;
        return taken;
    }

    private void AddLogprobs(in StepRow row)
    {
        _logprobs ??= [];
        for (int i = 0, top = 0; i < row.Logprobs.Length; i++)
        {
            var tops = new TokenLogprob[row.TopCounts[i]];
            for (int j = 0; j < tops.Length; j++, top++)
            {
                tops[j] = new TokenLogprob(row.TopIds[top], null, row.TopLogprobs[top]);
            }

            _logprobs.Add(new TokenLogprob(row.Ids[i], null, row.Logprobs[i]) { Top = tops });
        }
    }
}
