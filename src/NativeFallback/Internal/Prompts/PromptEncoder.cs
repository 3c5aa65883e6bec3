using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>Turns any prompt into ids of one model, and refuses what cannot become any.</summary>
internal sealed class PromptEncoder
{
    private readonly string _backend;
    private readonly Vocabulary _vocabulary;
    private readonly ChatMlEncoder? _chat;
    private readonly string _whyNoChat;

    /// <summary>Creates the encoder of a model.</summary>
    /// <param name="backend">The backend's id, for messages.</param>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="chatTemplate">The model's chat template, or null.</param>
    public PromptEncoder(string backend, Vocabulary vocabulary, string? chatTemplate)
    {
        _backend = backend;
        _vocabulary = vocabulary;
        _chat = ChatMlEncoder.Create(chatTemplate, vocabulary, out _whyNoChat);
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

    /// <summary>Refuses ids outside the vocabulary.</summary>
    public ReadOnlyMemory<int> Check(ReadOnlyMemory<int> ids)
    {
        foreach (int id in ids.Span)
        {
            if ((uint)id >= (uint)_vocabulary.Count)
            {
                throw Refusal.InvalidRequest(
                    "prompt", $"The token id {id} is outside the model's vocabulary of {_vocabulary.Count}.");
            }
        }

        return ids;
    }

    // Control tokens are recognised in a whole prompt, as vLLM and llama-server do: its author wrote all of it.
    private int[] EncodeText(string text, bool addSpecial, int limit)
    {
        RefuseIfSurelyTooLong(text.Length, limit);
        List<int> ids = [];
        if (text.Length > 0)
        {
            _vocabulary.Encode(text, addSpecial, parseSpecial: true, ids);
        }

        return [.. ids];
    }

    private int[] EncodeChat(ChatPrompt chat, bool addSpecial, int limit)
    {
        RefuseUnsupported(chat);
        RefuseIfSurelyTooLong(chat.Messages.Sum(message => (long)message.Content.Length), limit);
        if (addSpecial)
        {
            throw Refusal.Unsupported(
                _backend, "add_special_tokens",
                    "Special tokens around a rendered chat are not offered: leave the option out.");
        }

        return [.. _chat!.Encode(chat)];
    }

    private void RefuseUnsupported(ChatPrompt chat)
    {
        if (_chat is null)
        {
            throw Refusal.Unsupported(
                _backend, "messages", $"Chat is not possible: {_whyNoChat}. Send the prompt as text instead.");
        }

        if (chat.Messages.Count == 0)
        {
            throw Refusal.InvalidRequest("messages", "The conversation is empty. Give it at least one message.");
        }

        if (chat.Tools.Count > 0 || chat.ToolChoice is { Mode: not ("auto" or "none") }
            || chat.Messages.Any(message => message.ToolCalls.Count > 0))
        {
            throw Refusal.Unsupported(
                _backend, "tools", "The model's plain ChatML template has no tools. Leave them out.");
        }

        if (chat.ContinueFinalMessage && chat.AddGenerationPrompt)
        {
            throw Refusal.InvalidRequest(
                "continue_final_message", "It cannot be combined with add_generation_prompt. Choose one.");
        }
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
