using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads <c>stream</c> and <c>stream_options</c>.</summary>
/// <param name="IsStream">Whether events are wanted.</param>
/// <param name="IncludesUsage">Whether a last event tells the usage.</param>
/// <param name="Continuous">Whether every event does as well; nothing without the former.</param>
internal readonly record struct StreamFields(bool IsStream, bool IncludesUsage, bool Continuous)
{
    /// <exception cref="VllmError">There are options and no stream.</exception>
    public static StreamFields Read(FieldReader body, VllmDialect dialect)
    {
        bool isStream = body.Flag("stream");
        if (body.Get("stream_options") is not { ValueKind: System.Text.Json.JsonValueKind.Object } options)
        {
            return new StreamFields(isStream, false, false);
        }

        if (!isStream)
        {
            throw dialect == VllmDialect.Rust
                ? VllmError.BadRequest("stream_options are only supported when stream=true.", "stream_options")
                : VllmError.BadRequest("Stream options can only be defined when `stream=True`. "
                    + "(parameter=stream_options)", "stream_options");
        }

        var fields = new FieldReader(options, "body.stream_options", body.Faults);
        bool usage = fields.Flag("include_usage");
        return new StreamFields(isStream, usage, usage && fields.Flag("continuous_usage_stats"));
    }
}
