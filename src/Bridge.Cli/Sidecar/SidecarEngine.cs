namespace ThemisBridge.Cli.Sidecar;

/// <summary>What makes the sidecar's tokens.</summary>
internal enum SidecarEngine
{
    /// <summary>The recorded answers of themis-tiny.</summary>
    Scripted,

    /// <summary>Tokens that follow from the prompt by arithmetic.</summary>
    Synthetic,
}
