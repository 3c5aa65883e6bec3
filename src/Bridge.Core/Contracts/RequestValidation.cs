using ThemisBridge.Core.Failures;

namespace ThemisBridge.Core.Contracts;

/// <summary>
/// The checks that hold for every engine, made once before a request is routed. What only some engines forbid is a
/// matter of their capabilities.
/// </summary>
public static class RequestValidation
{
    /// <summary>Checks a generation.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>, naming the field.</exception>
    public static void Check(InferenceRequest request)
    {
        CheckModel(request.Model);
        CheckPrompt(request.Prompt, "prompt");
        SamplingValidation.Check(request.Sampling);
        CheckStructure(request.StructuredOutput);
        CheckRequestId(request.RequestId);
        CheckDeadlines(request.Deadlines);
        if (request.Adapter is { Length: 0 })
        {
            throw Refusal.InvalidRequest("adapter", "adapter is an empty name. Leave it out for the base model.");
        }

        if (request.Tenant is { } tenant && tenant.Length is 0 or > RequestLimits.MaxTenantLength)
        {
            throw Refusal.InvalidRequest("tenant",
                $"tenant must have 1 to {RequestLimits.MaxTenantLength} characters.");
        }

        CheckText(request.Adapter, "adapter");
        CheckText(request.Tenant, "tenant");
    }

    /// <summary>Checks an embedding.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>, naming the field.</exception>
    public static void Check(EmbeddingRequest request)
    {
        CheckModel(request.Model);
        CheckRequestId(request.RequestId);
        CheckDeadlines(request.Deadlines);
        if (request.Inputs.Count == 0)
        {
            throw Refusal.InvalidRequest("input", "input is empty. Give at least one text or token sequence.");
        }

        if (request.Inputs.Count > RequestLimits.MaxEmbeddingInputs)
        {
            throw Refusal.InvalidRequest("input", $"input has {request.Inputs.Count} members; at most "
                + $"{RequestLimits.MaxEmbeddingInputs} are possible. Send several requests.");
        }

        foreach (Prompt input in request.Inputs)
        {
            if (input is ChatPrompt)
            {
                throw Refusal.InvalidRequest("input",
                    "input holds chat messages; only text or token ids can be embedded.");
            }

            CheckPrompt(input, "input");
        }

        if (request.Dimensions is <= 0)
        {
            throw Refusal.InvalidRequest("dimensions", $"dimensions is {request.Dimensions}; it must be at least 1.");
        }
    }

    /// <summary>Checks a text or chat to tokenize.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>, naming the field.</exception>
    public static void Check(TokenizeRequest request)
    {
        CheckModel(request.Model);
        switch (request.Prompt)
        {
            case TextPrompt text:
                CheckText(text.Text, "prompt");
                break;
            case ChatPrompt chat:
                CheckChat(chat);
                break;
            default:
                throw Refusal.InvalidRequest("prompt", "prompt must be text or chat messages to be tokenized.");
        }
    }

    /// <summary>Checks ids to detokenize.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>, naming the field.</exception>
    public static void Check(DetokenizeRequest request)
    {
        CheckModel(request.Model);
        CheckIds(request.TokenIds.Span, "tokens");
    }

    private static void CheckModel(string model)
    {
        if (string.IsNullOrWhiteSpace(model))
        {
            throw Refusal.InvalidRequest("model", "model is empty. Name one of the configured models.");
        }

        CheckText(model, "model");
    }

    private static void CheckPrompt(Prompt prompt, string field)
    {
        switch (prompt)
        {
            case TextPrompt { Text.Length: 0 }:
                throw Refusal.InvalidRequest(field, $"{field} is empty. Give at least one character.");
            case TextPrompt text:
                CheckText(text.Text, field);
                break;
            case TokenPrompt { TokenIds.IsEmpty: true }:
                throw Refusal.InvalidRequest(field, $"{field} is empty. Give at least one token id.");
            case TokenPrompt tokens:
                CheckIds(tokens.TokenIds.Span, field);
                break;
            case ChatPrompt chat:
                CheckChat(chat);
                break;
            default:
                throw Refusal.InvalidRequest(field, $"{field} is missing.");
        }
    }

    private static void CheckIds(ReadOnlySpan<int> ids, string field)
    {
        int negative = ids.IndexOfAnyInRange(int.MinValue, -1);
        if (negative >= 0)
        {
            throw Refusal.InvalidRequest(field,
                $"{field} holds the token id {ids[negative]} at index {negative}; ids are at least 0.");
        }
    }

