using System.Globalization;
using System.Text;
using ThemisBridge.Tokenization.Vocabularies.Normalizing;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>The bytes of a piece that is written as text: '▁' for a space, <c>&lt;0x0A&gt;</c> for a byte.</summary>
/// <param name="replacements">What is written differently, in order.</param>
/// <param name="hasByteFallback">Whether <c>&lt;0xHH&gt;</c> is a byte.</param>
/// <param name="growth">What all pieces together may gain.</param>
internal sealed class PieceDecoder(
    IReadOnlyList<PieceDecoder.Replacement> replacements, bool hasByteFallback, TextGrowth growth)
{
    public byte[] Decode(string piece)
    {
        foreach (var (written, meant) in replacements)
        {
            piece = growth.Replace(piece, written, meant);
        }

        if (hasByteFallback && piece is ['<', '0', 'x', _, _, '>'] && byte.TryParse(
            piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return [value];
        }

        return Encoding.UTF8.GetBytes(piece);
    }

    /// <summary>Something that is written one way and means another.</summary>
    internal sealed record Replacement(string Written, string Meant);
}
