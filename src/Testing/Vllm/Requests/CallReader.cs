using System.Security.Cryptography;
using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Testing.Vllm.Wire;

namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>Reads generations with the checks of each route, in vLLM's order: the schema, the model, the
/// values.</summary>
internal sealed class CallReader(VllmServer server, ReplayedRequest request)
{
    private const int MostSaltCharacters = 128;

    private readonly SchemaFaults _faults = new();

    /// <exception cref="VllmError">The request is refused.</exception>
    public GenerationCall Completion(JsonElement json)
    {
        var body = new FieldReader(json, "body", _faults);
        StreamFields stream = StreamFields.Read(body, server.Options.Dialect);
        IReadOnlyList<CallPrompt> prompts = PromptsOf(body);
        SamplingFields sampling = SamplingFields.Read(body);
        NoteNullCount(body);
        int? logprobs = (int?)body.Integer("logprobs");
        GenerationCall call = Common(body, CallKind.Completion, stream, sampling) with
        {
            Prompts = prompts,
            Echoes = body.Flag("echo"),
            Logprobs = logprobs,
            AddsSpecial = body.Get("add_special_tokens") is { ValueKind: JsonValueKind.False } ? false : null,
        };
        if (body.Get("suffix") is not null)
        {
            throw VllmError.BadRequest("suffix requires text prompt input for FIM completion rendering", "suffix");
        }

        // Probabilities of an echoed answer are those of its prompt as well.
        return Checked(call with { PromptLogprobs = call.PromptLogprobs ?? (call.Echoes ? logprobs : null) });
    }

    /// <exception cref="VllmError">The request is refused.</exception>
    public GenerationCall Chat(JsonElement json)
    {
        var body = new FieldReader(json, "body", _faults);
        StreamFields stream = StreamFields.Read(body, server.Options.Dialect);
        IReadOnlyList<PromptMessage> messages = MessageFields.Read(body, server.Model);
        bool hasLimit = body.Get("max_completion_tokens") is not null;
        SamplingFields sampling = SamplingFields.Read(body, hasLimit ? "max_completion_tokens" : "max_tokens");
        bool wantsLogprobs = body.Flag("logprobs");
        int? top = (int?)body.Integer("top_logprobs");
        if (top is not null && !wantsLogprobs)
        {
            throw VllmError.BadRequest(
                "when using `top_logprobs`, `logprobs` must be set to true. (parameter=top_logprobs)", "top_logprobs");
        }

        GenerationCall call = Common(body, CallKind.Chat, stream, sampling) with
        {
            Logprobs = wantsLogprobs ? top ?? 0 : null,
        };
        ChatPrompt prompt = ToolFields.AddTo(PromptOf(body, messages), body, server.Options.EnableTools);
        if (server.IsRust && prompt.Tools.Count > 0)
        {
            throw VllmError.BadRequest("The double tells tool calls in the Python dialect only.", "tools");
        }

        int? promptLogprobs = call.PromptLogprobs ?? (body.Flag("echo") ? 0 : null);
        return Checked(call with { Prompts = [new CallPrompt { Chat = prompt }], PromptLogprobs = promptLogprobs });
    }

    /// <exception cref="VllmError">The request is refused.</exception>
    public GenerationCall Tokens(JsonElement json)
    {
        var body = new FieldReader(json, "body", _faults);
        StreamFields stream = StreamFields.Read(body, server.Options.Dialect);
        CallPrompt prompt = TokenFields.ReadPrompt(body);
        FieldReader? parameters = TokenFields.ReadSampling(body);
        SamplingFields sampling = parameters is null ? new() : SamplingFields.Read(parameters);
        bool wantsText = body.Text("output_mode") == "text";
        TokenFields.CheckText(body, parameters, wantsText);
        GenerationCall call = Common(body, CallKind.Tokens, stream, sampling) with
        {
            Prompts = [prompt],
            WantsText = wantsText,
            Logprobs = (int?)parameters?.Integer("logprobs"),
            PromptLogprobs = (int?)parameters?.Integer("prompt_logprobs"),
            StructuredOutput = parameters is null ? null : StructureFields.Read(parameters),
        };
        return Checked(call);
    }

    private IReadOnlyList<CallPrompt> PromptsOf(FieldReader body)
    {
        if (server.IsRust)
        {
            return RustPrompt.Read(body, request);
        }

        bool isEmptyList = body.Get("prompt") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0;
        if (isEmptyList)
        {
            throw NoPrompt();
        }

        return body.Get("prompt") is { } prompt && !(prompt.ValueKind == JsonValueKind.String && prompt.ValueEquals(""))
            ? PromptFields.Read(prompt, _faults)
            : throw VllmError.BadRequest(
                "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)", "prompt");
    }

