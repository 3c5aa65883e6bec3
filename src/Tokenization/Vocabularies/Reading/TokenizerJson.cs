using ThemisBridge.Tokenization.Files;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>
/// Reads a <c>tokenizer.json</c>. What it does not know it refuses by name; it never leaves a step out.
/// </summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    /// <param name="utf8">The file.</param>
    /// <param name="config">What <c>tokenizer_config.json</c> says beside it.</param>
    public static BpeVocabulary Read(ReadOnlyMemory<byte> utf8, TokenizerConfig config)
    {
        var root = ModelJson.Parse(FileName, utf8);
        foreach (var name in new[] { "truncation", "padding" })
        {
            if (!root.Get(name).IsNull)
            {
                throw root.Get(name).Fault("not supported; remove it, engines cut prompts themselves");
            }
        }

        var pipeline = PipelineReader.Read(root);
        var (pieces, model) = BpeModelReader.Read(root.GetObject("model"), pipeline.IsByteLevel);
        var added = AddedTokenReader.Read(root, pieces, config);
        var (prefix, suffix) = PostProcessorReader.Read(root.Get("post_processor"), pieces, added, config);
        return new BpeVocabulary(new VocabularyParts
        {
            Pieces = pieces,
            Model = model,
            AddedTokens = added,
            Normalizers = pipeline.Normalizers,
            SpaceMarker = pipeline.SpaceMarker,
            Splits = pipeline.Splits,
            Decode = pipeline.Decode(),
            DropsLeadingSpace = pipeline.DropsLeadingSpace,
            Prefix = prefix,
            Suffix = suffix,
        });
    }
}
