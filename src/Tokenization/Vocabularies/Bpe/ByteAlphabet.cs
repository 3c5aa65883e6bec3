using System.Text;

namespace ThemisBridge.Tokenization.Vocabularies.Bpe;

/// <summary>
/// GPT-2's way to write bytes as visible characters: printable Latin-1 stands for itself, every other byte for the next
/// character from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private const int FirstStandIn = 0x100;

    private static readonly char[] Chars = MakeChars();
    private static readonly short[] Bytes = MakeBytes();

    public static char CharOf(byte value) => Chars[value];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(char c) => c < Bytes.Length ? Bytes[c] : -1;

    /// <summary>The bytes of a piece; of one that has a character outside the alphabet, its UTF-8 form.</summary>
    public static byte[] Decode(string piece)
    {
        var bytes = new byte[piece.Length];
        for (var i = 0; i < piece.Length; i++)
        {
            var value = ByteOf(piece[i]);
            if (value < 0)
            {
                return Encoding.UTF8.GetBytes(piece);
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] MakeChars()
    {
        var chars = new char[256];
        var standIn = FirstStandIn;
        for (var value = 0; value < 256; value++)
        {
            var isVisible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            chars[value] = (char)(isVisible ? value : standIn++);
        }

        return chars;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[FirstStandIn + 256];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Chars[value]] = (short)value;
        }

        return bytes;
    }
}
