using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies.Added;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>
/// Reads what the model wants around a text: <c>post_processor</c> and the switches that overrule it.
/// </summary>
internal static class PostProcessorReader
{
    public static (int[] Prefix, int[] Suffix) Read(
        ModelJson processor, Dictionary<string, int> pieces, IReadOnlyList<AddedToken> added, TokenizerConfig config)
    {
        var before = new List<string>();
        var after = new List<string>();
        Collect(processor, before, after);

        // transformers builds the processor anew when tokenizer_config.json has either switch.
        if (config.AddsBos is not null || config.AddsEos is not null)
        {
            before = config.AddsBos == true && config.BosToken is { } bos ? [bos] : [];
            after = config.AddsEos == true && config.EosToken is { } eos ? [eos] : [];
        }

        return ([.. before.Select(IdOf)], [.. after.Select(IdOf)]);

        int IdOf(string content) => added.FirstOrDefault(token => token.Content == content)?.Id
            ?? (pieces.TryGetValue(content, out var id) ? id
                : throw processor.Fault("a token that it adds is not in the vocabulary"));
    }

    private static void Collect(ModelJson processor, List<string> before, List<string> after)
    {
        if (processor.IsNull)
        {
            return;
        }

        var type = processor.GetString("type");
        switch (type)
        {
            case "ByteLevel":
                break;
            case "Sequence":
                foreach (var (index, inner) in processor.GetItems("processors").Index())
                {
                    Collect(index < ModelFileLimits.Steps
                        ? inner
                        : throw processor.Fault($"more than {ModelFileLimits.Steps} steps"), before, after);
                }

                break;
            case "TemplateProcessing":
                CollectTemplate(processor, before, after);
                break;
            default:
                throw processor.Fault($"the post-processor '{type}' is not supported");
        }
    }

    private static void CollectTemplate(ModelJson processor, List<string> before, List<string> after)
    {
        var seenText = false;
        foreach (var item in processor.GetItems("single"))
        {
            if (!item.Get("Sequence").IsNull)
            {
                seenText = !seenText ? true : throw item.Fault("the text is named twice");
            }
            else
            {
                var affix = seenText ? after : before;
                affix.Add(item.GetObject("SpecialToken").GetString("id"));
                if (affix.Count > ModelFileLimits.AffixIds)
                {
                    throw processor.Get("single").Fault(
                        $"more than {ModelFileLimits.AffixIds} tokens on one side of the text");
                }
            }
        }

        if (!seenText)
        {
            throw processor.Get("single").Fault("the text is not named");
        }
    }
}
