using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Transports.Http.Tests.Doubles;

/// <summary>An adapter, requests that name it, and what a server answers about it.</summary>
internal static class GermanAdapter
{
    public const string Digest = "0011223344556677889900112233445566778899001122334455667788990011";
    public const string Served = $"german@{Digest}";

    public static AdapterSource Source { get; } =
        new() { Model = "m", Name = "german", PeftPath = "/adapters/german" };

    public static InferenceRequest Request { get; } = new()
    {
        Model = "m",
        Prompt = new TextPrompt("x"),
        Adapter = "german",
        Sampling = new SamplingOptions { MaxTokens = 5 },
    };

    /// <summary>An answer that breaks off before its head.</summary>
    public static ReplayExchange LostAnswer { get; } = new() { Response = default, End = ReplayEnd.Close };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The server's next answers.</summary>
    public static void Answer(ReplayServer server, params ReadOnlySpan<string> recordings)
    {
        foreach (string name in recordings)
        {
            server.Add(ReplayExchange.Of(Recordings.Http[name]));
        }
    }

    /// <summary>Asks for one whole answer, and tells the adapter that the engine was asked for.</summary>
    public static async Task<string?> AskAsync(DoubleFixture fixture)
    {
        InferenceResult result = await fixture.Backend.CompleteAsync(Request, Token);
        Assert.Equal("hello", result.Text);
        return fixture.Engine.Requests.Last().Adapter;
    }

    /// <summary>A stream that counts as running until it is disposed.</summary>
    public static async Task<IAsyncEnumerator<InferenceChunk>> StartAsync(DoubleFixture fixture)
    {
        IAsyncEnumerator<InferenceChunk> running =
            fixture.Backend.GenerateAsync(Request, Token).GetAsyncEnumerator(Token);
        Assert.True(await running.MoveNextAsync());
        return running;
    }
}
