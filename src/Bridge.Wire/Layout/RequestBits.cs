namespace ThemisBridge.Wire.Layout;

/// <summary>The yes-or-no options of a REQUEST: its field <c>options</c>.</summary>
[Flags]
public enum RequestBits : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Text is wanted.</summary>
    Text = 1 << 0,

    /// <summary>Token ids are wanted.</summary>
    TokenIds = 1 << 1,

    /// <summary>The prompt's token ids are wanted.</summary>
    PromptIds = 1 << 2,

    /// <summary>The caller reads the answer while it grows.</summary>
    Stream = 1 << 3,

    /// <summary>Go on after the model's end token.</summary>
    IgnoreEos = 1 << 4,

    /// <summary>Keep the matched stop string.</summary>
    IncludeStop = 1 << 5,

    /// <summary>Keep special tokens in the text.</summary>
    KeepSpecialTokens = 1 << 6,

    /// <summary>Compute the prompt afresh.</summary>
    BypassCache = 1 << 7,

    /// <summary>Whether to add special tokens is said, by <see cref="AddSpecial"/>.</summary>
    AddSpecialGiven = 1 << 8,

    /// <summary>Add what the vocabulary puts around a text.</summary>
    AddSpecial = 1 << 9,
}
