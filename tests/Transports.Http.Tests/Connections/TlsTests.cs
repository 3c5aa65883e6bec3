using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Connections;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Connections;

public sealed class TlsTests : IDisposable
{
    private static readonly InferenceRequest Request = new()
    {
        Model = "m",
        Prompt = new TextPrompt("hi"),
        Sampling = new SamplingOptions { MaxTokens = 4 },
        Stream = false,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;

    public TlsTests()
    {
        var request = new CertificateRequest("CN=Test CA", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _server = Issue("localhost");
        File.WriteAllText(PathOf("ca.pem"), _authority.ExportCertificatePem());
    }

    [Fact]
    public async Task Server_of_the_configured_authority_is_trusted()
    {
        await using ReplayServer server = StartServer(null);
        using var fixture = new BackendFixture(server, options => options.CaFile = PathOf("ca.pem"));

        Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
    }

    [Fact]
    public async Task Server_of_an_unknown_authority_is_a_failed_connection()
    {
        await using ReplayServer server = StartServer(null);
        using var fixture = new BackendFixture(server);
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        Assert.Equal((BridgeFailure.ConnectionFailed, FailureStage.Connect), (answer.Failure, answer.Stage));
        Assert.Contains("TLS", answer.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Server_under_another_name_is_a_failed_connection()
    {
        await using ReplayServer server = StartServer(null);
        using var fixture = new BackendFixture(
            $"https://127.0.0.1:{server.Address.Port}", options => options.CaFile = PathOf("ca.pem"));

        Assert.Equal(BridgeFailure.ConnectionFailed, (await Collected.OfAsync(fixture.Backend, Request)).Failure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_certificate_is_shown_to_a_server_that_wants_one(bool keyInOneFile)
    {
        using X509Certificate2 client = Issue("bridge");
        string key = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        await File.WriteAllTextAsync(
            PathOf("client.pem"), client.ExportCertificatePem() + "\n" + (keyInOneFile ? key : ""),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(PathOf("client.key"), key, TestContext.Current.CancellationToken);
        await using ReplayServer server = StartServer(shown => shown?.Subject == "CN=bridge");
        using var fixture = new BackendFixture(server, options =>
        {
            options.CaFile = PathOf("ca.pem");
            options.ClientCertificateFile = PathOf("client.pem");
            options.ClientKeyFile = keyInOneFile ? null : PathOf("client.key");
        });

        Assert.Equal("a", (await Collected.OfAsync(fixture.Backend, Request)).Text);
    }

    [Fact]
    public async Task Client_certificate_is_shown_with_what_leads_to_the_root()
    {
        using ECDsa middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Middle", middleKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 plain = request.Create(_authority, _authority.NotBefore, _authority.NotAfter, [7]);
        using X509Certificate2 middle = plain.CopyWithPrivateKey(middleKey);
        using X509Certificate2 client = Issue("bridge", middle);
        await File.WriteAllTextAsync(
            PathOf("chain.pem"),
            client.ExportCertificatePem() + "\n" + client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n"
            + middle.ExportCertificatePem(), TestContext.Current.CancellationToken);
        SslStreamCertificateContext shown = TlsSettings.Create(
            new HttpBackendOptions { ClientCertificateFile = PathOf("chain.pem") }).ClientCertificateContext!;

        Assert.Equal("CN=bridge", shown.TargetCertificate.Subject);
        Assert.Equal("CN=Middle", Assert.Single(shown.IntermediateCertificates).Subject);
    }

    [Fact]
    public async Task Missing_client_certificate_is_a_failure_and_no_hang()
    {
        await using ReplayServer server = StartServer(shown => shown is not null);
        using var fixture = new BackendFixture(server, options => options.CaFile = PathOf("ca.pem"));
        Collected answer = await Collected.OfAsync(fixture.Backend, Request);

        // TLS 1.3 refuses it only after the client believes that the connection stands.
        Assert.Equal(BridgeFailure.ConnectionLost, answer.Failure);
        Assert.Empty(server.Requests);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _server.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private ReplayServer StartServer(Func<X509Certificate?, bool>? acceptsClient) => ReplayServer
        .Start(new ReplayServerOptions { Certificate = _server, AcceptsClient = acceptsClient })
        .Add(ReplayExchange.Of(200, "application/json",
            """{"id":"i","model":"m","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}"""));

    private X509Certificate2 Issue(string name, X509Certificate2? issuer = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(
            issuer ?? _authority, _authority.NotBefore, _authority.NotAfter, System.Text.Encoding.UTF8.GetBytes(name));
        return certificate.CopyWithPrivateKey(key);
    }
}
