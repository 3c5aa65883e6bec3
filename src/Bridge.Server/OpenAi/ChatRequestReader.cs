using System.Text.Json;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Server.OpenAi;

/// <summary>Reads the body of <c>/v1/chat/completions</c>.</summary>
internal static class ChatRequestReader
{
    public static OpenAiRequest Read(JsonElement body)
    {
        var shared = new GenerationFields();
        var chat = new ChatPrompt([]);
        bool logprobs = false;
        int? topLogprobs = null;
        foreach (Field field in new Field("", body).Members())
        {
            switch (field.Name)
            {
                case "logprobs":
                    logprobs = field.Flag();
                    break;
                case "top_logprobs":
                    topLogprobs = field.Integer();
                    break;
                default:
                    chat = Conversation(field, chat) ?? (shared.TryTake(field) ? chat : throw field.Unknown());
                    break;
            }
        }

        shared.CheckStreamOptions();
        if (topLogprobs is not null && !logprobs)
        {
            throw Refusal.InvalidRequest("top_logprobs", "top_logprobs needs logprobs to be true.");
        }

        if (logprobs)
        {
            shared.Sampling = shared.Sampling with { Logprobs = topLogprobs ?? 0 };
        }

        return new OpenAiRequest(RequestAssembly.Build(shared, chat), IsChat: true, shared.IncludeUsage);
    }

    // The conversation with what the field says of it; null when it says nothing of it.
    private static ChatPrompt? Conversation(Field field, ChatPrompt chat)
    {
        switch (field.Name)
        {
            case "messages":
                return chat with { Messages = [.. field.Items().Select(MessageFields.Message)] };
            case "tools":
                return chat with { Tools = [.. field.Items().Select(MessageFields.Tool)] };
            case "tool_choice":
                return chat with { ToolChoice = MessageFields.Choice(field) };
            case "add_generation_prompt":
                return chat with { AddGenerationPrompt = field.Flag() };
            case "continue_final_message":
                return chat with { ContinueFinalMessage = field.Flag() };
            case "parallel_tool_calls" or "include_reasoning":
                field.Require(field.Flag(), "Leave it out or send true.");
                return chat;
            case "modalities":
                field.Require(field.Items().All(item => item.Text() == "text"), "Only text is generated.");
                return chat;
            default:
                return null;
        }
    }
}
