using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Vllm;
using ThemisBridge.Transports.Http.Composition;

namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>vLLM's double over the native engine with themis-tiny and its adapter, on every kind of socket, and a
/// bridge that reaches it.</summary>
public sealed class TinyDouble : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("double-").FullName;
    private readonly NativeBackend _native;
    private X509Certificate2? _certificate;

    public TinyDouble()
    {
        var options = new NativeOptions();
        TinyBridge.ConfigureNative(options);
        _native = new NativeBackend("native", options, NullLoggerFactory.Instance, TimeProvider.System);
        Engine = new FaultBackend(_native);
    }

    /// <summary>The engine itself, which hosts adapters.</summary>
    internal NativeBackend Native => _native;

    /// <summary>The engine behind the doubles, watched.</summary>
    internal FaultBackend Engine { get; }

    public async ValueTask InitializeAsync()
    {
        await _native.LoadAdapterAsync(new AdapterSource
        {
            Model = TinyModel.Name,
            Name = TinyModel.Adapter,
            GgufPath = TinyModel.File("lora-german.gguf"),
        });
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await File.WriteAllTextAsync(Path.Combine(_folder, "ca.pem"), _certificate.ExportCertificatePem());
    }

    /// <summary>A double on a kind of socket: <c>tcp</c>, <c>tls</c> or <c>unix</c>.</summary>
    internal VllmDouble Start(string socket = "tcp", Func<VllmDoubleOptions, VllmDoubleOptions>? configure = null)
    {
        var options = new VllmDoubleOptions
        {
            Certificate = socket == "tls" ? _certificate : null,
            UnixSocketPath = socket == "unix" ? Path.Combine(_folder, $"{Guid.NewGuid():N}.sock") : null,
            Adapters = new Dictionary<string, string> { [TinyModel.Adapter] = TinyModel.Adapter },
        };
        return VllmDouble.Start(Engine, configure?.Invoke(options) ?? options);
    }

    /// <summary>A bridge whose engines are these addresses, in this order.</summary>
    internal ServiceProvider Bridge(params IReadOnlyList<Uri> addresses)
    {
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            for (int i = 0; i < addresses.Count; i++)
            {
                options.Engines[$"vllm-{i}"] = new EngineOptions { Ladder = { addresses[i].ToString() } };
            }

            options.Routes[TinyModel.Name] = [.. addresses.Select((_, i) => $"vllm-{i}")];
        }).AddHttp((_, http) => http.CaFile = Path.Combine(_folder, "ca.pem"));
        return services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _native.DisposeAsync();
        _certificate?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
