using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Conformance.Engine;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>kill -9 of a real client: its requests end in the engine, and nobody else notices.</summary>
public sealed class KilledClientTests : IDisposable
{
    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_client_has_its_requests_ended_in_the_engine_and_others_go_on()
    {
        var engine = new ScriptedEngine
        {
            Answer = (request, token) => request.Priority == 7 ? Chunks.Of(Chunks.Tokens(3)) : Chunks.Endless(token),
        };
        await using var listener = new UdsListener(
            new UdsListenerOptions { Path = _folder.Path }, engine, NullLogger<UdsListener>.Instance);
        listener.Start();
        await using UdsBackend other = Backends.To(_folder.Path);
        Process next = ChildProcess.Client(_folder.Path);
        for (int round = 0; round < Kills.Rounds; round++)
        {
            using Process client = next;
            for (int i = 0; i < ChildProcess.Requests; i++)
            {
                await engine.OneBegun(Kills.Patience);
            }

            client.Kill();
            for (int i = 0; i < ChildProcess.Requests; i++)
            {
                await engine.OneLeft(Kills.Patience);
            }

            await client.WaitForExitAsync(Ending);
            int tokens = 0;
            await foreach (InferenceChunk chunk in other.GenerateAsync(Kills.Request(priority: 7), Ending))
            {
                tokens += chunk.TokenIds.Length;
            }

            await engine.OneBegun(Kills.Patience);
            await engine.OneLeft(Kills.Patience);
            Assert.Equal(3, tokens);
            next = round == Kills.Rounds - 1 ? client : ChildProcess.Client(_folder.Path);
        }

        await Kills.UntilAsync(() => Task.FromResult(listener.ConnectionCount == 1));
    }
}
