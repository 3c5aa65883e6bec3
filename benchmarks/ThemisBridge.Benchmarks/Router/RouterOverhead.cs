using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Benchmarks.Router;

/// <summary>
/// R1: what router and contract add to calling a backend directly, per request of one chunk. Blocks of both alternate
/// (A B B A); the figure is the median of the blocks' differences.
/// </summary>
internal static class RouterOverhead
{
    private const int Blocks = 40;
    private const int Requests = 20_000;

    public static async Task<int> RunAsync()
    {
        var backend = new InstantBackend();
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["e"] = new EngineOptions { Ladder = { "instant:" } };
            options.Routes["m"] = ["e"];
        }).Services.AddSingleton<IBackendFactory>(new InstantBackendFactory(backend));
        await using ServiceProvider provider = services.BuildServiceProvider();
        IThemisBridge bridge = provider.GetRequiredService<IThemisBridge>();

        for (int i = 0; i < 5; i++)
        {
            await BlockAsync(backend);
            await BlockAsync(bridge);
        }

        List<double> differences = [];
        List<double> bytes = [];
        for (int i = 0; i < Blocks; i++)
        {
            bool direct = i % 2 == 0;
            (double first, double firstBytes) = await BlockAsync(direct ? backend : bridge);
            (double second, double secondBytes) = await BlockAsync(direct ? bridge : backend);
            differences.Add(direct ? second - first : first - second);
            bytes.Add(direct ? secondBytes - firstBytes : firstBytes - secondBytes);
        }

        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"R1 router over direct call: {Median(differences):0.00} µs and {Median(bytes):0} B per request (target: 2 µs)"));
        return 0;
    }

    private static async Task<(double Microseconds, double Bytes)> BlockAsync(IInferenceBackend backend)
    {
        var request = new InferenceRequest { Model = "m", Prompt = new TextPrompt("hi"), RequestId = "r" };
        long allocated = GC.GetTotalAllocatedBytes();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < Requests; i++)
        {
            await foreach (InferenceChunk chunk in backend.GenerateAsync(request))
            {
                GC.KeepAlive(chunk.End);
            }
        }

        return (Stopwatch.GetElapsedTime(started).TotalMicroseconds / Requests,
            (double)(GC.GetTotalAllocatedBytes() - allocated) / Requests);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
