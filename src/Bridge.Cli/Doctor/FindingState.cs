using System.Text.Json.Serialization;

namespace ThemisBridge.Cli.Doctor;

/// <summary>What a finding means.</summary>
internal enum FindingState
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Something that is optional is missing.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>Something that the configuration needs does not work.</summary>
    [JsonStringEnumMemberName("fault")]
    Fault,
}
