namespace ThemisBridge.Tokenization.Files;

/// <summary>What a model's text files may be at most. The largest in use is Gemma 3's tokenizer.json: 33 MB.</summary>
internal static class ModelFileLimits
{
    /// <summary>The largest <c>tokenizer.json</c>.</summary>
    public const int TokenizerBytes = 64 * 1024 * 1024;

    /// <summary>The largest of every other file.</summary>
    public const int ConfigBytes = 8 * 1024 * 1024;

    /// <summary>The largest chat template.</summary>
    public const int TemplateBytes = 1024 * 1024;

    /// <summary>The most entries of a ZIP.</summary>
    public const int ZipEntries = 1000;

    /// <summary>The most values, names and brackets in one JSON file.</summary>
    public const int JsonTokens = 8_000_000;

    /// <summary>The deepest nesting of JSON.</summary>
    public const int JsonDepth = 64;

    /// <summary>The most ids of a vocabulary; the highest id is below it.</summary>
    public const int Ids = 1 << 22;

    /// <summary>The most added tokens.</summary>
    public const int AddedTokens = 1 << 16;

    /// <summary>
    /// The longest added token in UTF-16 units; looking for one may take as many steps per character.
    /// </summary>
    public const int AddedTokenLength = 256;

    /// <summary>The most UTF-16 units that all added tokens have, and that normalizing adds to them.</summary>
    public const int AddedTokenCharacters = 1 << 20;

    /// <summary>The most ids that are put before or after a text.</summary>
    public const int AffixIds = 32;

    /// <summary>The most UTF-16 units that a step of a pipeline writes in the place of something else.</summary>
    public const int ContentLength = 64;

    /// <summary>The most UTF-16 units that all pieces together gain by being decoded.</summary>
    public const int DecodedGrowth = 1 << 20;

    /// <summary>The most additional chat templates.</summary>
    public const int Templates = 100;

    /// <summary>The most steps of a normalizer, pre-tokenizer or decoder.</summary>
    public const int Steps = 32;
}
