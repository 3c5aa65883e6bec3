using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ThemisBridge.Server.OpenAi;

namespace ThemisBridge.Server.Authentication;

/// <summary>Guards an application with one bearer token.</summary>
public static class BearerTokenApplicationBuilderExtensions
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// Refuses every request without <c>Authorization: Bearer TOKEN</c>, except <c>GET /health</c>, with 401 in
    /// OpenAI's
    /// shape. The comparison takes the same time whatever is sent.
    /// </summary>
    /// <param name="application">The application, before its endpoints.</param>
    /// <param name="token">The token; not empty.</param>
    public static IApplicationBuilder UseBearerToken(this IApplicationBuilder application, string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        byte[] expected = Hash(token);
        return application.Use(async (context, next) =>
        {
            if (IsHealth(context.Request) || IsAuthorized(context.Request, expected))
            {
                await next(context);
                return;
            }

            context.Response.Headers.WWWAuthenticate = "Bearer";
            await ErrorAnswer.WriteAsync(context, new OpenAiError(StatusCodes.Status401Unauthorized,
                "authentication_error", "unauthorized", "Send the server's token as 'Authorization: Bearer TOKEN'.",
                null));
        });
    }

    private static bool IsHealth(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path.Equals("/health", StringComparison.Ordinal);

    // Hashes have one length, so comparing them tells nothing about the token's.
    private static bool IsAuthorized(HttpRequest request, byte[] expected)
    {
        string? header = request.Headers.Authorization.FirstOrDefault();
        return header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), expected);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
