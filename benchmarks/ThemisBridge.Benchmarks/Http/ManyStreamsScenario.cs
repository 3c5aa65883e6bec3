using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using ThemisBridge.Benchmarks.Ratio;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>
/// 1,024 streams at 20 events a second each: the delay from the server's write to the reader, at the 99th percentile,
/// against a reader that looks for the end of each event in raw bytes and no more. Every event carries the time of its
/// writing as its token id. The streams tick out of step with each other, as those of independent callers do.
/// </summary>
internal sealed class ManyStreamsScenario : IRatioScenario
{
    private const int Streams = 1024;
    private const int Events = 60;

    // Opening a thousand streams at once is another thing than reading them.
    private const int Opening = 20;
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(50);
    private static readonly long Zero = Stopwatch.GetTimestamp();

    private readonly InferenceRequest _request = new()
    {
        Model = "m",
        Prompt = new TokenPrompt(new[] { 1 }),
        Output = OutputParts.TokenIds,
        Sampling = new SamplingOptions { MaxTokens = Events },
    };

    private BenchServer? _server;
    private BackendUnderTest? _sides;
    private int _started;

    public string Name => "http-many-streams";

    public double Limit => 1.5;

    public int Blocks => 4;

    public async Task SetUpAsync()
    {
        _server = await BenchServer.StartAsync(AnswerAsync);
        _sides = new BackendUnderTest(_server.Address);
    }

    public Task<Round> BaselineAsync() => RunAsync(ReadRawAsync);

    public Task<Round> CandidateAsync() => RunAsync(ReadOursAsync);

    public async ValueTask DisposeAsync()
    {
        await (_sides?.DisposeAsync() ?? default);
        await (_server?.DisposeAsync() ?? default);
    }

    private static int Now() => (int)Stopwatch.GetElapsedTime(Zero).TotalMicroseconds;

    private static async Task<Round> RunAsync(Func<List<int>, Task> read)
    {
        List<int>[] delays = [.. Enumerable.Range(0, Streams).Select(_ => new List<int>(Events + 1))];
        await Task.WhenAll(delays.Select(read));
        int[] all = [.. delays.SelectMany(one => one.Skip(Opening)).Order()];
        return new Round(all[all.Length * 99 / 100] / 1e6, all.Length);
    }

    private async Task ReadRawAsync(List<int> delays)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions");
        request.Content = new StringContent("{}");
        using HttpResponseMessage response =
            await _sides!.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[8192];
        int length = 0;
        int count;
        while ((count = await stream.ReadAsync(buffer.AsMemory(length))) > 0)
        {
            length += count;
            int end;
            while ((end = buffer.AsSpan(0, length).IndexOf("\n\n"u8)) >= 0)
            {
                int at = buffer.AsSpan(0, end).IndexOf("token_ids\":["u8);
                if (at >= 0 && Utf8Parser.TryParse(buffer.AsSpan(at + 12), out int sent, out _))
                {
                    delays.Add(Now() - sent);
                }

                buffer.AsSpan(end + 2, length - end - 2).CopyTo(buffer);
                length -= end + 2;
            }
        }
    }

    private async Task ReadOursAsync(List<int> delays)
    {
        await foreach (InferenceChunk chunk in _sides!.Backend.GenerateAsync(_request))
        {
            foreach (int sent in chunk.TokenIds.Span)
            {
                delays.Add(Now() - sent);
            }
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        int phase = Interlocked.Increment(ref _started) % Streams;
        await Task.Delay(Gap * ((double)phase / Streams), TimeProvider.System, context.RequestAborted);
        using var timer = new PeriodicTimer(Gap);
        for (int i = 0; i < Events; i++)
        {
            await timer.WaitForNextTickAsync(context.RequestAborted);
            string reason = i == Events - 1 ? "\"length\"" : "null";
            string text = "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1795396398,\"model\":\"m\","
                + "\"choices\":[{\"index\":0,\"text\":\" word\",\"logprobs\":null,\"finish_reason\":" + reason
                + string.Create(CultureInfo.InvariantCulture, $",\"stop_reason\":null,\"token_ids\":[{Now()}]}}]}}\n\n");
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        }

        await context.Response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), context.RequestAborted);
    }
}
