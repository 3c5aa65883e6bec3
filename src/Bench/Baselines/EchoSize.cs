namespace ThemisBridge.Bench.Baselines;

/// <summary>How many bytes go there and come back.</summary>
/// <param name="Request">There.</param>
/// <param name="Reply">Back.</param>
internal readonly record struct EchoSize(int Request, int Reply)
{
    /// <summary>512 ids in and 100 out, 4 bytes each, with 64 bytes of header on either side.</summary>
    public static EchoSize Ids { get; } = new(64 + 512 * 4, 64 + 100 * 4);

    /// <summary>The same as JSON over HTTP, as vLLM's completion endpoint has it.</summary>
    public static EchoSize Completion { get; } = new(3_300, 1_600);
}
