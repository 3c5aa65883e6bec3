using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.Core.Tests.Gguf;

/// <summary>Files that lie about themselves.</summary>
public sealed class GgufDamageTests
{
    // A hundred times as many with ./test.sh --long.
    private static readonly int Rounds =
        Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1" ? 2_000_000 : 20_000;

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "does not begin with 'GGUF' (at byte 0)", Patched(0, [0x58]) },
        { "big-endian", Patched(4, [0, 0, 0, 3]) },
        { "version is 1", Patched(4, [1, 0, 0, 0]) },
        { "version is 4", Patched(4, [4, 0, 0, 0]) },
        { "version is 0", Patched(4, [0, 0, 0, 0]) },
        { "number of tensors is 18446744073709551615", new GgufBytes().Header(3, ulong.MaxValue, 0).Done() },
        { "number of tensors is 1000, more than", new GgufBytes().Header(3, 1000, 0).Done() },
        { "number of metadata entries is 65537", new GgufBytes().Header(3, 0, 65_537).Done() },
        { "number of metadata entries is 9, more than", new GgufBytes().Header(3, 0, 9).Done() },
        { "metadata key is empty", GgufBytes.WithKey(b => b.TextKey("", "long enough a value")) },
        { "a metadata key is not UTF-8",
            GgufBytes.WithKey(b => b.UInt64(2).Raw([0xC3, 0x28]).UInt32(0).Raw([1, 1, 1])) },
        { "length of a metadata key is 65536", GgufBytes.WithKey(b => b.UInt64(65_536).Raw(new byte[20])) },
        { "file ends inside a metadata key", GgufBytes.WithKey(b => b.UInt64(500).Raw(new byte[20])) },
        { "unknown type 13", GgufBytes.WithKey(b => b.Text("k").UInt32(13).UInt64(0)) },
        { "array of arrays", GgufBytes.WithKey(b => b.ArrayKey("k", GgufValueType.Array, 1).UInt32(0)) },
        { "number of elements of k is 1073741825",
            GgufBytes.WithKey(b => b.ArrayKey("k", GgufValueType.UInt8, (1UL << 30) + 1)) },
        { "file ends inside the value of k", GgufBytes.WithKey(b => b.ArrayKey("k", GgufValueType.UInt64, 1 << 20)) },
        { "file ends inside the header",
            GgufBytes.WithKey(b => b.ArrayKey("k", GgufValueType.Text, 1 << 30).Text("x")) },
        { "file ends inside the value of k",
            GgufBytes.WithKey(b => b.Key("k", GgufValueType.Text).UInt64(100).UInt64(0)) },
        { "length of the value of k is 9223372036854775808",
            GgufBytes.WithKey(b => b.Key("k", GgufValueType.Text).UInt64(1UL << 63)) },
        {
            "key k occurs twice",
            new GgufBytes().Header(3, 0, 2).TextKey("k", "1").TextKey("k", "2").Done()
        },
        { "general.alignment", GgufBytes.WithKey(b => b.Key("general.alignment", GgufValueType.UInt32).UInt32(24)) },
        { "general.alignment", GgufBytes.WithKey(b => b.Key("general.alignment", GgufValueType.UInt32).UInt32(0)) },
        { "general.alignment", GgufBytes.WithKey(b => b.Key("general.alignment", GgufValueType.UInt64).UInt64(32)) },
        { "tensor a occurs twice", TwoTensors(second: "a", offset: 128) },
        { "tensor name is 64, over the limit", OneTensor(new string('n', 64), [16], 0, 0) },
        { "has 0 dimensions", OneTensor("long-enough-name", [], 0, 0) },
        { "has 5 dimensions", OneTensor("a", [1, 1, 1, 1, 1], 0, 0) },
        { "dimension of 0", OneTensor("a", [0], 0, 0) },
        { "dimension of 18446744073709551615", OneTensor("a", [ulong.MaxValue], 0, 0) },
        { "unknown type 4", OneTensor("a", [32], 4, 0) },
        { "unknown type 4294967295", OneTensor("a", [32], uint.MaxValue, 0) },
        { "not whole blocks of Q8_0", OneTensor("a", [16], 8, 0) },
        { "not aligned", OneTensor("a", [16], 0, 4) },
        { "after the file of", OneTensor("a", [16], 0, 1UL << 40) },
        { "larger than the file", OneTensor("a", [1UL << 62, 1UL << 62], 0, 0) },
        { "larger than the file", OneTensor("a", [1UL << 32, 1UL << 32, 1UL << 32, 1UL << 32], 1, 0) },
        { "ends after the file", OneTensor("a", [16], 0, 256) },
        { "overlap", TwoTensors(second: "b", offset: 32) },
        { "overlap", TwoTensors(second: "b", offset: 0) },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Damage_is_named_with_its_place_and_a_remedy(string expected, byte[] bytes)
    {
        string message = GgufHeaderTests.Refused(() => GgufHeaderTests.Read(bytes));

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Matches(@"byte \d+", message);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_of_a_small_file_is_refused()
    {
        byte[] bytes = GgufBytes.Sound();
        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] cut = bytes[..length];
            GgufHeaderTests.Refused(() => GgufHeaderTests.Read(cut));
        }
    }

    [Fact]
    public void Truncations_of_the_embedded_model_are_refused()
    {
        byte[] bytes = File.ReadAllBytes(TinyModel.Path("themis-tiny-q8_0.gguf"));
        Random random = new(3);
        for (int i = 0; i < 1500; i++)
        {
            // The header is short against the tensors: most cuts go there.
            int length = i < 1000 ? random.Next(40_000) : random.Next(bytes.Length);
            using MemoryStream stream = new(bytes, 0, length);
            GgufHeaderTests.Refused(() => GgufHeader.Read(stream, "cut.gguf"));
        }

        using MemoryStream lacksOneByte = new(bytes, 0, bytes.Length - 1);
        GgufHeaderTests.Refused(() => GgufHeader.Read(lacksOneByte, "cut.gguf"));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_and_nothing_else()
    {
        byte[][] sound = [GgufBytes.Sound(), File.ReadAllBytes(TinyModel.Path("lora-german.gguf"))];
        int[] headerBytes = [sound[0].Length, 6000];
        Random random = new(11);
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = sound[round % 2];
            int at = random.Next(headerBytes[round % 2]);
            byte original = bytes[at];
            bytes[at] = (byte)random.Next(256);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Assert.NotEmpty(GgufHeaderTests.Read(bytes).Tensors);
            }
            catch (BridgeException error) when (error.Failure == BridgeFailure.InvalidModelFile)
            {
                refused++;
            }

            // A lying length must not make the reader allocate: window, table and exception stay small.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
            bytes[at] = original;
        }

        Assert.InRange(refused, 2_000, 18_000);
    }

    private static byte[] Patched(int offset, byte[] bytes)
    {
        byte[] sound = GgufBytes.Sound();
        bytes.CopyTo(sound, offset);
        return sound;
    }

    private static byte[] OneTensor(string name, ulong[] dimensions, uint type, ulong offset) =>
        GgufBytes.WithTensors(1, dataBytes: 256, b => b.Tensor(name, dimensions, type, offset));

    private static byte[] TwoTensors(string second, ulong offset) => GgufBytes.WithTensors(
        2, dataBytes: 256, b => b.Tensor("a", [16], 0, 0).Tensor(second, [16], 0, offset));
}
