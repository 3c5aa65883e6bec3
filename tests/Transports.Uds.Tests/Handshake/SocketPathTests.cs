using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.Transports.Uds.Handshake;

namespace ThemisBridge.Transports.Uds.Tests.Handshake;

public sealed class SocketPathTests : IDisposable
{
    private const uint Nobody = 65534;

    private readonly SocketFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_that_is_missing_is_made_for_this_user_alone()
    {
        string path = Path.Combine(_folder.Folder, "new", "s.sock");
        using Socket socket = SocketPath.Listen(path, null, isShared: false, 1);
        Assert.Equal(0b111_000_000, (int)new DirectoryInfo(Path.GetDirectoryName(path)!).UnixFileMode);
        Assert.Equal(0b110_000_000, (int)File.GetUnixFileMode(path));
    }

    [Fact]
    public void Shared_socket_is_open_to_its_group()
    {
        string path = Path.Combine(_folder.Folder, "new", "s.sock");
        using Socket socket = SocketPath.Listen(path, null, isShared: true, 1);
        Assert.Equal(0b111_101_000, (int)new DirectoryInfo(Path.GetDirectoryName(path)!).UnixFileMode);
        Assert.Equal(0b110_110_000, (int)File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData(0b111_101_000, false)]
    [InlineData(0b111_000_001, false)]
    [InlineData(0b111_111_000, true)]
    [InlineData(0b111_101_001, true)]
    public void Folder_that_is_open_to_others_is_refused(int mode, bool isShared)
    {
        File.SetUnixFileMode(_folder.Folder, (UnixFileMode)mode);
        BridgeException failure =
            Assert.Throws<BridgeException>(() => SocketPath.Listen(_folder.Path, null, isShared, 1));
        Assert.Contains("open to other users", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path));
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_refused()
    {
        string file = Path.Combine(_folder.Folder, "file");
        File.WriteAllText(file, "");
        BridgeException failure = Assert.Throws<BridgeException>(
            () => SocketPath.Listen(Path.Combine(file, "new", "s.sock"), null, isShared: false, 1));
        Assert.Equal(BridgeFailure.ConnectionFailed, failure.Failure);
        Assert.Contains("cannot be made", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_of_another_user_is_refused()
    {
        Assert.SkipUnless(PeerCredentials.OwnUid == 0, "only root can give a folder to another user");
        Assert.Equal(0, chown(Encoding.UTF8.GetBytes(_folder.Folder + '\0'), Nobody, uint.MaxValue));
        BridgeException failure = Assert.Throws<BridgeException>(
            () => SocketPath.Listen(_folder.Path, null, isShared: false, 1));
        Assert.Contains($"belongs to user {Nobody}", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path));
    }

    [Fact]
    public void Path_that_a_dead_listener_left_is_replaced()
    {
        Leave();
        Assert.True(File.Exists(_folder.Path));
        using Socket socket = SocketPath.Listen(_folder.Path, null, isShared: false, 1);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(_folder.Path));
        Assert.Equal([_folder.Path], Directory.GetFiles(_folder.Folder));
    }

    [Fact]
    public void Path_where_somebody_listens_is_refused_and_left_alone()
    {
        using Socket first = SocketPath.Listen(_folder.Path, null, isShared: false, 1);
        BridgeException failure =
            Assert.Throws<BridgeException>(() => SocketPath.Listen(_folder.Path, null, isShared: false, 1));
        Assert.Contains("somebody listens", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Path_that_is_no_socket_is_refused_and_left_alone(bool isEmpty)
    {
        File.WriteAllText(_folder.Path, isEmpty ? "" : "precious");
        Assert.Throws<BridgeException>(() => SocketPath.Listen(_folder.Path, null, isShared: false, 1));
        Assert.Equal(isEmpty ? "" : "precious", File.ReadAllText(_folder.Path));
    }

    [Theory]
    [InlineData("relative.sock")]
    [InlineData("")]
    public void Path_that_is_not_absolute_is_refused(string path) => Assert.NotNull(SocketPath.FaultOf(path));

    [Fact]
    public void Path_longer_than_the_kernel_takes_is_refused()
    {
        Assert.Null(SocketPath.FaultOf("/" + new string('a', 106)));
        Assert.NotNull(SocketPath.FaultOf("/" + new string('a', 107)));
        Assert.NotNull(SocketPath.FaultOf("/" + new string('ü', 54)));
    }

    [Fact]
    public async Task Of_many_that_start_at_once_one_listens()
    {
        Leave();
        Socket?[] sockets = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(Socket? () =>
        {
            try
            {
                return SocketPath.Listen(_folder.Path, null, isShared: false, 16);
            }
            catch (BridgeException)
            {
                return null;
            }
        })));
        Socket listening = Assert.Single(sockets, socket => socket is not null)!;
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(_folder.Path));
        using Socket accepted = listening.Accept();
        listening.Dispose();
    }

    // A closed descriptor without the clean-up that .NET does: a copy keeps the file.
    private void Leave()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string elsewhere = _folder.Path + ".other";
        socket.Bind(new UnixDomainSocketEndPoint(elsewhere));
        File.Move(elsewhere, _folder.Path);
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int chown(byte[] path, uint owner, uint group);
}
