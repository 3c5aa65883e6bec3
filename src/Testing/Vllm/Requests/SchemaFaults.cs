using System.Text;
using System.Text.Json;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>The schema errors of one request, told together as vLLM does.</summary>
internal sealed class SchemaFaults
{
    private const int Shown = 10;
    private readonly List<SchemaFault> _faults = [];

    public bool HasAny => _faults.Count > 0;

    public void Add(SchemaFault fault) => _faults.Add(fault);

    public void Add(string type, string location, string message, JsonElement input, string? context = null) =>
        _faults.Add(new SchemaFault(type, location, message, PythonText.Input(input), context));

    public void AddMissing(string location, JsonElement holder) =>
        Add("missing", location, "Field required", holder);

    /// <exception cref="VllmError">There are some.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            throw ErrorOf([.. _faults]);
        }
    }

    /// <summary>The error that tells these faults.</summary>
    public static VllmError ErrorOf(params IReadOnlyList<SchemaFault> faults)
    {
        var text = new StringBuilder($"{faults.Count} validation error{(faults.Count == 1 ? "" : "s")}:");
        foreach (SchemaFault fault in faults.Take(Shown))
        {
            text.Append($"\n  {{'type': '{fault.Type}', 'loc': '{fault.Location}', ")
                .Append($"'msg': {PythonText.Repr(fault.Message)}, 'input': {fault.Input}")
                .Append(fault.Context is null ? "" : $", 'ctx': {fault.Context}").Append('}');
        }

        if (faults.Count > Shown)
        {
            text.Append($"\n  ...and {faults.Count - Shown} more errors");
        }

        return new VllmError(400, "Bad Request", text.ToString(), faults[0].Location);
    }
}
