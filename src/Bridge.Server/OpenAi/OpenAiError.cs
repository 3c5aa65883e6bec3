using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>An error in OpenAI's shape.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The class of error: <c>invalid_request_error</c> and so on.</param>
/// <param name="Code">What a program can tell apart: <c>model_not_found</c>.</param>
/// <param name="Message">For a person: what was wrong and what to do. Never a backend's address.</param>
/// <param name="Param">The field at fault, or null.</param>
internal sealed record OpenAiError(int Status, string Type, string Code, string Message, string? Param)
{
    /// <summary>The error of a failure.</summary>
    public static OpenAiError Of(BridgeException failure)
    {
        int status = FailureTable.HttpStatus(failure.Failure);
        string code = failure.Failure == BridgeFailure.UnknownModel
            ? "model_not_found"
            : JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.Failure.ToString());
        return new OpenAiError(status, TypeOf(status), code, failure.Message, failure.Parameter);
    }

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        < 500 => "invalid_request_error",
        _ => "server_error",
    };

    /// <summary>Writes <c>{"error":{…}}</c>.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, Message);
        json.WriteString("type"u8, Type);
        json.WriteString("param"u8, Param);
        json.WriteString("code"u8, Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