    private static void CheckChat(ChatPrompt chat)
    {
        if (chat.Messages.Count == 0)
        {
            throw Refusal.InvalidRequest("messages", "messages is empty. Give at least one message.");
        }

        if (chat is { AddGenerationPrompt: true, ContinueFinalMessage: true })
        {
            throw Refusal.InvalidRequest("continue_final_message",
                "continue_final_message and add_generation_prompt exclude each other. Set only one of them.");
        }

        for (int i = 0; i < chat.Messages.Count; i++)
        {
            PromptMessage message = chat.Messages[i];
            if (string.IsNullOrEmpty(message.Role))
            {
                throw Refusal.InvalidRequest("messages", $"messages[{i}] has no role.");
            }

            CheckMessage(message, i);
        }

        for (int i = 0; i < chat.Tools.Count; i++)
        {
            ToolDefinition tool = chat.Tools[i];
            CheckText(tool.Name, "tools", i, "name");
            CheckText(tool.Description, "tools", i, "description");
            CheckText(tool.ParametersJson, "tools", i, "parameters");
        }

        if (chat.ToolChoice is { Function: { } name } && chat.Tools.All(tool => tool.Name != name))
        {
            throw Refusal.InvalidRequest("tool_choice",
                $"tool_choice names the function '{name}', which is not in tools.");
        }
    }

    private static void CheckMessage(PromptMessage message, int index)
    {
        CheckText(message.Role, "messages", index, "role");
        CheckText(message.Content, "messages", index, "content");
        CheckText(message.Name, "messages", index, "name");
        CheckText(message.ToolCallId, "messages", index, "tool_call_id");
        CheckText(message.Reasoning, "messages", index, "reasoning");
        foreach (ToolCall call in message.ToolCalls)
        {
            CheckText(call.Id, "messages", index, "tool_calls.id");
            CheckText(call.Name, "messages", index, "tool_calls.name");
            CheckText(call.ArgumentsJson, "messages", index, "tool_calls.arguments");
        }
    }

    // The field's name is put together only for a fault.
    private static void CheckText(string? text, string list, int index, string part)
    {
        if (LoneSurrogates.IndexIn(text) >= 0)
        {
            CheckText(text, $"{list}[{index}].{part}");
        }
    }

    private static void CheckText(string? text, string field)
    {
        int at = LoneSurrogates.IndexIn(text);
        if (at >= 0)
        {
            throw Refusal.InvalidRequest(field,
                $"{field} has half of a surrogate pair at index {at}, which no engine can read. Send well-formed Unicode.");
        }
    }

    private static void CheckStructure(StructuredOutput? structure)
    {
        switch (structure)
        {
            case { Kind: StructuredOutputKind.Choice, Choices.Count: 0 }:
                throw Refusal.InvalidRequest("choice", "choice is empty. Give at least one permitted answer.");
            case { Kind: StructuredOutputKind.JsonSchema or StructuredOutputKind.Regex or StructuredOutputKind.Grammar }
                when string.IsNullOrEmpty(structure.Value):
                throw Refusal.InvalidRequest("structured_output",
                    $"structured output of kind {structure.Kind} is empty.");
        }

        CheckText(structure?.Value, "structured_output");
        CheckText(structure?.Name, "structured_output.name");
        foreach (string choice in structure?.Choices ?? [])
        {
            CheckText(choice, "choice");
        }
    }

    private static void CheckRequestId(string? id)
    {
        if (id is not null
            && (id.Length is 0 or > RequestLimits.MaxRequestIdLength || id.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw Refusal.InvalidRequest("request_id",
                $"request_id must have 1 to {RequestLimits.MaxRequestIdLength} visible ASCII characters.");
        }
    }

    private static void CheckDeadlines(DeadlineBudgets budgets)
    {
        CheckBudget(budgets.Connect, "connect");
        CheckBudget(budgets.FirstToken, "first_token");
        CheckBudget(budgets.Idle, "idle");
        CheckBudget(budgets.Total, "total");
    }

    private static void CheckBudget(TimeSpan? budget, string name)
    {
        if (budget is { } value && value != Timeout.InfiniteTimeSpan
            && (value <= TimeSpan.Zero || value > DeadlineBudgets.Longest))
        {
            throw Refusal.InvalidRequest("deadlines",
                $"The {name} budget is {value}; it must be above zero and at most {DeadlineBudgets.Longest.TotalHours} hours, or infinite.");
        }
    }
}
