namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>
/// What a name or attribute that does not exist evaluates to: prints nothing, is false, and fails if used.
/// </summary>
/// <param name="Name">The name, as the template writes it.</param>
internal sealed record Undefined(string Name)
{
    public Core.Failures.BridgeException Fault() => TemplateFault.Run($"'{Name}' is undefined");
}
