using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Contracts;
using ThemisBridge.NativeFallback;

namespace ThemisBridge.Benchmarks.Native;

/// <summary>
/// What the native engine costs over a plain loop on the binding: one greedy stream, one thread, the same model and
/// prompt, blocks of both in turn. Ratios of neighbouring blocks tell it even on a machine that is not quiet.
/// </summary>
internal static class NativeRatio
{
    private const int ContextTokens = 1024;
    private const int Tokens = 256;
    private const int WarmUps = 2;
    private const int Pairs = 15;

    private static readonly int[] Prompt = [.. Enumerable.Range(3, 16)];

    public static async Task<int> RunAsync()
    {
        string root = FindRoot();
        string path = Path.GetFullPath(
            Environment.GetEnvironmentVariable("THEMIS_BENCH_MODEL")
            ?? Path.Combine(root, "models", "themis-tiny", "themis-tiny-q8_0.gguf"));
        NativeOptions options = new() { NativesPath = Path.Combine(root, ".natives", "linux-x64") };
        options.Models["model"] = new() { Path = path, Threads = 1, ContextTokens = ContextTokens, GpuLayers = 0 };
        await using NativeBackend engine = new("native", options, NullLoggerFactory.Instance, TimeProvider.System);
        Console.WriteLine($"llama.cpp {engine.DescribeLibrary().Version}, {Path.GetFileName(path)}, {Tokens} tokens per block");
        using RawLoop raw = new(path, ContextTokens, threads: 1);

        List<Block> engineBlocks = [];
        List<Block> rawBlocks = [];
        for (int i = -WarmUps; i < Pairs; i++)
        {
            // Every other pair the other way round, so that a drift of the machine favours neither.
            Block? first = i % 2 == 0 ? RunRaw(raw) : null;
            Block engineBlock = await RunEngineAsync(engine);
            Block rawBlock = first ?? RunRaw(raw);
            if (i >= 0)
            {
                engineBlocks.Add(engineBlock);
                rawBlocks.Add(rawBlock);
            }
        }

        long bytes = await AllocatedByTokensAsync(engine);
        Print("time", [.. rawBlocks.Select(b => b.Seconds)], [.. engineBlocks.Select(b => b.Seconds)]);
        Print("processor time", [.. rawBlocks.Select(b => b.CpuSeconds)], [.. engineBlocks.Select(b => b.CpuSeconds)]);
        Console.WriteLine($"allocated per token: {(double)bytes / (Tokens / 2)} bytes");
        return 0;
    }

    // A busy machine blurs the time; the processor time of this process is blurred less.
    private static void Print(string what, double[] raw, double[] engine)
    {
        double[] ratios = [.. raw.Zip(engine, (r, e) => r / e)];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what} per token: plain loop {Median(raw) / Tokens * 1e6:F0} us, engine {Median(engine) / Tokens * 1e6:F0} us; "
            + $"speed of the engine over the plain loop: median {Median(ratios):F3}, {ratios.Min():F3} to {ratios.Max():F3} over "
            + $"{Pairs} pairs"));
    }

    private static Block RunRaw(RawLoop raw)
    {
        Block.Start start = Block.Begin();
        raw.Generate(Prompt, Tokens);
        return start.End();
    }

    private static async Task<Block> RunEngineAsync(NativeBackend engine)
    {
        Block.Start start = Block.Begin();
        int count = 0;
        await foreach (InferenceChunk chunk in engine.GenerateAsync(Request()))
        {
            count += chunk.TokenIds.Length;
        }

        return count == Tokens ? start.End() : throw new InvalidOperationException($"{count} tokens came.");
    }

    // Between two tokens of one stream; the least of some attempts, since others in the process may allocate too.
    private static async Task<long> AllocatedByTokensAsync(NativeBackend engine)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            int count = 0;
            long before = 0;
            long after = 0;
            await foreach (InferenceChunk chunk in engine.GenerateAsync(Request()))
            {
                count += chunk.TokenIds.Length;
                before = before == 0 && count >= Tokens / 4 ? GC.GetTotalAllocatedBytes(precise: true) : before;
                after = after == 0 && count >= Tokens * 3 / 4 ? GC.GetTotalAllocatedBytes(precise: true) : after;
            }

            least = Math.Min(least, after - before);
        }

        return least;
    }

    private static InferenceRequest Request() => new()
    {
        Model = "model",
        Prompt = new TokenPrompt(Prompt),
        Sampling = new SamplingOptions { Temperature = 0, MaxTokens = Tokens, IgnoreEos = true },
        Output = OutputParts.TokenIds,
    };

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new FileNotFoundException("ThemisBridge.sln is above no folder of this program.");
    }

    private readonly record struct Block(double Seconds, double CpuSeconds)
    {
        public static Start Begin() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        public readonly record struct Start(long Timestamp, TimeSpan Cpu)
        {
            public Block End() => new(
                Stopwatch.GetElapsedTime(Timestamp).TotalSeconds, (Environment.CpuUsage.TotalTime - Cpu).TotalSeconds);
        }
    }
}
