using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Gguf;

/// <summary>Makes the failures for files that are no sound GGUF.</summary>
internal static class GgufFailure
{
    private const string Remedy = "Copy or download the file again and compare its digest.";

    public static BridgeException At(string file, long offset, string what) =>
        Of(file, $"{what} (at byte {offset})");

    public static BridgeException Of(string file, string what, string remedy = Remedy, Exception? inner = null) =>
        new(BridgeFailure.InvalidModelFile, FailureStage.Admit, $"{file} is not a usable GGUF file: {what}. {remedy}",
            inner);
}
