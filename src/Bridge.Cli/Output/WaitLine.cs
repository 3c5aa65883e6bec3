using Spectre.Console;

namespace ThemisBridge.Cli.Output;

/// <summary>A spinner on standard error for what takes longer than a moment.</summary>
internal static class WaitLine
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for a task, and shows that it waits when that takes long and somebody looks.</summary>
    public static async Task<T> WhileAsync<T>(Task<T> task, string label, Terminal terminal)
    {
        if (!terminal.CanShowProgress
            || await Task.WhenAny(task, Task.Delay(Moment, TimeProvider.System)) == task)
        {
            return await task;
        }

        IAnsiConsole console =
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return await console.Status().StartAsync(Markup.Escape(label), _ => task);
    }
}
