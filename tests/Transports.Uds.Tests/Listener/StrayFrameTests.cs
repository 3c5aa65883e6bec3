using ThemisBridge.Transports.Conformance.Engine;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Transports.Uds.Tests.Listener;

/// <summary>Frames that are right by themselves, for handles that are free, in use, or just ended.</summary>
public sealed class StrayFrameTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancel_and_credit_of_handles_that_nobody_opened_are_passed_over()
    {
        await using var fixture = new ListenerFixture();
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(output =>
        {
            foreach (uint handle in (uint[])[1, 7, uint.MaxValue])
            {
                CancelFrame.Write(output, handle);
                CreditFrame.Write(output, handle, 100);
            }

            RequestWriter.Write(output, 7, ListenerFixture.Request(), 100);
        });
        await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
        Assert.Single(fixture.Engine.Requests);
    }

    [Fact]
    public async Task Request_for_a_handle_in_use_ends_the_connection_and_what_runs_on_it()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (_, token) => Chunks.ThenStall(0, token);
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        await client.SendAsync(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 100));
        await fixture.Engine.OneBegun(Patience);
        await client.SendAsync(output => RequestWriter.Write(output, 1, ListenerFixture.Request(), 100));
        byte[] frame = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
        Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
        Assert.Equal((0u, FailureCode.ProtocolViolation), (error.Handle, error.Code));
        await client.UntilClosedAsync().WaitAsync(Patience, Ending);
        await fixture.Engine.OneCancelled(Patience);
        Assert.Single(fixture.Engine.Requests);
    }

    [Fact]
    public async Task Handle_serves_again_as_soon_as_its_end_has_come_also_after_a_cancel()
    {
        await using var fixture = new ListenerFixture();
        fixture.Engine.Answer = (request, token) => request.Priority == 1
            ? Chunks.ThenStall(1, token) : Chunks.Of(Chunks.Tokens(2));
        using RawPeer client = await RawPeer.ClientAsync(fixture.Path);
        for (int round = 0; round < 200; round++)
        {
            bool isCancelled = round % 2 == 1;
            await client.SendAsync(output =>
                RequestWriter.Write(output, 3, ListenerFixture.Request(isCancelled ? 1 : 0), 100));
            if (isCancelled)
            {
                await client.ReadAsync(FrameType.Step).WaitAsync(Patience, Ending);
                await client.SendAsync(output => CancelFrame.Write(output, 3));
                byte[] frame = await client.ReadAsync(FrameType.Error).WaitAsync(Patience, Ending);
                Assert.Null(ErrorFrame.Read(frame, out ErrorFrame error));
                Assert.Equal((3u, FailureCode.Cancelled), (error.Handle, error.Code));
            }
            else
            {
                await client.ReadAsync(FrameType.End).WaitAsync(Patience, Ending);
            }
        }

        Assert.Equal(200, fixture.Engine.Requests.Count);
    }
}
