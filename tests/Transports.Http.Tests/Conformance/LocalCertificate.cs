using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThemisBridge.Transports.Http.Tests.Conformance;

/// <summary>A certificate of <c>localhost</c> that vouches for itself.</summary>
internal sealed class LocalCertificate : IDisposable
{
    public LocalCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        Certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Writes it for clients; the file is returned.</summary>
    public string WriteTo(string folder)
    {
        string file = Path.Combine(folder, "ca.pem");
        File.WriteAllText(file, Certificate.ExportCertificatePem());
        return file;
    }

    public void Dispose() => Certificate.Dispose();
}
