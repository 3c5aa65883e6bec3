using ThemisBridge.Testing.Recordings;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>What a real vLLM 0.32.0 said.</summary>
internal static class Recordings
{
    private static readonly Lazy<RecordingSet> Loaded =
        new(() => RecordingSet.FromArchive(Path.Combine(AppContext.BaseDirectory, "http.tar.gz")));

    public static RecordingSet Http => Loaded.Value;
}
