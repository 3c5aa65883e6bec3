using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Internal.Prompts;

/// <summary>
/// Turns chat messages into the ids of a plain ChatML prompt. Control tokens are placed here and nowhere else: what the
/// messages say is encoded as plain text, so nobody can write <c>&lt;|im_end|&gt;</c> and mean it. What stands between
/// two control tokens is encoded in one run, as the model was trained.
/// </summary>
internal sealed class ChatMlEncoder
{
    private readonly Vocabulary _vocabulary;
    private readonly int _start;
    private readonly int _end;

    private ChatMlEncoder(Vocabulary vocabulary, int start, int end)
    {
        _vocabulary = vocabulary;
        _start = start;
        _end = end;
    }

    /// <summary>The encoder for a model, or null and why chat does not work with it.</summary>
    /// <param name="template">The model's chat template, or null.</param>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="reason">Why not; empty when it works.</param>
    public static ChatMlEncoder? Create(string? template, Vocabulary vocabulary, out string reason)
    {
        reason = "";
        if (template is null)
        {
            reason = "the model has no chat template";
        }
        else if (!ChatMlTemplate.IsPlain(template))
        {
            reason = "the model's chat template is not plain ChatML";
        }
        else if (vocabulary.ControlToken("<|im_start|>") is { } start
            && vocabulary.ControlToken("<|im_end|>") is { } end)
        {
            return new ChatMlEncoder(vocabulary, start, end);
        }
        else
        {
            reason = "the model's vocabulary has no control tokens for its ChatML template";
        }

        return null;
    }

    /// <summary>The ids of a conversation.</summary>
    /// <param name="chat">The conversation; its tools have been refused before.</param>
    public List<int> Encode(ChatPrompt chat)
    {
        List<int> ids = [];
        string between = "";
        for (int i = 0; i < chat.Messages.Count; i++)
        {
            PromptMessage message = chat.Messages[i];
            AppendText(between, ids);
            ids.Add(_start);
            AppendText($"{message.Role}\n{message.Content}", ids);
            if (chat.ContinueFinalMessage && i == chat.Messages.Count - 1)
            {
                return ids;
            }

            ids.Add(_end);
            between = "\n";
        }

        AppendText(between, ids);
        if (chat.AddGenerationPrompt)
        {
            ids.Add(_start);
            AppendText("assistant\n", ids);
        }

        return ids;
    }

    private void AppendText(string text, List<int> ids)
    {
        if (text.Length > 0)
        {
            _vocabulary.Encode(text, addSpecial: false, parseSpecial: false, ids);
        }
    }
}
