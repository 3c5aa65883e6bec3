namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>What this program calls itself in HELLO.</summary>
internal static class SoftwareName
{
    public static string Value { get; } = $"ThemisBridge {typeof(SoftwareName).Assembly.GetName().Version?.ToString(3)}";
}
