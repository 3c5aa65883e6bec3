using Microsoft.Extensions.Logging.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Transports.Uds.Channels;

namespace ThemisBridge.Transports.Uds.Tests;

/// <summary>A listener around a scripted engine.</summary>
internal sealed class ListenerFixture : IAsyncDisposable
{
    private readonly SocketFolder _folder = new();

    public ListenerFixture(
        Action<UdsListenerOptions>? configure = null, TimeProvider? time =
        null, params IChannelUpgrade[] upgrades)
    {
        var options = new UdsListenerOptions { Path = _folder.Path };
        configure?.Invoke(options);
        Listener = new UdsListener(options, Engine, new FakeLogger<UdsListener>(Logs), time, upgrades);
        Listener.Start();
    }

    public ScriptedEngine Engine { get; } = new();

    public FakeLogCollector Logs { get; } = new();

    public UdsListener Listener { get; }

    public string Path => _folder.Path;

    /// <summary>A small generation.</summary>
    public static InferenceRequest Request(int priority = 0) => new()
    {
        Model = "m",
        Prompt = new TokenPrompt(new[] { 1, 2 }),
        Priority = priority,
        Output = OutputParts.TokenIds,
    };

    /// <summary>All ids of an answer.</summary>
    public static async Task<int[]> ReadAsync(IInferenceBackend backend, InferenceRequest request)
    {
        var ids = new List<int>();
        await foreach (InferenceChunk chunk in backend.GenerateAsync(request, TestContext.Current.CancellationToken))
        {
            ids.AddRange(chunk.TokenIds.Span);
        }

        return [.. ids];
    }

    public async ValueTask DisposeAsync()
    {
        await Listener.DisposeAsync();
        _folder.Dispose();
    }
}
