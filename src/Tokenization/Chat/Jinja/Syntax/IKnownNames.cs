namespace ThemisBridge.Tokenization.Chat.Jinja.Syntax;

/// <summary>Which filters and tests there are: a template that uses another is refused when it is parsed.</summary>
internal interface IKnownNames
{
    bool HasFilter(string name);

    bool HasTest(string name);
}
