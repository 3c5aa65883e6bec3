using System.Text;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.NativeFallback.Internal.Engine;

/// <summary>
/// Refuses models that are sound as GGUF but over which llama.cpp would end the process: it asserts these while it
/// loads
/// or computes, or multiplies them without looking. Found by loading damaged models; it cannot find everything.
/// </summary>
internal static class ModelSanity
{
    private const string Remedy = "Copy or download the file again and compare its digest.";
    private const string VocabularyKey = "tokenizer.ggml.tokens";

    // The largest of each that a product with the others leaves within 32 bits; models are far below.
    private static readonly (string Key, long Least, long Most)[] Ranges =
    [
        ("block_count", 1, 512),
        ("embedding_length", 1, 1 << 20),
        ("feed_forward_length", 0, 1 << 24),
        ("attention.head_count", 0, 1 << 14),
        ("attention.head_count_kv", 0, 1 << 14),
        ("attention.key_length", 0, 1 << 16),
        ("attention.value_length", 0, 1 << 16),
        ("rope.dimension_count", 0, 1 << 16),
        ("expert_count", 0, 1024),
        ("expert_used_count", 0, 1024),
    ];

    private static readonly string[] Epsilons =
        ["attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon", "attention.group_norm_epsilon"];

    /// <summary>Checks a model's header.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>.</exception>
    public static void Check(GgufHeader header, string path)
    {
        foreach ((string name, long least, long most) in Ranges)
        {
            // Per-layer values come as arrays, whose elements llama.cpp checks itself.
            if (Integer(header, name) is { } value && (value < least || value > most))
            {
                throw ModelFile.Invalid(path, $"its {name} is {value}, not from {least} to {most}", Remedy);
            }
        }

        RefuseMore(header, path, "nextn_predict_layers", "block_count");
        RefuseMore(header, path, "expert_used_count", "expert_count");
        foreach (string name in Epsilons)
        {
            if (Find(header, name)?.Float is { } epsilon && !(epsilon >= 0 && double.IsFinite(epsilon)))
            {
                throw ModelFile.Invalid(path, $"its {name} is {epsilon}", Remedy);
            }
        }

        RefuseDoubleTokens(header, path);
    }

    private static void RefuseMore(GgufHeader header, string path, string part, string whole)
    {
        if (Integer(header, part) is { } parts && (parts < 0 || parts > (Integer(header, whole) ?? 0)))
        {
            throw ModelFile.Invalid(path, $"its {part} is {parts}, more than its {whole}", Remedy);
        }
    }

    private static void RefuseDoubleTokens(GgufHeader header, string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        HashSet<string> tokens = new(StringComparer.Ordinal);
        int index = 0;
        foreach (byte[] token in header.ReadTexts(file, VocabularyKey))
        {
            // Compared as llama.cpp does: byte for byte, up to a zero. Empty ones it tells apart by itself.
            int zero = token.AsSpan().IndexOf((byte)0);
            string text = Encoding.Latin1.GetString(token, 0, zero < 0 ? token.Length : zero);
            if (text.Length > 0 && !tokens.Add(text))
            {
                throw ModelFile.Invalid(path, $"token {index} of its vocabulary occurs twice", Remedy);
            }

            index++;
        }
    }

    private static long? Integer(GgufHeader header, string name) => Find(header, name)?.Integer;

    private static GgufValue? Find(GgufHeader header, string name) =>
        header.Metadata.GetValueOrDefault($"{header.Architecture}.{name}");
}
