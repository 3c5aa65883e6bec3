using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Tests.Vllm.Doubles;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm;

/// <summary>What TLS shows of the process behind it.</summary>
public sealed class TlsTests : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate = CreateCertificate();
    private readonly VllmDouble _server;

    public TlsTests() => _server = VllmDouble.Start(
        ScriptedBackend.Saying("e", "m", "hi"), new() { Certificate = _certificate });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Frozen_server_shakes_no_hands()
    {
        _server.Freeze();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Address.Port, Token);
        using var budget = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => OpenAsync(client, budget.Token));

        _server.Thaw();
        using var later = new TcpClient();
        await later.ConnectAsync("127.0.0.1", _server.Address.Port, Token);
        await using SslStream tls = await OpenAsync(later, Token);
        Assert.True(tls.IsAuthenticated);
    }

    [Fact]
    public async Task Killed_server_sends_no_close_notify()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Address.Port, Token);
        await using SslStream tls = await OpenAsync(client, Token);
        await AskAsync(tls, "/health");

        await _server.KillAsync();

        // Below TLS there is the end of the connection and not a byte before it.
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[100], Token));
    }

    [Fact]
    public async Task Redirect_keeps_the_scheme_and_the_query()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Address.Port, Token);
        await using SslStream tls = await OpenAsync(client, Token);

        RawAnswer answer = await AskAsync(tls, "/v1/models/?a=b");

        Assert.Equal(307, answer.Status);
        Assert.Contains("location: https://vllm.test/v1/models?a=b", answer.Headers);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    private static async Task<RawAnswer> AskAsync(SslStream tls, string path)
    {
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: vllm.test\r\n\r\n"), Token);
        List<byte> received = [];
        byte[] buffer = new byte[4096];
        while (received.ToArray().AsSpan().IndexOf("\r\n\r\n"u8) < 0)
        {
            int count = await tls.ReadAsync(buffer, Token);
            Assert.NotEqual(0, count);
            received.AddRange(buffer.AsSpan(0, count));
        }

        return new RawAnswer([.. received]);
    }

    private static async Task<SslStream> OpenAsync(TcpClient client, CancellationToken cancellationToken)
    {
        var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true,
            (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost" }, cancellationToken);
        return tls;
    }

    private static X509Certificate2 CreateCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
