using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies.Normalizing;
using ThemisBridge.Tokenization.Vocabularies.Patterns;
using ThemisBridge.Tokenization.Vocabularies.Splitting;

namespace ThemisBridge.Tokenization.Vocabularies.Reading;

/// <summary>
/// Reads <c>normalizer</c>, <c>pre_tokenizer</c> and <c>decoder</c>: the way of a text around the model.
/// </summary>
internal sealed class PipelineReader
{
    private readonly List<ITextNormalizer> _normalizers = [];
    private readonly List<SplitStep> _splits = [];
    private readonly List<PieceDecoder.Replacement> _replacements = [];
    private bool _hasByteFallback;
    private bool _isByteLevelDecoder;

    private PipelineReader()
    {
    }

    public IReadOnlyList<ITextNormalizer> Normalizers => _normalizers;

    public IReadOnlyList<SplitStep> Splits => _splits;

    public SpaceMarker? SpaceMarker { get; private set; }

    public bool IsByteLevel { get; private set; }

    public bool DropsLeadingSpace { get; private set; }

    /// <summary>The bytes of a piece. What all pieces together gain by it is limited.</summary>
    public Func<string, byte[]> Decode()
    {
        if (_isByteLevelDecoder)
        {
            return Bpe.ByteAlphabet.Decode;
        }

        var growth = new TextGrowth(() => ModelFileFault.Of(TokenizerJson.FileName, "decoder: it adds too much"));
        growth.Allow(ModelFileLimits.DecodedGrowth);
        return new PieceDecoder(_replacements, _hasByteFallback, growth).Decode;
    }

    public static PipelineReader Read(ModelJson root)
    {
        var reader = new PipelineReader();
        reader.Each(root.Get("normalizer"), "normalizers", reader.ReadNormalizer);
        reader.Each(root.Get("pre_tokenizer"), "pretokenizers", reader.ReadPreTokenizer);
        var decoder = root.Get("decoder");
        reader.Each(decoder, "decoders", reader.ReadDecoder);
        if (decoder.IsNull || reader._isByteLevelDecoder != reader.IsByteLevel)
        {
            throw decoder.Fault("a decoder that fits the pre-tokenizer is expected");
        }

        return reader._isByteLevelDecoder
            && (reader._replacements.Count > 0 || reader._hasByteFallback || reader.DropsLeadingSpace)
            ? throw decoder.Fault("another decoder beside ByteLevel is not supported")
            : reader;
    }

    /// <summary>Calls back for a step, or for every step of a sequence, at any depth.</summary>
    private void Each(ModelJson step, string listName, Action<string, ModelJson> read)
    {
        if (step.IsNull)
        {
            return;
        }

        var type = step.GetString("type");
        if (type != "Sequence")
        {
            read(type, step);
            return;
        }

        foreach (var inner in step.GetItems(listName))
        {
            Each(inner, listName, read);
            if (Math.Max(_normalizers.Count, Math.Max(_splits.Count, _replacements.Count)) > ModelFileLimits.Steps)
            {
                throw step.Fault($"more than {ModelFileLimits.Steps} steps");
            }
        }
    }

    private void ReadNormalizer(string type, ModelJson step) => _normalizers.Add(type switch
    {
        "NFC" => new NfcNormalizer(),
        "Prepend" => new PrependNormalizer(Short(step, "prepend")),
        "Replace" => new ReplaceNormalizer(Literal(step.GetObject("pattern")), Short(step, "content")),
        _ => throw step.Fault($"the normalizer '{type}' is not supported"),
    });

    private void ReadPreTokenizer(string type, ModelJson step)
    {
        if (IsByteLevel)
        {
            throw step.Fault("a step after ByteLevel is not supported");
        }

        switch (type)
        {
            case "ByteLevel":
                ReadByteLevel(step);
                break;
            case "Metaspace":
                ReadMetaspace(step);
                break;
            case "Split":
                var pattern = ReadPattern(step.GetObject("pattern"));
                AddSplit(step, pattern, step.GetString("behavior"), step.GetBool("invert"));
                break;
            case "Digits":
                AddSplit(step, @"\p{N}", step.GetBool("individual_digits") ? "Isolated" : "Contiguous", false);
                break;
            case "Punctuation":
                var behavior = step.Get("behavior");
                AddSplit(step, @"[!-/:-@\[-`{-~\p{P}]", behavior.IsNull ? "Isolated" : behavior.AsString(), false);
                break;
            default:
                throw step.Fault($"the pre-tokenizer '{type}' is not supported");
        }
    }

