using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.Core.Tests.Gguf;

public sealed class GgufHeaderTests
{
    [Fact]
    public void Sound_file_gives_its_metadata_and_tensors()
    {
        GgufHeader header = Read(GgufBytes.Sound());

        Assert.Equal(3, header.Version);
        Assert.Equal("llama", header.Architecture);
        Assert.Equal(2048, header.ContextLength);
        Assert.Equal(32, header.Alignment);
        Assert.False(header.IsAdapter);
        Assert.Null(header.ChatTemplate);
        Assert.Equal(1, header.SplitCount);
        Assert.Equal(["a", "b"], header.Tensors.Select(t => t.Name));
        Assert.Equal([8L, 2L], header.Tensors[1].Dimensions);
        Assert.Equal("F32", header.Tensors[1].TypeName);
        Assert.Equal(64, header.Tensors[1].ByteLength);
        Assert.Equal(header.FileLength - 64, header.Tensors[1].FileOffset);
    }

    [Fact]
    public void Version_2_is_read_too()
    {
        byte[] bytes = GgufBytes.Sound();
        bytes[4] = 2;

        Assert.Equal(2, Read(bytes).Version);
    }

    [Fact]
    public void Every_value_type_is_read()
    {
        GgufHeader header = Read(new GgufBytes().Header(3, tensors: 0, keys: 14)
            .Key("u8", GgufValueType.UInt8).Raw([200])
            .Key("i8", GgufValueType.Int8).Raw([0xFF])
            .Key("u16", GgufValueType.UInt16).Raw([0xFF, 0xFF])
            .Key("i16", GgufValueType.Int16).Raw([0xFE, 0xFF])
            .Key("u32", GgufValueType.UInt32).UInt32(uint.MaxValue)
            .Key("i32", GgufValueType.Int32).UInt32(uint.MaxValue)
            .Key("u64", GgufValueType.UInt64).UInt64(ulong.MaxValue)
            .Key("i64", GgufValueType.Int64).UInt64(ulong.MaxValue)
            .Key("f32", GgufValueType.Float32).UInt32(BitConverter.SingleToUInt32Bits(1.5f))
            .Key("f64", GgufValueType.Float64).UInt64(BitConverter.DoubleToUInt64Bits(-2.25))
            .Key("yes", GgufValueType.Boolean).Raw([1])
            .TextKey("text", "Käse")
            .ArrayKey("words", GgufValueType.Text, 2).Text("one").Text("")
            .ArrayKey("numbers", GgufValueType.Int16, 3).Raw([1, 0, 2, 0, 3, 0])
            .Done());

        Assert.Equal([200L, -1L, 65535L, -2L, uint.MaxValue, -1L],
            ((string[])["u8", "i8", "u16", "i16", "u32", "i32"]).Select(key => header.Integer(key)!.Value));
        Assert.Null(header.Metadata["u64"].Integer);
        Assert.Equal(-1, header.Integer("i64"));
        Assert.Equal(1.5, header.Float("f32"));
        Assert.Equal(-2.25, header.Float("f64"));
        Assert.Equal(1, header.Integer("yes"));
        Assert.Equal("Käse", header.Text("text"));
        Assert.Equal((GgufValueType.Text, 2L),
            (header.Metadata["words"].ElementType!.Value, header.Metadata["words"].ElementCount));
        Assert.Equal(3, header.Metadata["numbers"].ElementCount);
        Assert.Null(header.Text("absent"));
    }

    [Fact]
    public void Value_of_another_type_is_refused_with_its_key()
    {
        GgufHeader header = Read(GgufBytes.WithKey(b => b.Key("general.architecture", GgufValueType.UInt8).Raw([1])));

        BridgeException error = Assert.Throws<BridgeException>(() => header.Architecture);
        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        Assert.Contains("general.architecture", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embedded_model_is_sound()
    {
        GgufHeader header = GgufHeader.Read(TinyModel.Path("themis-tiny-q8_0.gguf"));

        Assert.Equal("llama", header.Architecture);
        Assert.Equal(2048, header.ContextLength);
        Assert.Contains("<|im_start|>", header.ChatTemplate, StringComparison.Ordinal);
        Assert.Equal(GgufValueType.Text, header.Metadata["tokenizer.ggml.tokens"].ElementType);
        Assert.Equal(1024, header.Metadata["tokenizer.ggml.tokens"].ElementCount);
        Assert.Contains(header.Tensors, tensor => tensor.TypeName == "Q8_0");
        Assert.All(header.Tensors, tensor => Assert.Equal(0, tensor.FileOffset % header.Alignment));
    }

    [Fact]
    public void Text_array_is_read_element_by_element()
    {
        using FileStream stream = File.OpenRead(TinyModel.Path("themis-tiny-q8_0.gguf"));
        GgufHeader header = GgufHeader.Read(stream, "tiny");

        string[] tokens =
            [.. header.ReadTexts(stream, "tokenizer.ggml.tokens").Select(System.Text.Encoding.UTF8.GetString)];

        Assert.Equal(1024, tokens.Length);
        Assert.Equal(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], tokens[..3]);
        Assert.Empty(header.ReadTexts(stream, "absent"));
        Refused(() => header.ReadTexts(stream, "general.architecture").ToArray());
    }

    [Fact]
    public void Embedded_adapter_is_sound()
    {
        GgufHeader header = GgufHeader.Read(TinyModel.Path("lora-german.gguf"));

        Assert.True(header.IsAdapter);
        Assert.Equal("lora", header.AdapterType);
        Assert.True(header.LoraAlpha > 0);
    }

    [Fact]
    public void Missing_file_directory_and_empty_file_are_refused()
    {
        string folder = Directory.CreateTempSubdirectory("themis-gguf-").FullName;
        try
        {
            string empty = Path.Combine(folder, "empty.gguf");
            File.WriteAllBytes(empty, []);

            Assert.Contains("no such file", Refused(() => GgufHeader.Read(Path.Combine(folder, "absent.gguf"))),
                StringComparison.Ordinal);
            Assert.Contains("no such file", Refused(() => GgufHeader.Read(Path.Combine(folder, "no", "x.gguf"))),
                StringComparison.Ordinal);
            Assert.Contains("is a directory", Refused(() => GgufHeader.Read(folder)), StringComparison.Ordinal);
            Assert.Contains("0 bytes", Refused(() => GgufHeader.Read(empty)), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Message_names_the_file_but_not_its_folder()
    {
        string message = Refused(() => GgufHeader.Read("/no/such/place/model.gguf"));

        Assert.StartsWith("model.gguf ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("/no/such", message, StringComparison.Ordinal);
    }

    internal static GgufHeader Read(byte[] bytes) => GgufHeader.Read(new MemoryStream(bytes), "test.gguf");

    internal static string Refused(Func<object> read)
    {
        BridgeException error = Assert.Throws<BridgeException>(read);
        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        Assert.Equal(FailureStage.Admit, error.Stage);
        return error.Message;
    }
}
