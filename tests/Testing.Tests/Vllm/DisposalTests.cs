using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>The end of a double: as often as wanted, from several sides at once, and without its successor's
/// socket.</summary>
public sealed class DisposalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Double_that_was_disposed_of_is_disposed_of_again_without_complaint()
    {
        await using VllmDouble server = VllmDouble.Start(ScriptedBackend.Saying("e", "m", "hi"));

        await server.DisposeAsync();
        await server.DisposeAsync();
        await server.KillAsync();
    }

    [Fact]
    public async Task Late_disposal_leaves_the_socket_to_the_double_that_came_after()
    {
        string path = PathOf("late");
        await using VllmDouble old = Start(path);
        await old.KillAsync();
        File.Delete(path);
        await using VllmDouble fresh = Start(path);

        await old.DisposeAsync();

        Assert.Equal(200, (await RawClient.AskAsync(fresh, RawClient.Get("/health"), Token)).Status);
        await fresh.DisposeAsync();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Double_is_closed_from_many_sides_at_once()
    {
        for (int round = 0; round < 20; round++)
        {
            string path = PathOf("many");
            await using VllmDouble server = Start(path);

            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(server.KillAsync, Token)));

            Assert.True(File.Exists(path));
            await server.DisposeAsync();
            Assert.False(File.Exists(path));
        }
    }

    private static string PathOf(string name) =>
        Path.Combine(Path.GetTempPath(), $"double-{Environment.ProcessId}-{name}.sock");

    private static VllmDouble Start(string path) =>
        VllmDouble.Start(ScriptedBackend.Saying("e", "m", "hi"), new() { UnixSocketPath = path });
}
