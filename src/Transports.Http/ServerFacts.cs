namespace ThemisBridge.Transports.Http;

/// <summary>What a vLLM server has told about itself.</summary>
/// <param name="Version">Its version; null when it tells none.</param>
/// <param name="HasTokenEndpoint">Whether <c>/inference/v1/generate</c> is on.</param>
/// <param name="HasAbort">Whether <c>/inference/v1/abort_requests</c> is on.</param>
internal sealed record ServerFacts(Version? Version, bool HasTokenEndpoint, bool HasAbort)
{
    /// <summary>What the server turned out to understand; what was configured, unless it told otherwise.</summary>
    public HttpServerKind Kind { get; init; } = HttpServerKind.Vllm;

    /// <summary>Whether vLLM's Rust front end answers, which has no embeddings.</summary>
    public bool IsRust { get; init; }

    /// <summary>Nothing known: a server that is taken for a current one.</summary>
    public static ServerFacts Unknown { get; } = new(null, false, false);

    /// <summary>The version in a text such as <c>0.32.0</c> or <c>0.11.1rc2.dev3+g12ab</c>; null when there is
    /// none.</summary>
    public static Version? ParseVersion(string? text)
    {
        string[] parts = (text ?? "").Split('.');
        Span<int> numbers = stackalloc int[3];
        for (int i = 0; i < numbers.Length; i++)
        {
            string digits = i < parts.Length ? string.Concat(parts[i].TakeWhile(char.IsAsciiDigit)) : "0";
            if (digits.Length is 0 or > 6)
            {
                if (i < 2)
                {
                    return null;
                }

                digits = "0";
            }

            numbers[i] = int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
        }

        return new Version(numbers[0], numbers[1], numbers[2]);
    }
}
