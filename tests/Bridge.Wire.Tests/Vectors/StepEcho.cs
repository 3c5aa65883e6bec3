using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Tests.Vectors;

/// <summary>The part of <see cref="FrameEcho"/> that is STEP's.</summary>
internal static class StepEcho
{
    /// <summary>Reads a STEP with all its rows, and writes it again.</summary>
    public static FrameFault? Run(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (StepFrame.Read(bytes, out StepFrame frame) is { } fault)
        {
            return fault;
        }

        var builder = new StepBuilder((frame.Columns & StepColumns.Logprobs) != 0);
        foreach (StepRow row in frame)
        {
            if (!row.Details.IsEmpty && StepDetails.Read(row.Details) is null)
            {
                return FrameFault.Protocol("details");
            }

            // The JSON goes through the content's own writer.
            byte[] details = row.Details.IsEmpty ? [] : Rewrite(StepDetails.Read(row.Details)!);
            builder.Add(row.Handle, row.Ids, Encoding.UTF8.GetString(row.Text), details);
            builder.AddLogprobs(Logprobs(row));
        }

        builder.Flush(output);
        fields = FrameFields.Of(frame);
        return null;
    }

    private static byte[] Rewrite(StepDetails details) => StepDetails.Write(new InferenceChunk
    {
        Reasoning = details.Reasoning,
        ToolCalls = details.ToolCalls?.Select(piece => piece.ToDelta()).ToArray(),
        Logprobs = details.Logprobs?.Select(logprob => logprob.ToLogprob()).ToArray(),
    }, details.Logprobs is not null);

    private static TokenLogprob[] Logprobs(in StepRow row)
    {
        var logprobs = new TokenLogprob[row.Logprobs.Length];
        for (int i = 0, top = 0; i < logprobs.Length; i++)
        {
            var tops = new TokenLogprob[row.TopCounts[i]];
            for (int j = 0; j < tops.Length; j++, top++)
            {
                tops[j] = new TokenLogprob(row.TopIds[top], null, row.TopLogprobs[top]);
            }

            logprobs[i] = new TokenLogprob(row.Ids[i], null, row.Logprobs[i]) { Top = tops };
        }

        return logprobs;
    }
}
