using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ThemisBridge.Cli.Output;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Server;
using ThemisBridge.Transports.SharedMemory;
using ThemisBridge.Transports.Uds;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>serve</c>: OpenAI's endpoints over the bridge, until it is told to stop.</summary>
internal sealed class ServeCommand : Command
{
    private readonly ConfigurationOptions _configuration;

    private readonly Option<string[]> _listen = new("--listen")
    {
        Description = $"Where to listen. May be repeated. Default: {ListenOptions.DefaultHttp}",
        HelpName = "URL",
        Arity = ArgumentArity.ZeroOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _uds = new("--uds")
    {
        Description = "Serve frames at this Unix socket too, for processes on this host.",
        HelpName = "PATH",
    };

    private readonly Option<SharedMemoryMode?> _sharedMemory = new("--shm")
    {
        Description = "Move the socket's connections to shared memory. Default: on, for clients that can too.",
        HelpName = "on|off|require",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "A file with the bearer token that callers must send.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _insecure = new("--insecure-no-auth")
    {
        Description = "Let other machines in without a token.",
    };

    public ServeCommand(ConfigurationOptions configuration)
        : base("serve", "Serve OpenAI's HTTP endpoints, and frames at a Unix socket.")
    {
        _configuration = configuration;
        Add(_listen);
        Add(_uds);
        Add(_sharedMemory);
        Add(_tokenFile);
        Add(_insecure);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            await using WebApplication application = ThemisBridgeServer.Build(
                _configuration.Read(parsed, Settings(parsed)));
            await StartAsync(application, cancellationToken);
            await AnnounceAsync(application, terminal);
            await application.WaitForShutdownAsync(cancellationToken);
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (FailureReport.Knows(exception))
        {
            return await FailureReport.PrintAsync(exception, json: false, terminal);
        }
    }

    private IEnumerable<string> Settings(ParseResult parsed)
    {
        string[] urls = parsed.GetValue(_listen) ?? [];
        for (int i = 0; i < urls.Length; i++)
        {
            yield return $"Listen:Http:{i}={urls[i]}";
        }

        if (parsed.GetValue(_uds) is { } path)
        {
            yield return $"Listen:Uds={Path.GetFullPath(path)}";
        }

        if (parsed.GetValue(_sharedMemory) is { } mode)
        {
            yield return $"SharedMemory:Mode={mode}";
        }

        if (parsed.GetValue(_tokenFile) is { } file)
        {
            yield return $"Listen:TokenFile={file}";
        }

        if (parsed.GetValue(_insecure))
        {
            yield return "Listen:InsecureNoAuth=true";
        }
    }

    private static async Task StartAsync(WebApplication application, CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new BridgeException(BridgeFailure.ConnectionFailed, FailureStage.Connect,
                $"Cannot listen: {exception.Message} Choose another address with --listen.", exception);
        }
    }

    private static async Task AnnounceAsync(WebApplication application, Terminal terminal)
    {
        IThemisBridge bridge = application.Services.GetRequiredService<IThemisBridge>();
        IEnumerable<string> addresses = application.Services.GetService<UdsListenerOptions>() is { } uds
            ? [.. application.Urls, $"frames+unix://{uds.Path}"] : application.Urls;
        await terminal.Error.WriteLineAsync(
            $"Serving {string.Join(", ", bridge.Models)} on {string.Join(", ", addresses)} (^C stops)");
    }
}
