using System.Text.Json;
using Microsoft.Extensions.Options;
using ThemisBridge.Cli.Composition;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli.Output;

/// <summary>Prints a failure once, with what to do, and gives its exit code.</summary>
internal static class FailureReport
{
    /// <summary>Whether this is a failure that a user can be told of; anything else is a bug and keeps its
    /// trace.</summary>
    public static bool Knows(Exception exception) =>
        exception is BridgeException or OperationCanceledException or OptionsValidationException
            or ConfigurationException
        || IsBinding(exception);

    /// <summary>Prints it; as JSON on standard output, else as text on standard error.</summary>
    public static async Task<int> PrintAsync(Exception exception, bool json, Terminal terminal)
    {
        (ErrorDocument error, int code) = Describe(exception);
        if (json)
        {
            await terminal.Out.WriteLineAsync(
                JsonSerializer.Serialize(new FailureDocument(error), CliJson.Default.FailureDocument));
            return code;
        }

        foreach (string line in error.Message.Split('\n'))
        {
            await terminal.Error.WriteLineAsync($"themis-bridge: {line}");
        }

        if (error.Attempts.Count > 1)
        {
            foreach (AttemptDocument attempt in error.Attempts)
            {
                await terminal.Error.WriteLineAsync(
                    $"  tried {attempt.Engine} over {attempt.Transport}: {attempt.Failure}");
            }
        }

        return code;
    }

    private static (ErrorDocument Error, int Code) Describe(Exception exception) => exception switch
    {
        BridgeException failure => (new ErrorDocument(Name(failure.Failure), Name(failure.Stage), failure.Message,
            failure.Parameter, failure.Backend, [.. failure.Attempts.Select(AttemptDocument.From)]),
            ExitCodes.Of(failure)),
        OptionsValidationException options =>
            (Plain("configuration", string.Join('\n', options.Failures)), ExitCodes.Configuration),
        OperationCanceledException => (Plain("cancelled", "Interrupted."), ExitCodes.Interrupted),
        _ => (Plain("configuration", exception.Message), ExitCodes.Configuration),
    };

    // What the configuration binder throws for a value of the wrong type; its message holds the key.
    private static bool IsBinding(Exception exception) =>
        exception is InvalidOperationException && exception.Message.Contains("ThemisBridge:", StringComparison.Ordinal);

    private static ErrorDocument Plain(string failure, string message) => new(failure, null, message, null, null, []);

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