    private static VllmError NoPrompt() => VllmError.BadRequest("You must pass at least one prompt");

    private static ChatPrompt PromptOf(FieldReader body, IReadOnlyList<PromptMessage> messages)
    {
        bool? adds = body.Get("add_generation_prompt") is { } given ? given.ValueKind == JsonValueKind.True : null;
        bool continues = body.Flag("continue_final_message");
        if (continues && adds == true)
        {
            throw VllmError.BadRequest("Cannot set both `continue_final_message` and `add_generation_prompt` to True.");
        }

        if (continues && adds is null)
        {
            throw VllmError.BadRequest("continue_final_message and add_generation_prompt are not compatible. Use "
                + "continue_final_message when you want the model to continue the final message, and "
                + "add_generation_prompt when you want to add a header that will prompt it to start a new assistant "
                + "message instead.");
        }

        if (body.Get("chat_template") is not null)
        {
            throw VllmError.BadRequest("Chat template is passed with request, but --trust-request-chat-template is not "
                + "set. Refused request with untrusted chat template.");
        }

        return new ChatPrompt(messages) { AddGenerationPrompt = adds ?? true, ContinueFinalMessage = continues };
    }

    private GenerationCall Common(FieldReader body, CallKind kind, StreamFields stream, SamplingFields sampling)
    {
        string id = request.Header("x-request-id") ?? body.Text("request_id") ?? NewId();
        string? model = body.Text("model");
        int? promptLogprobs = (int?)body.Integer("prompt_logprobs");
        if (promptLogprobs is not null && stream.IsStream)
        {
            throw VllmError.BadRequest("`prompt_logprobs` are not available when `stream=True`. "
                + "(parameter=prompt_logprobs)", "prompt_logprobs");
        }

        StructuredOutput? structure = kind == CallKind.Tokens ? null : StructureFields.Read(body);
        _faults.ThrowIfAny();
        return new GenerationCall
        {
            Kind = kind,
            RequestId = id,
            Id = PrefixOf(kind) + id,
            Model = model ?? server.Model,
            Adapter = server.AdapterOf(model),
            Prompts = [],
            Sampling = sampling,
            Count = (int)Math.Clamp(sampling.Count, int.MinValue, int.MaxValue),
            IsStream = stream.IsStream,
            IncludesUsage = stream.IncludesUsage,
            ContinuousUsage = stream.Continuous,
            ReturnsIds = body.Flag("return_token_ids"),
            TokensAsIds = body.Flag("return_tokens_as_token_ids"),
            PromptLogprobs = promptLogprobs,
            StructuredOutput = structure,
            Salt = SaltOf(body),
            Priority = (int)Math.Clamp(body.Integer("priority") ?? 0, int.MinValue, int.MaxValue),
            Truncate = (int?)body.Integer("truncate_prompt_tokens"),
            TraceParent = request.Header("traceparent"),
        };
    }

    private GenerationCall Checked(GenerationCall call)
    {
        _faults.ThrowIfAny();
        SamplingRules.Check(call.Sampling, call.Logprobs, server.Options);
        if (call.Prompts.Count == 0)
        {
            throw NoPrompt();
        }

        return call.Prompts[0].Chat is { Messages.Count: 0 }
            ? throw VllmError.BadRequest(
                "Cannot apply chat template to an empty conversation. Provide at least one message.")
            : call;
    }

    // Null is refused by the one route and taken by the other.
    private void NoteNullCount(FieldReader body)
    {
        if (!server.IsRust && body.Element.TryGetProperty("n", out JsonElement count)
            && count.ValueKind == JsonValueKind.Null)
        {
            _faults.Add("int_type", "body.n", "Input should be a valid integer", count);
        }
    }

    private static string? SaltOf(FieldReader body) =>
        body.Text("cache_salt") is { } salt
            && (salt.Length is 0 or > MostSaltCharacters || salt.AsSpan().ContainsAny("@/\\\0"))
            ? throw VllmError.BadRequest("Parameter 'cache_salt' must be at most 128 characters and must not contain "
                + "'@', '/', '\\\\', or NUL. (parameter=cache_salt)", "cache_salt")
            : body.Text("cache_salt");

    private string PrefixOf(CallKind kind) => kind switch
    {
        CallKind.Completion => "cmpl-",
        CallKind.Chat => "chatcmpl-",
        _ => server.IsRust ? "" : "generate-tokens-",
    };

    // Sixteen hex digits, the first of them 8 to b; eight in Rust.
    private string NewId()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(server.IsRust ? 4 : 8);
        bytes[0] = server.IsRust ? bytes[0] : (byte)((bytes[0] & 0x3f) | 0x80);
        return Convert.ToHexStringLower(bytes);
    }
}
