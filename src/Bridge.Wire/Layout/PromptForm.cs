namespace ThemisBridge.Wire.Layout;

/// <summary>Where the prompt of a REQUEST stands.</summary>
public enum PromptForm : byte
{
    /// <summary>Nowhere: the inputs of an embedding are a list in the JSON.</summary>
    None = 0,

    /// <summary>Token ids.</summary>
    Tokens = 1,

    /// <summary>Text.</summary>
    Text = 2,

    /// <summary>Messages in the JSON.</summary>
    Chat = 3,
}
