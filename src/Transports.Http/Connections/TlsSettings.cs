using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThemisBridge.Transports.Http.Connections;

/// <summary>The TLS side of <see cref="HttpBackendOptions"/>.</summary>
internal static class TlsSettings
{
    /// <summary>What is wrong with the files, or null. Reads them.</summary>
    public static string? FaultOf(HttpBackendOptions options)
    {
        if (options.ClientKeyFile is not null && options.ClientCertificateFile is null)
        {
            return "ClientKeyFile is set without ClientCertificateFile; expected both, or the key in that file.";
        }

        try
        {
            _ = Create(options);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            return "CaFile or ClientCertificateFile cannot be used; expected PEM files, the client's with a key: "
                + e.Message;
        }
    }

    /// <summary>The settings of the handler.</summary>
    public static SslClientAuthenticationOptions Create(HttpBackendOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.CaFile is { } caFile)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(caFile);
            if (authorities.Count == 0)
            {
                throw new ArgumentException($"There is no certificate in {caFile}.", nameof(options));
            }

            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (options.ClientCertificateFile is { } file)
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(file, options.ClientKeyFile);
            // A server that knows only the root needs what lies between, which stands behind the certificate.
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }

        return tls;
    }
}
