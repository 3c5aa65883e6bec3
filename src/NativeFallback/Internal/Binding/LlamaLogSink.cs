using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// Receives what llama.cpp logs, in pieces of lines from any thread, and passes whole lines on: its information as
/// Debug,
/// its debugging as Trace. Also remembers the errors of the current thread, which are all that a failed call leaves.
/// </summary>
internal static unsafe class LlamaLogSink
{
    private const int LongestLine = 4096;

    private static ILogger s_logger = NullLogger.Instance;

    [ThreadStatic]
    private static StringBuilder? t_line;

    [ThreadStatic]
    private static LogLevel t_level;

    [ThreadStatic]
    private static string? t_firstError;

    /// <summary>Sends lines to this logger from now on. The library is one per process, so the latest caller has it.
    /// </summary>
    public static void Use(ILogger logger) => Volatile.Write(ref s_logger, logger);

    /// <summary>Tells the library where to log.</summary>
    public static void Install() => LlamaApi.LogSet(&Receive, 0);

    /// <summary>Forgets the errors of this thread; call it before something that may fail.</summary>
    public static void ForgetError() => t_firstError = null;

    /// <summary>The first error that this thread logged since, which is the one nearest to the cause; or
    /// null.</summary>
    public static string? FirstError => t_firstError;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Receive(int level, byte* text, nint userData)
    {
        try
        {
            Take(level, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        }
        catch (Exception)
        {
            // An exception that leaves a native callback ends the process; a lost log line does not.
        }
    }

    private static void Take(int nativeLevel, ReadOnlySpan<byte> text)
    {
        // ggml_log_level: 1 debug, 2 info, 3 warn, 4 error, 5 continues the line before.
        t_level = nativeLevel switch
        {
            1 => LogLevel.Trace,
            2 => LogLevel.Debug,
            3 => LogLevel.Warning,
            4 => LogLevel.Error,
            _ => t_level,
        };
        ILogger logger = Volatile.Read(ref s_logger);
        if (t_level < LogLevel.Error && !logger.IsEnabled(t_level))
        {
            return;
        }

        StringBuilder line = t_line ??= new StringBuilder();
        foreach (char c in Encoding.UTF8.GetString(text))
        {
            if (c != '\n' && line.Length < LongestLine)
            {
                line.Append(c);
            }
            else if (c == '\n')
            {
                End(logger, line);
            }
        }
    }

    private static void End(ILogger logger, StringBuilder line)
    {
        string text = line.ToString().Trim();
        line.Clear();
        if (text.Length == 0)
        {
            return;
        }

        if (t_level == LogLevel.Error)
        {
            t_firstError ??= text;
        }

        NativeLog.Line(logger, t_level, text);
    }
}
