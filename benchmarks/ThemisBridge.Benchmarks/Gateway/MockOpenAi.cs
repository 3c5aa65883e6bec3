using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThemisBridge.Benchmarks.Gateway;

/// <summary>
/// A server that costs next to nothing: fixed bytes in vLLM 0.32's shapes (a plain answer of about 1 KB; a stream of 65
/// events of about 225 bytes, one chunk each, in one write). Run as a process of its own; prints its port.
/// </summary>
internal static class MockOpenAi
{
    /// <summary>How many events a stream has, the last one with the finish reason.</summary>
    public const int Events = 65;

    private static readonly byte[] Plain = Encoding.UTF8.GetBytes(Whole(
        "{\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1795396496,\"model\":\"m\",\"choices\":"
        + "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + new string('x', 700)
            + "\",\"refusal\":null,"
        + "\"annotations\":null,\"audio\":null,\"function_call\":null,\"tool_calls\":[],\"reasoning\":null},\"logprobs\":null,"
        + "\"finish_reason\":\"stop\",\"stop_reason\":null,\"token_ids\":null}],\"service_tier\":null,"
        + "\"usage\":{\"prompt_tokens\":18,\"total_tokens\":82,\"completion_tokens\":64,\"prompt_tokens_details\":null}}"));

    private static readonly byte[] Stream = Encoding.UTF8.GetBytes(Streamed());

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(512);
        await Console.Out.WriteLineAsync(
            ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        while (!cancellationToken.IsCancellationRequested)
        {
            _ = ServeAsync(await listener.AcceptAsync(cancellationToken), cancellationToken);
        }
    }

    private static async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        client.NoDelay = true;
        byte[] buffer = new byte[64 * 1024];
        int filled = 0;
        using (client)
        {
            while (true)
            {
                int count = await client.ReceiveAsync(buffer.AsMemory(filled), cancellationToken);
                if (count == 0)
                {
                    return;
                }

                filled += count;
                if (Wire.RequestLength(buffer.AsSpan(0, filled)) is not { } length || filled < length)
                {
                    continue;
                }

                bool stream = buffer.AsSpan(0, length).IndexOf("\"stream\":true"u8) >= 0;
                await client.SendAsync(stream ? Stream : Plain, cancellationToken);
                filled = 0;
            }
        }
    }

    private static string Whole(string json) =>
        $"HTTP/1.1 200 OK\r\nserver: mock\r\ncontent-type: application/json\r\ncontent-length: {json.Length}\r\n\r\n{json}";

    private static string Streamed()
    {
        var text = new StringBuilder(
            "HTTP/1.1 200 OK\r\nserver: mock\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n");
        Chunk(text, Event("\"role\":\"assistant\",\"content\":\"\"", "null"));
        for (int i = 1; i < Events - 1; i++)
        {
            Chunk(text, Event("\"content\":\" token\"", "null"));
        }

        Chunk(text, Event("\"content\":\"\"", "\"stop\",\"stop_reason\":null"));
        Chunk(text, "data: [DONE]\n\n");
        return text.Append("0\r\n\r\n").ToString();
    }

    private static string Event(string delta, string finish) =>
        "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1795396496,\"model\":\"m\","
        + $"\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish},\"token_ids\":null}}]}}\n\n";

    private static void Chunk(StringBuilder text, string data) =>
        text.Append(CultureInfo.InvariantCulture, $"{data.Length:x}\r\n{data}\r\n");
}
