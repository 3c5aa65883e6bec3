using System.Numerics;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat.Jinja.Values;

/// <summary>What kind of value something is, in words for a message.</summary>
internal static class TypeName
{
    public static string Of(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long or BigInteger => "a whole number",
        double => "a number",
        TracedText => "text",
        JinjaList { IsTuple: true } => "a tuple",
        JinjaList => "a list",
        JinjaDict => "a dictionary",
        JinjaNamespace => "a namespace",
        Undefined => "something undefined",
        _ => "a function",
    };
}
