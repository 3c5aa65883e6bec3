namespace ThemisBridge.Cli.Composition;

/// <summary>The configuration itself cannot be read. The message says what and where.</summary>
internal sealed class ConfigurationException(string message, Exception? innerException = null)
    : Exception(message, innerException);
