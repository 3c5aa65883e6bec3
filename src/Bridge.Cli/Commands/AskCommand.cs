using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Cli.Composition;
using ThemisBridge.Cli.Output;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Cli.Commands;

/// <summary><c>ask</c>: one question, one answer. Temperature 0 and no system prompt unless told.</summary>
internal sealed class AskCommand : Command
{
    // A prompt larger than any context is a mistake; reading stops there.
    private const int MaxPromptCharacters = RequestLimits.MaxMessageBytes / 4;

    private readonly ConfigurationOptions _configuration;

    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "The question. Left out or \"-\": standard input.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object instead of text." };
    private readonly Option<string?> _model = new("--model") { Description = "The model to ask.", HelpName = "NAME" };
    private readonly Option<string?> _engine =
        new("--engine") { Description = "Ask this engine only.", HelpName = "NAME" };
    private readonly Option<string?> _system =
        new("--system") { Description = "A system message before the question.", HelpName = "TEXT" };
    private readonly Option<int?> _maxTokens =
        new("--max-tokens") { Description = "The most tokens to generate.", HelpName = "N" };
    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "Randomness, 0 to 2.",
        HelpName = "T",
        DefaultValueFactory = _ => 0,
    };

    private readonly Option<int?> _seed =
        new("--seed") { Description = "The random seed, 0 to 2147483647.", HelpName = "N" };
    private readonly Option<string?> _adapter =
        new("--adapter") { Description = "The LoRA adapter to apply.", HelpName = "NAME" };

    public AskCommand(ConfigurationOptions configuration)
        : base("ask", "Ask a model one question and print its answer.")
    {
        _configuration = configuration;
        Add(_prompt);
        Option[] options = [_json, _model, _engine, _system, _maxTokens, _temperature, _seed, _adapter];
        foreach (Option option in options)
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            string prompt = await ReadPromptAsync(parsed.GetValue(_prompt), cancellationToken);
            await using ServiceProvider services = BridgeHost.Build(
                _configuration.Read(parsed), parsed.GetValue(_engine));
            IThemisBridge bridge = services.GetRequiredService<IThemisBridge>();
            InferenceRequest request = Request(parsed, prompt, services);
            return json
                ? await JsonAnswer.PrintAsync(bridge, request, terminal, cancellationToken)
                : await TextAnswer.PrintAsync(bridge, request, terminal, cancellationToken);
        }
        catch (Exception exception) when (FailureReport.Knows(exception))
        {
            return await FailureReport.PrintAsync(exception, json, terminal);
        }
    }

    private InferenceRequest Request(ParseResult parsed, string prompt, IServiceProvider services)
    {
        List<PromptMessage> messages = [new PromptMessage("user", prompt)];
        if (parsed.GetValue(_system) is { } system)
        {
            messages.Insert(0, new PromptMessage("system", system));
        }

        return new InferenceRequest
        {
            Model = parsed.GetValue(_model) ?? BridgeHost.DefaultModel(services),
            Prompt = new ChatPrompt(messages),
            Adapter = parsed.GetValue(_adapter),
            Sampling = new SamplingOptions
            {
                MaxTokens = parsed.GetValue(_maxTokens),
                Temperature = parsed.GetValue(_temperature),
                Seed = parsed.GetValue(_seed),
            },
        };
    }

    private static async Task<string> ReadPromptAsync(string? argument, CancellationToken cancellationToken)
    {
        string prompt = argument is null or "-" ? await ReadStandardInputAsync(cancellationToken) : argument;
        return prompt.Length > 0
            ? prompt
            : throw Refusal.InvalidRequest("prompt",
                "The prompt is empty. Give a question: themis-bridge ask \"What is ThemisDB?\"");
    }

    private static async Task<string> ReadStandardInputAsync(CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
        {
            return "";
        }

        char[] buffer = new char[MaxPromptCharacters + 1];
        int length = await Console.In.ReadBlockAsync(buffer, cancellationToken);
        return length <= MaxPromptCharacters
            ? new string(buffer, 0, length).TrimEnd('\r', '\n')
            : throw new BridgeException(BridgeFailure.LimitExceeded, FailureStage.Admit,
                $"Standard input has more than {MaxPromptCharacters} characters. Ask a shorter question.");
    }
}
