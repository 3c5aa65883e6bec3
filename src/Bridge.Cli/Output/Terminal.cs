namespace ThemisBridge.Cli.Output;

/// <summary>Where a command writes: the answer to <see cref="Out"/>, everything else to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error)
{
    /// <summary>Whether a person looks at the answer as it comes.</summary>
    public bool IsInteractive => ReferenceEquals(Out, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether progress can be shown.</summary>
    public bool CanShowProgress => ReferenceEquals(Error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>
    /// The text without control characters, where it goes to a screen: a model must not steer the terminal.
    /// </summary>
    public string ForScreen(string text) => IsInteractive && text.AsSpan().ContainsAnyInRange('\0', '\u001f')
        ? string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c))
        : text;
}
