using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>What requests and models cost, and that they give it back. Alone, because it measures the whole process.
/// </summary>
[Collection(nameof(ResourceTests))]
[CollectionDefinition(nameof(ResourceTests), DisableParallelization = true)]
public sealed class ResourceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_costs_no_allocation()
    {
        await using NativeBackend backend = TinyEngine.Create();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5 && least > 0; attempt++)
        {
            // Others in the process may allocate now and then; a token that did would do so in every attempt.
            least = Math.Min(least, await AllocatedByTokensAsync(backend, from: 200, to: 1200));
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Requests_leave_nothing_behind()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await RunAsync(backend, 300);
        long before = ResidentBytes();

        // A sampler chain alone keeps 12 bytes per entry of the vocabulary.
        await RunAsync(backend, 3000);

        Assert.InRange(ResidentBytes() - before, long.MinValue, 16_000_000);
    }

    [Fact]
    public async Task Unloaded_model_leaves_no_mapping()
    {
        using TinyFile file = new();
        using TinyFile adapter = new("lora-german.gguf");
        await using NativeBackend backend =
            TinyEngine.Create(options => options.Models["x"] = new() { Path = file.Path, Threads = 1 });
        for (int round = 0; round < 5; round++)
        {
            await backend.LoadAdapterAsync(TinyEngine.GermanAdapter("x") with { GgufPath = adapter.Path }, Stop);
            InferenceRequest request = Requests.Ask(Question.First) with { Model = "x", Adapter = TinyEngine.German };
            Assert.Equal(Question.First.German, (await backend.CompleteAsync(request, Stop)).Text);
            await backend.EmbedAsync(new EmbeddingRequest { Model = "x", Inputs = [new TextPrompt("a")] }, Stop);
            await using IAsyncEnumerator<InferenceChunk> left =
                backend.GenerateAsync(Requests.Endless() with { Model = "x" }, Stop).GetAsyncEnumerator(Stop);
            Assert.True(await left.MoveNextAsync());
            Assert.True(IsMapped(file.Path));

            await backend.UnloadModelAsync("x", Stop);

            Assert.False(IsMapped(file.Path));
        }
    }

    private static async Task<long> AllocatedByTokensAsync(NativeBackend backend, int from, int to)
    {
        int count = 0;
        long before = 0;
        long after = 0;
        await foreach (InferenceChunk chunk in backend.GenerateAsync(Requests.Endless(), Stop))
        {
            count += chunk.TokenIds.Length;
            if (before == 0 && count >= from)
            {
                before = GC.GetTotalAllocatedBytes(precise: true);
            }
            else if (after == 0 && count >= to)
            {
                after = GC.GetTotalAllocatedBytes(precise: true);
            }
        }

        return after - before;
    }

    private static async Task RunAsync(NativeBackend backend, int requests)
    {
        InferenceRequest request = Requests.Ask(Question.First) with
        {
            Sampling = new SamplingOptions { MaxTokens = 1, TopK = 5, TopP = 0.9, MinP = 0.1, RepetitionPenalty = 1.1,
                Stop = ["x"] },
        };
        for (int i = 0; i < requests; i++)
        {
            await backend.CompleteAsync(request, Stop);
        }
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        string line =
            File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    private static bool IsMapped(string path) =>
        File.ReadLines("/proc/self/maps").Any(line => line.EndsWith(path, StringComparison.Ordinal));
}
