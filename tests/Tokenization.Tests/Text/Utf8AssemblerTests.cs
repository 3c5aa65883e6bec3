using System.Buffers;
using System.Text;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Tests.Text;

public sealed class Utf8AssemblerTests
{
    private static readonly string[] Texts =
    [
        "", "plain", "Käse — 10 €", "𝄞 clef and 👩‍💻", "日本語のテキスト", "\0\u0001\uFFFD\uFFFF", "a\u0301",
    ];

    [Fact]
    public void Text_cut_after_every_byte_comes_out_whole()
    {
        foreach (string text in Texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int cut = 0; cut <= bytes.Length; cut++)
            {
                Assert.Equal(text, string.Concat(Assemble([bytes[..cut], bytes[cut..]])));
            }

            Assert.Equal(text, string.Concat(Assemble([.. bytes.Select(b => new[] { b })])));
        }
    }

    [Fact]
    public void No_piece_ends_inside_a_character()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("x𝄞y👩é€");

        foreach (string piece in Assemble([.. bytes.Select(b => new[] { b })]))
        {
            Assert.DoesNotContain('\uFFFD', piece);
            Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1]));
        }
    }

    [Fact]
    public void Invalid_bytes_become_what_one_decode_gives()
    {
        Random random = new(20261124);
        byte[] interesting =
            [0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0xA0];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(0, 12)];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = interesting[random.Next(interesting.Length)];
            }

            List<byte[]> pieces = [];
            for (int start = 0; start < bytes.Length;)
            {
                int length = random.Next(1, bytes.Length - start + 1);
                pieces.Add(bytes[start..(start + length)]);
                start += length;
            }

            string expected = Encoding.UTF8.GetString(bytes);
            Assert.True(
                expected == string.Concat(Assemble(pieces)), $"{Convert.ToHexString(bytes)} in {pieces.Count} pieces");
        }
    }

    [Fact]
    public void Unfinished_character_becomes_a_replacement_at_the_end_and_the_next_text_starts_clean()
    {
        Utf8Assembler assembler = new();
        ArrayBufferWriter<char> output = new();

        assembler.Append([0xE2, 0x82], output);
        Assert.Equal(0, output.WrittenCount);
        assembler.Flush(output);
        assembler.Append("ok"u8, output);

        Assert.Equal("\uFFFDok", output.WrittenSpan.ToString());
    }

    [Fact]
    public void Append_allocates_nothing()
    {
        Utf8Assembler assembler = new();
        ArrayBufferWriter<char> output = new(1024);
        byte[] bytes = Encoding.UTF8.GetBytes("é€𝄞x");
        AppendAll(assembler, output, bytes);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            AppendAll(assembler, output, bytes);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AppendAll(Utf8Assembler assembler, ArrayBufferWriter<char> output, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            assembler.Append(bytes.AsSpan(i, 1), output);
        }

        output.ResetWrittenCount();
    }

    private static List<string> Assemble(List<byte[]> pieces)
    {
        Utf8Assembler assembler = new();
        List<string> texts = [];
        ArrayBufferWriter<char> output = new();
        foreach (byte[] piece in pieces)
        {
            assembler.Append(piece, output);
            texts.Add(output.WrittenSpan.ToString());
            output.ResetWrittenCount();
        }

        assembler.Flush(output);
        texts.Add(output.WrittenSpan.ToString());
        return texts;
    }
}
