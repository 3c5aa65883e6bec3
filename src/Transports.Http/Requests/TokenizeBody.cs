using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Transports.Http.Requests;

/// <summary>Writes the bodies for <c>/tokenize</c> and <c>/detokenize</c>.</summary>
internal static class TokenizeBody
{
    public static PooledBuffer Of(TokenizeRequest request) => RequestBody.Write(json =>
    {
        json.WriteString("model"u8, request.Model);
        if (request.Prompt is ChatPrompt chat)
        {
            ChatFields.Write(json, chat);
        }
        else
        {
            json.WriteString("prompt"u8, ((TextPrompt)request.Prompt).Text);
        }

        if (request.AddSpecialTokens is { } add)
        {
            json.WriteBoolean("add_special_tokens"u8, add);
        }
    });

    public static PooledBuffer Of(DetokenizeRequest request) => RequestBody.Write(json =>
    {
        json.WriteString("model"u8, request.Model);
        RequestBody.WriteIds(json, "tokens"u8, request.TokenIds.Span);
    });
}
