using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ThemisBridge.Server;

/// <summary>Logging of ThemisBridge's programs.</summary>
public static class BridgeConsoleLogging
{
    /// <summary>One line per message on standard error; standard output belongs to answers.</summary>
    /// <param name="logging">The application's logging.</param>
    /// <param name="configuration">The configuration; its section <c>Logging</c> is read.</param>
    /// <param name="least">The level for categories that the section does not name.</param>
    public static ILoggingBuilder AddBridgeConsole(
        this ILoggingBuilder logging, IConfiguration configuration, LogLevel least)
    {
        logging.SetMinimumLevel(least)
            .AddConfiguration(configuration.GetSection("Logging"))
            .AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return logging;
    }
}