    private void ReadByteLevel(ModelJson step)
    {
        IsByteLevel = true;
        if (step.GetBool("add_prefix_space", true))
        {
            SetMarker(step, new SpaceMarker(' ', PrefixScheme.Always));
        }

        if (step.GetBool("use_regex", true))
        {
            AddSplit(step, SplitStep.Gpt2Pattern, "Isolated", false);
        }
    }

    private void ReadMetaspace(ModelJson step)
    {
        var space = Marker(step);
        var scheme = step.Get("prepend_scheme");
        var prefix = (scheme.IsNull ? "always" : scheme.AsString(), step.GetBool("add_prefix_space", true)) switch
        {
            (_, false) or ("never", _) => PrefixScheme.Never,
            ("first", _) => PrefixScheme.First,
            ("always", _) => PrefixScheme.Always,
            _ => throw scheme.Fault("always, first or never is expected"),
        };
        SetMarker(step, new SpaceMarker(space, prefix));
        if (step.GetBool("split", true))
        {
            AddSplit(step, "\\" + space, "MergedWithNext", false);
        }
    }

    private void SetMarker(ModelJson step, SpaceMarker marker) =>
        SpaceMarker = SpaceMarker is null && _splits.Count == 0
            ? marker
            : throw step.Fault("adding a space after a split is not supported");

    private void AddSplit(ModelJson step, string pattern, string behavior, bool isInverted)
    {
        try
        {
            _splits.Add(new SplitStep(PatternProgram.Compile(pattern), ReadBehavior(step, behavior), isInverted));
        }
        catch (FormatException exception)
        {
            throw step.Fault(exception.Message);
        }
    }

    private static SplitBehavior ReadBehavior(ModelJson step, string name) => name switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "Contiguous" => SplitBehavior.Contiguous,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        _ => throw step.Fault($"the behavior '{name}' is not known"),
    };

    /// <summary>A pattern as Split takes it: a regular expression, or a string to be found as it is.</summary>
    private static string ReadPattern(ModelJson pattern)
    {
        var regex = pattern.Get("Regex");
        return regex.IsNull ? string.Concat(Literal(pattern).Select(Escaped)) : regex.AsString();

        static string Escaped(char c) => char.IsAsciiLetterOrDigit(c) || c >= 128 ? c.ToString() : $"\\{c}";
    }

    private static string Literal(ModelJson pattern)
    {
        var literal = pattern.GetString("String");
        return literal.Length > 0 ? literal : throw pattern.Fault("an empty pattern");
    }

    /// <summary>What a step writes in the place of something else.</summary>
    private static string Short(ModelJson step, string name)
    {
        var content = step.GetString(name);
        return content.Length <= ModelFileLimits.ContentLength
            ? content
            : throw step.Get(name).Fault($"at most {ModelFileLimits.ContentLength} characters are expected");
    }

    /// <summary>What Metaspace writes for a space.</summary>
    private static char Marker(ModelJson step)
    {
        var space = step.GetString("replacement");
        return space.Length == 1 ? space[0] : throw step.Get("replacement").Fault("one character is expected");
    }

    private void ReadDecoder(string type, ModelJson step)
    {
        switch (type)
        {
            case "ByteLevel":
                _isByteLevelDecoder = true;
                break;
            case "Replace":
                _replacements.Add(new(Literal(step.GetObject("pattern")), Short(step, "content")));
                break;
            case "ByteFallback":
                _hasByteFallback = true;
                break;
            case "Fuse":
                break;
            case "Strip" when step.GetString("content") == " " && step.Get("stop").AsId() == 0:
                DropsLeadingSpace = step.Get("start").AsId() == 1;
                break;
            case "Metaspace":
                _replacements.Add(new(Marker(step).ToString(), " "));
                DropsLeadingSpace = SpaceMarker is { Prefix: not PrefixScheme.Never };
                break;
            default:
                throw step.Fault($"the decoder '{type}' is not supported");
        }
    }
}
