using System.Text;
using System.Text.Json.Nodes;

namespace ThemisBridge.Tokenization.Tests.Oracles;

/// <summary>The vocabulary inside a GGUF file, as far as these tests need it.</summary>
public sealed class GgufVocabulary
{
    private const uint TypeInt32 = 5;
    private const uint TypeString = 8;
    private const uint TypeArray = 9;
    private const int KindControl = 3;
    private const int KindUserDefined = 4;

    private static readonly int[] Sizes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    private readonly Dictionary<string, List<object>> _lists = [];

    private GgufVocabulary(BinaryReader reader)
    {
        reader.BaseStream.Position = 16;
        for (var left = reader.ReadUInt64(); left > 0; left--)
        {
            var key = ReadString(reader);
            var type = reader.ReadUInt32();
            if (type == TypeArray)
            {
                var itemType = reader.ReadUInt32();
                var count = (int)reader.ReadUInt64();
                _lists[key] = [.. Enumerable.Range(0, count).Select(_ => ReadValue(reader, itemType))];
            }
            else
            {
                ReadValue(reader, type);
            }
        }
    }

    public static GgufVocabulary Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        return new GgufVocabulary(reader);
    }

    /// <summary>A tokenizer.json of it.</summary>
    /// <param name="preTokenizer">What GGUF has only a name for.</param>
    /// <param name="ignoresMerges">Likewise.</param>
    public string ToTokenizerJson(JsonNode preTokenizer, bool ignoresMerges)
    {
        var tokens = _lists["tokenizer.ggml.tokens"].Cast<string>().ToArray();
        var kinds = _lists["tokenizer.ggml.token_type"].Cast<int>().ToArray();
        var vocab = new JsonObject();
        var added = new JsonArray();
        for (var id = 0; id < tokens.Length; id++)
        {
            if (kinds[id] is KindControl or KindUserDefined)
            {
                added.Add(new JsonObject
                {
                    ["id"] = id,
                    ["content"] = tokens[id],
                    ["special"] = kinds[id] == KindControl,
                    ["normalized"] = false,
                });
            }
            else
            {
                vocab[tokens[id]] = id;
            }
        }

        var merges = _lists["tokenizer.ggml.merges"].Select(merge => (JsonNode)(string)merge).ToArray();
        return new JsonObject
        {
            ["added_tokens"] = added,
            ["pre_tokenizer"] = preTokenizer,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["ignore_merges"] = ignoresMerges,
                ["vocab"] = vocab,
                ["merges"] = new JsonArray(merges),
            },
        }.ToJsonString();
    }

    /// <summary>A string or a 32-bit number; every other number is skipped and given as zero.</summary>
    private static object ReadValue(BinaryReader reader, uint type)
    {
        if (type == TypeString)
        {
            return ReadString(reader);
        }

        var bytes = reader.ReadBytes(Sizes[type]);
        return type == TypeInt32 ? BitConverter.ToInt32(bytes) : 0;
    }

    private static string ReadString(BinaryReader reader) =>
        Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));
}
