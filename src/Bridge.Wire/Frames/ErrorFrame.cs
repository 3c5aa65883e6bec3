using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Frames;

/// <summary>ERROR: a request failed, or with handle 0 the connection.</summary>
public readonly ref struct ErrorFrame
{
    private const byte RetryFlag = 1;

    /// <summary>Which request; 0 for the connection.</summary>
    public uint Handle { get; private init; }

    /// <summary>The cause.</summary>
    public FailureCode Code { get; private init; }

    /// <summary>How far the request had come.</summary>
    public StageCode Stage { get; private init; }

    /// <summary>When to come back, or null.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The field at fault in UTF-8, or empty.</summary>
    public ReadOnlySpan<byte> Parameter { get; private init; }

    /// <summary>What was wrong in UTF-8; may be empty.</summary>
    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>Reads one. Null when it is right.</summary>
    /// <param name="frame">The whole frame, its header checked.</param>
    /// <param name="error">The frame.</param>
    public static FrameFault? Read(ReadOnlySpan<byte> frame, out ErrorFrame error)
    {
        error = default;
        bool hasRetry = (frame[FrameLayout.Header.Flags] & RetryFlag) != 0;
        byte code = frame[FrameLayout.Error.Code];
        byte stage = frame[FrameLayout.Error.Stage];
        ushort parameterBytes = Field.U16(frame, FrameLayout.Error.ParameterBytes);
        uint retryMs = Field.U32(frame, FrameLayout.Error.RetryAfterMs);
        ushort messageBytes = Field.U16(frame, FrameLayout.Error.MessageBytes);
        if (code is 0 or > (byte)FailureCode.Cancelled || stage is 0 or > (byte)StageCode.Stream
            || Field.U16(frame, FrameLayout.Error.Reserved) != 0 || (!hasRetry && retryMs != 0))
        {
            return FrameFault.Protocol("ERROR has an unknown code or stage, or a field that must be zero.");
        }

        if (parameterBytes > WireLimits.MaxParameterBytes || messageBytes > WireLimits.MaxMessageBytes)
        {
            return FrameFault.Limit("ERROR has a text over its limit.");
        }

        if (Sections.Read(frame, FrameLayout.Error.Size, (ulong)parameterBytes + messageBytes, out Sections sections)
            is { } fault)
        {
            return fault;
        }

        error = new ErrorFrame
        {
            Handle = Field.U32(frame, FrameLayout.Error.Handle),
            Code = (FailureCode)code,
            Stage = (StageCode)stage,
            RetryAfter = hasRetry ? TimeSpan.FromMilliseconds(retryMs) : null,
            Parameter = sections.Bytes(parameterBytes),
            Message = sections.Bytes(messageBytes),
        };
        return Utf8.IsValid(error.Parameter) && Utf8.IsValid(error.Message)
            ? null : FrameFault.Protocol("ERROR has a text that is not UTF-8.");
    }

    /// <summary>The failure that it tells.</summary>
    /// <param name="backend">The id of the backend where it happened.</param>
    public BridgeException ToException(string backend) =>
        new(Codes.FailureOf(Code), Codes.StageOf(Stage),
            Message.IsEmpty ? "The peer gave no reason." : Encoding.UTF8.GetString(Message))
        {
            Backend = backend,
            Parameter = Parameter.IsEmpty ? null : Encoding.UTF8.GetString(Parameter),
            RetryAfter = RetryAfter,
        };

    /// <summary>Writes a failure.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request; 0 for the connection.</param>
    /// <param name="failure">The failure.</param>
    public static void Write(IBufferWriter<byte> output, uint handle, BridgeException failure) =>
        Write(output, handle, Codes.Of(failure.Failure), Codes.Of(failure.Stage), failure);

    /// <summary>Writes that a request was cancelled as its client wished.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="handle">Which request.</param>
    /// <param name="stage">How far it had come.</param>
    public static void WriteCancelled(IBufferWriter<byte> output, uint handle, FailureStage stage) =>
        Write(output, handle, FailureCode.Cancelled, Codes.Of(stage), null);

    private static void Write(
        IBufferWriter<byte> output, uint handle, FailureCode code, StageCode stage, BridgeException? failure)
    {
        string parameter = FrameStart.Cut(failure?.Parameter ?? "", WireLimits.MaxParameterBytes);
        string message = FrameStart.Cut(failure?.Message ?? "", WireLimits.MaxMessageBytes);
        int parameterBytes = Encoding.UTF8.GetByteCount(parameter);
        int messageBytes = Encoding.UTF8.GetByteCount(message);
        Span<byte> frame = FrameStart.Begin(output, FrameType.Error, failure?.RetryAfter is null ? (byte)0 : RetryFlag,
            FrameLayout.Error.Size, parameterBytes + messageBytes);
        Field.Put(frame, FrameLayout.Error.Handle, handle);
        frame[FrameLayout.Error.Code] = (byte)code;
        frame[FrameLayout.Error.Stage] = (byte)stage;
        Field.Put(frame, FrameLayout.Error.ParameterBytes, (ushort)parameterBytes);
        double retryMs = failure?.RetryAfter?.TotalMilliseconds ?? 0;
        Field.Put(frame, FrameLayout.Error.RetryAfterMs, (uint)Math.Clamp(retryMs, 0, uint.MaxValue));
        Field.Put(frame, FrameLayout.Error.MessageBytes, (ushort)messageBytes);
        Span<byte> rest = frame[FrameLayout.Error.Size..];
        FrameStart.Text(ref rest, parameter);
        FrameStart.Text(ref rest, message);
        output.Advance(frame.Length);
    }
}
