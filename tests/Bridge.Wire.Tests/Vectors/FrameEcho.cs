using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Tests.Vectors;

/// <summary>Reads a frame as far as a receiver does, and writes it again from what was read.</summary>
internal static class FrameEcho
{
    /// <summary>Reads a frame with all its content. Null when it is right.</summary>
    /// <param name="bytes">Header and frame.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="fields">What was read, as the fields of a vector.</param>
    /// <param name="again">The frame written from it.</param>
    public static FrameFault? Run(ReadOnlySpan<byte> bytes, PeerRole sender, out JsonObject? fields, out byte[] again)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameFault? fault = FrameHeader.Read(bytes, sender, WireLimits.MaxFrameBytes, out FrameHeader header);
        fields = null;
        fault ??= header.Type switch
        {
            FrameType.Hello => Hello(bytes, sender, output, out fields),
            FrameType.Upgrade => Upgrade(bytes, output, out fields),
            FrameType.Request => Request(bytes, output, out fields),
            FrameType.Accepted => Accepted(bytes, output, out fields),
            FrameType.Step => StepEcho.Run(bytes, output, out fields),
            FrameType.Result => Result(bytes, output, out fields),
            FrameType.End => End(bytes, output, out fields),
            FrameType.Error => Error(bytes, sender, output, out fields),
            FrameType.GoAway => GoAway(bytes, output, out fields),
            FrameType.Admin => Admin(bytes, output, out fields),
            _ => Small(bytes, header.Type, output, out fields),
        };
        again = output.WrittenSpan.ToArray();
        return fault;
    }

    private static FrameFault? Hello(
        ReadOnlySpan<byte> bytes, PeerRole sender, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        FrameFault? fault = HelloFrame.Read(bytes, sender, out HelloFrame? hello);
        hello?.Write(output);
        fields = hello is null ? null : FrameFields.Of(hello);
        return fault;
    }

    private static FrameFault? Upgrade(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (UpgradeFrame.Read(bytes, out UpgradeFrame frame) is { } fault)
        {
            return fault;
        }

        UpgradeFrame.Write(output, frame.Step, frame.Kind, frame.Descriptors, frame.Body);
        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? Request(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (RequestFrame.Read(bytes, out RequestFrame frame) is { } fault)
        {
            return fault;
        }

        switch (frame.Kind)
        {
            case RequestKind.Generate when RequestContent.Read(frame, out InferenceRequest? generate) is var wrong:
                if (wrong is null)
                {
                    RequestWriter.Write(output, frame.Handle, generate!, frame.Credit);
                    fields = RequestFields.Of(frame.Handle, frame.Credit, generate!);
                }

                return wrong;
            case RequestKind.Embed when RequestContent.Read(frame, out EmbeddingRequest? embed) is var wrong:
                if (wrong is null)
                {
                    RequestWriter.Write(output, frame.Handle, embed!);
                    fields = RequestFields.Of(frame.Handle, embed!);
                }

                return wrong;
            case RequestKind.Tokenize when RequestContent.Read(frame, out TokenizeRequest? tokenize) is var wrong:
                if (wrong is null)
                {
                    RequestWriter.Write(output, frame.Handle, tokenize!, frame.Total);
                    fields = RequestFields.Of(frame.Handle, tokenize!);
                }

                return wrong;
            default:
                FrameFault? bad = RequestContent.Read(frame, out DetokenizeRequest? detokenize);
                if (bad is null)
                {
                    RequestWriter.Write(output, frame.Handle, detokenize!, frame.Total);
                    fields = RequestFields.Of(frame.Handle, detokenize!);
                }

                return bad;
        }
    }

    private static FrameFault? Accepted(
        ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (AcceptedFrame.Read(bytes, out AcceptedFrame frame) is { } fault)
        {
            return fault;
        }

        string model = Encoding.UTF8.GetString(frame.Model);
        AcceptedFrame.Write(output, frame.Handle, new GenerationStart
        {
            Model = model,
            Seed = frame.Seed,
            PromptTokenIds = frame.PromptIds.ToArray(),
            EngineRequestId = frame.EngineId.IsEmpty ? null : Encoding.UTF8.GetString(frame.EngineId),
        }, model);
        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? Result(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (ResultFrame.Read(bytes, out ResultFrame frame) is { } fault)
        {
            return fault;
        }

        switch (frame.Kind)
        {
            case ResultKind.Embedding:
                float[] all = frame.Vectors.ToArray();
                int length = frame.Extra;
                ReadOnlyMemory<float>[] vectors =
                    [.. Enumerable.Range(0, frame.Count)
                        .Select(i => new ReadOnlyMemory<float>(all, i * length, length))];
                Assert.Equal(
                    frame.Count, ResultFrame.WriteVectors(output, frame.Handle, vectors, 0, WireLimits.MaxFrameBytes));
                break;
            case ResultKind.Ids:
                ResultFrame.WriteIds(output, frame.Handle, frame.Ids, frame.Extra == 0 ? null : frame.Extra);
                break;
            case ResultKind.Text:
                ResultFrame.WriteText(output, frame.Handle, Encoding.UTF8.GetString(frame.Text));
                break;
            default:
                ResultFrame.WriteJson(output, frame.Handle, frame.Text);
                break;
        }

        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? End(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (EndFrame.Read(bytes, out EndFrame frame) is { } fault)
        {
            return fault;
        }

        if (frame.Finish == FinishCode.None)
        {
            EndFrame.Write(output, frame.Handle, frame.Usage);
        }
        else
        {
            EndFrame.Write(output, frame.Handle, frame.ToGenerationEnd());
        }

        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? Error(
        ReadOnlySpan<byte> bytes, PeerRole sender, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (ErrorFrame.Read(bytes, out ErrorFrame frame) is { } fault)
        {
            return fault;
        }

        if (sender == PeerRole.Client && frame.Handle != 0)
        {
            return FrameFault.Protocol("handle");
        }

        if (frame.Code == FailureCode.Cancelled)
        {
            ErrorFrame.WriteCancelled(output, frame.Handle, Codes.StageOf(frame.Stage));
        }
        else
        {
            ErrorFrame.Write(output, frame.Handle, new BridgeException(
                Codes.FailureOf(frame.Code), Codes.StageOf(frame.Stage), Encoding.UTF8.GetString(frame.Message))
            {
                Parameter = Encoding.UTF8.GetString(frame.Parameter),
                RetryAfter = frame.RetryAfter,
            });
        }

        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? GoAway(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (GoAwayFrame.Read(bytes, out GoAwayFrame frame) is { } fault)
        {
            return fault;
        }

        GoAwayFrame.Write(output, frame.DrainMs, Encoding.UTF8.GetString(frame.Message));
        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? Admin(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        fields = null;
        if (AdminFrame.Read(bytes, out AdminFrame frame) is { } fault)
        {
            return fault;
        }

        byte[]? json = frame.Operation switch
        {
            AdminOperation.AdapterLoad => AdapterContent.Read(frame.Json)?.Write(),
            AdminOperation.AdapterUnload or AdminOperation.AdapterList => AdapterName.Read(frame.Json)?.Write(),
            _ => frame.Json.IsEmpty ? [] : null,
        };
        if (json is null)
        {
            return FrameFault.Content("json", "json");
        }

        AdminFrame.Write(output, frame.Handle, frame.Operation, frame.Total, json);
        fields = FrameFields.Of(frame);
        return null;
    }

    private static FrameFault? Small(
        ReadOnlySpan<byte> bytes, FrameType type, ArrayBufferWriter<byte> output, out JsonObject? fields)
    {
        FrameFault? fault;
        switch (type)
        {
            case FrameType.Cancel:
                fault = CancelFrame.Read(bytes, out CancelFrame cancel);
                CancelFrame.Write(output, cancel.Handle);
                fields = new JsonObject { ["type"] = "cancel", ["handle"] = cancel.Handle };
                return fault;
            case FrameType.Credit:
                fault = CreditFrame.Read(bytes, out CreditFrame credit);
                CreditFrame.Write(output, credit.Handle, credit.Tokens);
                fields = new JsonObject { ["type"] = "credit", ["handle"] = credit.Handle, ["tokens"] = credit.Tokens };
                return fault;
            default:
                fault = PingFrame.Read(bytes, out PingFrame ping);
                PingFrame.Write(output, type, ping.Value);
                fields = new JsonObject { ["type"] = FrameFields.Word(type), ["value"] = ping.Value };
                return fault;
        }
    }
}
