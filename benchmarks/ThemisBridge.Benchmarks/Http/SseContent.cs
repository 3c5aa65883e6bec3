using System.Globalization;
using System.Text;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>A stream of events as vLLM 0.32 writes them, one token each.</summary>
internal static class SseContent
{
    public const int Tokens = 2_000;

    public static byte[] Create()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Tokens; i++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"data: {{\"id\":\"cmpl-b630fa2f45885ce4\",\"object\":\"text_completion\",\"created\":1795396398,")
                .Append("\"model\":\"themis-tiny\",\"choices\":[{\"index\":0,\"text\":\" word\",\"logprobs\":null,")
                .Append("\"finish_reason\":null,\"stop_reason\":null,\"prompt_token_ids\":null,")
                .Append(CultureInfo.InvariantCulture, $"\"token_ids\":[{i}]}}]}}\n\n");
        }

        text.Append("data: {\"id\":\"cmpl-1\",\"model\":\"themis-tiny\",\"choices\":[{\"index\":0,\"text\":\"\",")
            .Append("\"finish_reason\":\"length\",\"token_ids\":[]}]}\n\ndata: [DONE]\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
