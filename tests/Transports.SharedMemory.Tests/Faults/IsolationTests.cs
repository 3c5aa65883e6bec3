using System.Diagnostics;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Transports.SharedMemory.Tests.Faults;

/// <summary>Who else sees the memory, and what two sides need in common: the socket's folder alone.</summary>
[Collection(nameof(Mappings))]
public sealed class IsolationTests : IDisposable
{
    private readonly SocketFolder _folder = new();

    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Child_process_has_neither_memory_nor_descriptor_and_we_keep_no_descriptor()
    {
        await using var fixture = new ListenerFixture(null, null, Upgrades.Make());
        await using UdsBackend backend = Backends.To(fixture.Path, upgrades: Upgrades.Make());
        Assert.NotEmpty(await ListenerFixture.ReadAsync(backend, ListenerFixture.Request()));
        Assert.Equal("shm", backend.Descriptor.Kind);

        using Process child = Process.Start(
            new ProcessStartInfo("cat") { UseShellExecute = false, RedirectStandardInput = true })!;
        string maps = await File.ReadAllTextAsync($"/proc/{child.Id}/maps", Ending);
        string[] descriptors = DescriptorsOf($"{child.Id}");
        child.StandardInput.Close();
        await child.WaitForExitAsync(Ending);

        Assert.DoesNotContain("memfd:themis-bridge", maps, StringComparison.Ordinal);
        Assert.DoesNotContain(descriptors, IsMemory);
        Assert.DoesNotContain(DescriptorsOf("self"), IsMemory);
        Assert.Equal(2, Mappings.Count);
    }

    [Fact]
    public async Task Listener_in_a_container_with_its_own_dev_shm_shares_memory()
    {
        using Process listener = ChildProcess.ListenerInContainer(_folder.Path);
        await using UdsBackend backend = Backends.To(
            _folder.Path, upgrades: Upgrades.Make(options => options.Mode = SharedMemoryMode.Require));
        await Kills.UntilAsync(async () => listener.HasExited || (await backend.ProbeAsync(Ending)).IsHealthy);
        Assert.SkipWhen(listener.HasExited, "this machine permits no namespaces");
        foreach (string kind in new[] { "net", "ipc", "mnt" })
        {
            Assert.NotEqual(NamespaceOf("self", kind), NamespaceOf($"{listener.Id}", kind));
        }

        await foreach (InferenceChunk chunk in backend.GenerateAsync(Kills.Request(0), Ending))
        {
            Assert.False(chunk.TokenIds.IsEmpty);
            break;
        }

        Assert.Equal("shm", backend.Descriptor.Kind);
        listener.Kill();
        await listener.WaitForExitAsync(Ending);
    }

    private static bool IsMemory(string target) => target.Contains("memfd:themis-bridge", StringComparison.Ordinal);

    private static string[] DescriptorsOf(string process) =>
        [.. new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Select(link => link.LinkTarget ?? "")];

    private static string? NamespaceOf(string process, string kind) =>
        new FileInfo($"/proc/{process}/ns/{kind}").LinkTarget;
}
