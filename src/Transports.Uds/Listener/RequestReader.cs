using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Listener;

/// <summary>Makes what serves a request from its frame, or what refuses it.</summary>
internal sealed class RequestReader(
    ListenerConnection connection, IInferenceBackend backend, RequestBytes budget, ILogger logger)
{
    /// <summary>What serves a REQUEST.</summary>
    public ServedCall Read(in RequestFrame frame, bool isDraining)
    {
        long bytes = 4L * frame.Ids.Length + frame.Text.Length + frame.Json.Length + FrameHeader.Size;
        BridgeException? refusal = Admit(ref bytes, isDraining);
        if (frame.Kind == RequestKind.Generate)
        {
            InferenceRequest? generate = null;
            refusal ??= Refuse(RequestContent.Read(frame, out generate));
            return new GenerationPump(connection, frame.Handle, bytes, backend, generate, logger)
                { RefusedWith = refusal };
        }

        object? request = null;
        refusal ??= Refuse(ReadCall(frame, out request));
        return new UnaryPump(connection, frame.Handle, bytes, backend, request, logger) { RefusedWith = refusal };
    }

    /// <summary>What serves an ADMIN.</summary>
    public ServedCall Read(in AdminFrame frame, bool isDraining)
    {
        long bytes = frame.Json.Length + FrameHeader.Size;
        BridgeException? refusal = Admit(ref bytes, isDraining);
        byte[] json = refusal is null ? frame.Json.ToArray() : [];
        return new AdminPump(connection, frame.Handle, bytes, backend, frame.Operation, json, logger)
            { RefusedWith = refusal };
    }

    private static FrameFault? ReadCall(in RequestFrame frame, out object? request)
    {
        FrameFault? fault;
        switch (frame.Kind)
        {
            case RequestKind.Embed:
                fault = RequestContent.Read(frame, out EmbeddingRequest? embed);
                request = embed;
                return fault;
            case RequestKind.Tokenize:
                fault = RequestContent.Read(frame, out TokenizeRequest? tokenize);
                request = tokenize;
                return fault;
            default:
                fault = RequestContent.Read(frame, out DetokenizeRequest? detokenize);
                request = detokenize;
                return fault;
        }
    }

    private static BridgeException? Refuse(FrameFault? fault) => fault is null ? null
        : new BridgeException(fault.Failure, FailureStage.Admit, fault.Reason) { Parameter = fault.Parameter };

    // Takes the bytes, or sets them to none and says why.
    private BridgeException? Admit(ref long bytes, bool isDraining)
    {
        if (isDraining)
        {
            bytes = 0;
            return new BridgeException(BridgeFailure.Draining, FailureStage.Admit,
                "The listener is shutting down and takes no new requests.");
        }

        if (!budget.TryTake(bytes))
        {
            bytes = 0;
            return new BridgeException(BridgeFailure.Busy, FailureStage.Admit,
                "The listener holds as many bytes of requests as it may. Try again later.");
        }

        return null;
    }
}
