using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization;

/// <summary>Makes the exceptions for model files that cannot be used.</summary>
internal static class ModelFileFault
{
    /// <summary>The file is damaged, hostile, or of a kind this library does not know.</summary>
    /// <param name="file">The file's name inside the model folder.</param>
    /// <param name="what">What was wrong and, where something can be done, what.</param>
    /// <param name="inner">The platform's exception, if one was caught.</param>
    public static BridgeException Of(string file, string what, Exception? inner = null) =>
        new(BridgeFailure.InvalidModelFile, FailureStage.Admit, $"{file}: {what}", inner);
}
