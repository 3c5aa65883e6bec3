using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Wire.Content;

/// <summary>A prompt as chat messages.</summary>
internal sealed record ChatContent
{
    public required IReadOnlyList<MessageContent> Messages { get; init; }

    public IReadOnlyList<ToolContent>? Tools { get; init; }

    public ChoiceContent? ToolChoice { get; init; }

    /// <summary>Null is true.</summary>
    public bool? AddGenerationPrompt { get; init; }

    /// <summary>Null is false.</summary>
    public bool? ContinueFinalMessage { get; init; }

    public static ChatContent Of(ChatPrompt chat) => new()
    {
        Messages = [.. chat.Messages.Select(MessageContent.Of)],
        Tools = chat.Tools.Count > 0 ? [.. chat.Tools.Select(ToolContent.Of)] : null,
        ToolChoice = chat.ToolChoice is { } choice
            ? new ChoiceContent { Mode = choice.Mode, Function = choice.Function } : null,
        AddGenerationPrompt = chat.AddGenerationPrompt ? null : false,
        ContinueFinalMessage = chat.ContinueFinalMessage ? true : null,
    };

    /// <summary>For Core, or null when the tool choice is none.</summary>
    public ChatPrompt? ToPrompt()
    {
        ToolChoice? choice = null;
        if (ToolChoice is not null)
        {
            choice = ToolChoice.ToChoice();
            if (choice is null)
            {
                return null;
            }
        }

        return new ChatPrompt([.. Messages.Select(message => message.ToMessage())])
        {
            Tools = Tools is null ? [] : [.. Tools.Select(tool => tool.ToDefinition())],
            ToolChoice = choice,
            AddGenerationPrompt = AddGenerationPrompt ?? true,
            ContinueFinalMessage = ContinueFinalMessage ?? false,
        };
    }
}
