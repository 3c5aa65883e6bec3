using System.Security.Cryptography;
using System.Text;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// vLLM's <c>cache_salt</c>: prefix-cache entries are shared only between requests of the same salt. A tenant is its
/// own salt; a request that bypasses the cache gets one that nobody else has.
/// </summary>
internal static class CacheSalt
{
    private const string Bypass = "bypass:";
    private const string Hashed = "sha256:";

    /// <summary>The salt, or null for none.</summary>
    public static string? Of(InferenceRequest request)
    {
        if (request.CachePolicy == CachePolicy.Bypass)
        {
            return Bypass + Guid.NewGuid().ToString("N");
        }

        return request.Tenant is null || IsSendable(request.Tenant) ? request.Tenant : Hash(request.Tenant);
    }

    // vLLM 0.32: at most 128 characters, none of @ / \ and NUL. Our own prefixes must not be borrowed.
    private static bool IsSendable(string tenant) =>
        tenant.Length is > 0 and <= RequestLimits.MaxTenantLength && tenant.AsSpan().IndexOfAny("@/\\\0") < 0
        && !tenant.StartsWith(Bypass, StringComparison.Ordinal)
        && !tenant.StartsWith(Hashed, StringComparison.Ordinal);

    private static string Hash(string tenant) =>
        Hashed + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tenant)));
}
