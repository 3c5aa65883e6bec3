using System.Text;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>Tokens as byte-level vocabularies spell them, with one printable letter per byte: <c>Ġis</c> for
/// <c>" is"</c>.</summary>
internal sealed class TokenStrings(VllmServer server)
{
    /// <summary>The spelling of each id. A token that is part of a character is taken for one byte of it.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(int[] ids, CancellationToken cancellationToken)
    {
        if (ids.Length == 0)
        {
            return [];
        }

        byte[] whole = Encoding.UTF8.GetBytes(await TextAsync(ids, cancellationToken));
        var strings = new List<string>(ids.Length);
        int at = 0;
        foreach (int id in ids)
        {
            string text = await TextAsync([id], cancellationToken);
            int length = text.Contains('\uFFFD', StringComparison.Ordinal) ? 1 : Encoding.UTF8.GetByteCount(text);
            int end = Math.Min(whole.Length, at + length);
            strings.Add(string.Concat(whole[at..end].Select(LetterOf)));
            at = end;
        }

        return strings;
    }

    private Task<string> TextAsync(int[] ids, CancellationToken cancellationToken) => server.Backend.DetokenizeAsync(
        new DetokenizeRequest { Model = server.BackendModel, TokenIds = ids }, cancellationToken);

    // GPT-2's alphabet: printable bytes stand for themselves, the others for letters from 256 on.
    private static char LetterOf(byte value)
    {
        static bool IsPrintable(int one) => one is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
        return IsPrintable(value)
            ? (char)value
            : (char)(256 + Enumerable.Range(0, value).Count(one => !IsPrintable(one)));
    }
}
