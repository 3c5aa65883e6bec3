namespace ThemisBridge.Wire.Layout;

/// <summary>The optional columns of a STEP: its flags.</summary>
[Flags]
public enum StepColumns : byte
{
    /// <summary>Handles and one id each.</summary>
    None = 0,

    /// <summary>How many ids each row has.</summary>
    Counts = 1,

    /// <summary>Text.</summary>
    Text = 2,

    /// <summary>Probabilities.</summary>
    Logprobs = 4,

    /// <summary>JSON: reasoning, tool calls, probabilities of tokens known by their text.</summary>
    Details = 8,
}
