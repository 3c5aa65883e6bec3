using System.Text.Json;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Tokenization.Files;

/// <summary>
/// What <c>generation_config.json</c> says that matters here: the same options that vLLM takes from it.
/// </summary>
/// <param name="Defaults">Values for options that a caller leaves out.</param>
/// <param name="EndTokenIds">The ids that end an answer.</param>
internal sealed record GenerationConfig(SamplingOptions Defaults, IReadOnlyList<int> EndTokenIds)
{
    public const string FileName = "generation_config.json";

    /// <summary>For a model without the file.</summary>
    public static GenerationConfig Absent { get; } = new(SamplingOptions.Unset, []);

    public static GenerationConfig Read(ReadOnlyMemory<byte> utf8)
    {
        var root = ModelJson.Parse(FileName, utf8);
        var defaults = new SamplingOptions
        {
            Temperature = Number(root, "temperature", 0, 2),
            TopP = Number(root, "top_p", double.Epsilon, 1),
            TopK = Whole(root, "top_k", -1),
            MinP = Number(root, "min_p", 0, 1),
            RepetitionPenalty = Number(root, "repetition_penalty", double.Epsilon, 2),
            MaxTokens = Whole(root, "max_new_tokens", 1),
        };
        return new GenerationConfig(defaults, ReadEndTokens(root));
    }

    /// <summary>The end tokens of any file that has <c>eos_token_id</c>: one id or a list.</summary>
    public static IReadOnlyList<int> ReadEndTokens(ModelJson root)
    {
        var eos = root.Get("eos_token_id");
        return eos.IsNull ? []
            : eos.Kind == JsonValueKind.Array ? [.. eos.Items().Select(id => id.AsId())]
            : [eos.AsId()];
    }

    private static double? Number(ModelJson root, string name, double least, double most)
    {
        var value = root.Get(name);
        if (value.IsNull)
        {
            return null;
        }

        var number = value.AsNumber();
        return number >= least && number <= most
            ? number
            : throw value.Fault($"a number {(least > 0 ? "above 0" : $"from {least}")} to {most} is expected");
    }

    private static int? Whole(ModelJson root, string name, int least)
    {
        var value = root.Get(name);
        if (value.IsNull)
        {
            return null;
        }

        var number = value.AsNumber();
        return number >= least && number <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw value.Fault($"a whole number from {least} is expected");
    }
}
