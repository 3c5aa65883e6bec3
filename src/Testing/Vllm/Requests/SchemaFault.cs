namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>One line of vLLM's schema errors.</summary>
/// <param name="Type">Pydantic's name of the error.</param>
/// <param name="Location">Where, such as <c>body.max_tokens</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Input">The input as <see cref="Wire.PythonText.Input"/> shows it.</param>
/// <param name="Context">More, as the text of a Python dictionary; or null.</param>
internal sealed record SchemaFault(string Type, string Location, string Message, string Input, string? Context = null);
