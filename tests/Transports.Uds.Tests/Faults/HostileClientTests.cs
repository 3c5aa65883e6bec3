using System.Text.Json;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Faults;

/// <summary>
/// Clients that send mutated frames over real sockets: each is answered or closed, nothing is thrown, and a client that
/// keeps the rules is served all the while.
/// </summary>
public sealed class HostileClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly int Clients = Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 20_000 : 1_000;

    private static readonly byte[][] Seeds = [.. JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "wire", "frames.fail.json"))).RootElement
        .EnumerateArray().Select(vector => Convert.FromHexString(vector.GetProperty("hex").GetString()!))
        .Where(frame => frame.Length is > 0 and < 4096)];

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mutated_frames_end_their_own_connection_at_most()
    {
        int seed = Environment.TickCount;
        TestContext.Current.AddAttachment("seed", $"{seed}");
        var random = new Random(seed);
        await using var fixture = new ListenerFixture();
        await using UdsBackend other = Backends.To(fixture.Path);
        for (int i = 0; i < Clients; i++)
        {
            using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
            try
            {
                await client.SendAsync(Mutate(random));
                await client.SendAsync(output => PingFrame.Write(output, FrameType.Ping, 1));
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It was closed before everything was sent.
            }

            // A frame that is short of its length swallows the PING and waits for more: the end of the connection is
            // its end.
            client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await client.UntilClosedAsync().WaitAsync(Patience, Ending);
            if (i % 50 == 0)
            {
                Assert.Equal(new[] { 0, 1, 2 }, await ListenerFixture.ReadAsync(other, ListenerFixture.Request()));
            }
        }

        await Kills.UntilAsync(() => Task.FromResult(fixture.Listener.ConnectionCount == 1));
        Assert.DoesNotContain(
            fixture.Logs.GetSnapshot(), entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    private static byte[] Mutate(Random random)
    {
        byte[] frame = [.. Seeds[random.Next(Seeds.Length)]];
        for (int times = random.Next(4); times > 0; times--)
        {
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
        }

        return frame;
    }
}
