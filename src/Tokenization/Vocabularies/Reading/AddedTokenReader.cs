using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies.Added;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>Reads <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    public static IReadOnlyList<AddedToken> Read(ModelJson root, Dictionary<string, int> pieces, TokenizerConfig config)
    {
        var tokens = new List<AddedToken>();
        var byId = new Dictionary<int, string>();
        var byContent = new HashSet<string>(StringComparer.Ordinal);
        var named = config.SpecialTokens.Values.ToHashSet(StringComparer.Ordinal);
        var characters = 0;
        foreach (var item in root.GetItems("added_tokens"))
        {
            if (tokens.Count == ModelFileLimits.AddedTokens)
            {
                throw root.Get("added_tokens").Fault($"more than {ModelFileLimits.AddedTokens} tokens");
            }

            var token = ReadToken(item, named);
            characters += token.Content.Length;
            if (characters > ModelFileLimits.AddedTokenCharacters)
            {
                throw root.Get("added_tokens").Fault(
                    $"more than {ModelFileLimits.AddedTokenCharacters} characters in all of them");
            }

            if (!byId.TryAdd(token.Id, token.Content) || !byContent.Add(token.Content))
            {
                throw item.Fault("the id or the content is that of an earlier added token");
            }

            tokens.Add(token);
        }

        RefuseContradictions(root, tokens, pieces);
        return tokens;
    }

    /// <param name="item">The token.</param>
    /// <param name="named">The tokens that <c>tokenizer_config.json</c> names.</param>
    private static AddedToken ReadToken(ModelJson item, HashSet<string> named)
    {
        var content = item.GetString("content");
        if (content.Length is 0 or > ModelFileLimits.AddedTokenLength)
        {
            throw item.Get("content").Fault($"1 to {ModelFileLimits.AddedTokenLength} characters are expected");
        }

        var isSpecial = item.GetBool("special");
        return new AddedToken(item.Get("id").AsId(), content)
        {
            // transformers makes the tokens that tokenizer_config.json names special, whatever tokenizer.json says.
            IsSpecial = isSpecial || named.Contains(content),
            IsNormalized = item.GetBool("normalized", !isSpecial),
            IsSingleWord = item.GetBool("single_word"),
            StripsLeft = item.GetBool("lstrip"),
            StripsRight = item.GetBool("rstrip"),
        };
    }

    /// <summary>
    /// An added token that is a piece of the model's too must have that piece's id, and no other may.
    /// </summary>
    private static void RefuseContradictions(ModelJson root, List<AddedToken> tokens, Dictionary<string, int> pieces)
    {
        var owners = pieces.ToDictionary(pair => pair.Value, pair => pair.Key);
        foreach (var token in tokens)
        {
            if ((pieces.TryGetValue(token.Content, out var id) && id != token.Id)
                || (owners.TryGetValue(token.Id, out var owner) && owner != token.Content))
            {
                throw root.Get("added_tokens").Fault($"the id {token.Id} contradicts the model's vocabulary");
            }
        }
    }
}
