using System.Text.Json;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>One field of a body, with readers that refuse a wrong type by the field's name.</summary>
/// <param name="Name">The field's path, such as <c>messages[0].content</c>.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct Field(string Name, JsonElement Value)
{
    /// <summary>Whether it stands for "left out".</summary>
    public bool IsNull => Value.ValueKind == JsonValueKind.Null;

    public string Text()
    {
        try
        {
            return Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw WrongType("a string");
        }
        catch (InvalidOperationException)
        {
            // The escapes spell half a surrogate pair.
            throw Refusal.InvalidRequest(Name, $"{Name} has half of a surrogate pair. Send well-formed Unicode.");
        }
    }

    public int Integer() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int number)
            ? number
            : throw WrongType("a 32-bit integer");

    public double Number() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetDouble(out double number)
            ? number
            : throw WrongType("a number");

    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType("true or false"),
    };

    /// <summary>The members of an array.</summary>
    public IEnumerable<Field> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array)
        {
            throw WrongType("an array");
        }

        string name = Name;
        return Value.EnumerateArray().Select((item, index) => new Field($"{name}[{index}]", item));
    }

    /// <summary>The members of an object that are not null.</summary>
    public IEnumerable<Field> Members()
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw WrongType("an object");
        }

        string name = Name;
        return Value.EnumerateObject()
            .Where(member => member.Value.ValueKind != JsonValueKind.Null)
            .Select(member => new Field(name.Length == 0 ? member.Name : $"{name}.{member.Name}", member.Value));
    }

    /// <summary>The last part of the path.</summary>
    public string Key => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>Takes only the value that changes nothing, for options of which there is no other here.</summary>
    public void Require(bool isHarmless, string remedy)
    {
        if (!isHarmless)
        {
            throw Unsupported(remedy);
        }
    }

    public BridgeException Unsupported(string remedy) =>
        new(BridgeFailure.UnsupportedOption, FailureStage.Admit,
            $"{Name} cannot be honoured. {remedy}") { Parameter = Name };

    public BridgeException Unknown() => new(BridgeFailure.UnsupportedOption, FailureStage.Admit,
        $"{Name} is not a known field. Remove it, or check its spelling.")
    { Parameter = Name };

    public BridgeException WrongType(string expected) =>
        Refusal.InvalidRequest(Name, $"{Name} must be {expected}.");
}
