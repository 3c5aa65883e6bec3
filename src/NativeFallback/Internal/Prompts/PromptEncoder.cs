using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>Turns any prompt into ids of one model, and refuses what cannot become any.</summary>
internal sealed class PromptEncoder
{
    private readonly string _backend;
    private readonly Vocabulary _vocabulary;
    private readonly TimeProvider _time;
    private readonly ChatTemplate? _template;
    private readonly bool _showsToolCalls;
    private readonly string _whyNoChat = "the model has no chat template";

    /// <summary>Creates the encoder of a model.</summary>
    /// <param name="backend">The backend's id, for messages.</param>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="chatTemplate">The model's chat template, or null.</param>
    /// <param name="time">Tells templates the time.</param>
    public PromptEncoder(string backend, Vocabulary vocabulary, string? chatTemplate, TimeProvider time)
    {
        _backend = backend;
        _vocabulary = vocabulary;
        _time = time;
        try
        {
            _template = chatTemplate is null ? null : ChatTemplate.Parse(chatTemplate);
            _showsToolCalls = chatTemplate?.Contains("tool_calls", StringComparison.Ordinal) ?? false;
        }
        catch (BridgeException error) when (error.Failure == BridgeFailure.InvalidModelFile)
        {
            // The model still answers text and ids.
            _whyNoChat = error.Message.TrimEnd('.');
        }
    }

    /// <summary>The ids of a prompt that may have at most so many tokens.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="addSpecial">Whether to add what the vocabulary puts around a text; null as generation does.</param>
    /// <param name="limit">The most tokens; a text that must have more is refused before it is tokenized.</param>
    public ReadOnlyMemory<int> Encode(Prompt prompt, bool? addSpecial, int limit)
    {
        ReadOnlyMemory<int> ids = prompt switch
        {
            TokenPrompt tokens => Check(tokens.TokenIds),
            TextPrompt text => EncodeText(text.Text, addSpecial ?? true, limit),
            ChatPrompt chat => EncodeChat(chat, addSpecial ?? false, limit),
            _ => throw new ArgumentException("The prompt is of an unknown kind.", nameof(prompt)),
        };
        return ids.Length > 0
            ? ids
            : throw Refusal.InvalidRequest("prompt", "The prompt is empty. Give it at least one token.");
    }

    private ReadOnlyMemory<int> Check(ReadOnlyMemory<int> ids)
    {
        foreach (int id in ids.Span)
        {
            _vocabulary.Check(id);
        }

        return ids;
    }

    // Control tokens are recognised in a whole prompt, as vLLM and llama-server do: its author wrote all of it.
    private int[] EncodeText(string text, bool addSpecial, int limit)
    {
        RefuseIfSurelyTooLong(text.Length, limit);
        return text.Length > 0 ? _vocabulary.Encode(TracedText.Trusted(text), addSpecial) : [];
    }

    private int[] EncodeChat(ChatPrompt chat, bool addSpecial, int limit)
    {
        if (_template is null)
        {
            throw Refusal.Unsupported(
                _backend, "messages", $"Chat is not possible: {_whyNoChat}. Send the prompt as text instead.");
        }

        // A template could show the model tools, but nothing here reads a call out of its answer.
        if (chat.Tools.Count > 0 || chat.ToolChoice is { Mode: not ("auto" or "none") })
        {
            throw Refusal.Unsupported(
                _backend, "tools", "The embedded engine does not read tool calls out of answers. Leave the tools out.");
        }

        if (!_showsToolCalls && chat.Messages.Any(message => message.ToolCalls.Count > 0))
        {
            throw Refusal.Unsupported(
                _backend, "tools", "The model's chat template does not show tool calls. Leave them out.");
        }

        // Only what is rendered counts, for a template may leave content out; the renderer has limits of its own.
        TracedText text = _template.Render(chat, _vocabulary.SpecialTokens, _time);
        RefuseIfSurelyTooLong(text.Length, limit);
        return _vocabulary.Encode(text, addSpecial);
    }

    // One UTF-16 unit is at least one byte, and no token stands for more bytes than the longest one. It spares libllama
    // texts of many megabytes that could never be used.
    private void RefuseIfSurelyTooLong(long characters, int limit)
    {
        long least = (characters + _vocabulary.LongestPiece - 1) / _vocabulary.LongestPiece;
        if (least > limit)
        {
            throw TooLong($"at least {least}", limit);
        }
    }

    /// <summary>The failure for a prompt over the context.</summary>
    public static BridgeException TooLong(string tokens, int contextTokens) => new(
        BridgeFailure.ContextLengthExceeded, FailureStage.Admit,
        $"The prompt has {tokens} tokens, and the model's context holds {contextTokens} with at least one of them for the "
        + "answer. Shorten the prompt.") { Parameter = "prompt" };
}
