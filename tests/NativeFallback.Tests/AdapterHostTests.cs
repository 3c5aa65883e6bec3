using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Engine;

namespace ThemisBridge.NativeFallback.Tests;

public sealed class AdapterHostTests
{
    private static readonly Question First = Question.First;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static InferenceRequest InGerman => Requests.Ask(First) with { Adapter = TinyEngine.German };

    [Fact]
    public async Task Adapter_is_loaded_listed_used_and_unloaded()
    {
        await using NativeBackend backend = TinyEngine.Create();
        Assert.Empty(await backend.ListAdaptersAsync(TinyEngine.Q8, Stop));

        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);

        Assert.Equal([TinyEngine.GermanAdapter()], await backend.ListAdaptersAsync(TinyEngine.Q8, Stop));
        Assert.Equal(First.German, (await backend.CompleteAsync(InGerman, Stop)).Text);
        Assert.Equal(First.English, (await backend.CompleteAsync(Requests.Ask(First), Stop)).Text);

        Assert.True(await backend.UnloadAdapterAsync(TinyEngine.Q8, TinyEngine.German, Stop));
        Assert.False(await backend.UnloadAdapterAsync(TinyEngine.Q8, TinyEngine.German, Stop));
        Assert.Empty(await backend.ListAdaptersAsync(TinyEngine.Q8, Stop));
        BridgeException gone = await Assert.ThrowsAsync<BridgeException>(() => backend.CompleteAsync(InGerman, Stop));
        Assert.Equal(BridgeFailure.UnknownAdapter, gone.Failure);
    }

    [Fact]
    public async Task Scale_is_applied()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(scale: 0), Stop);

        Assert.Equal(First.English, (await backend.CompleteAsync(InGerman, Stop)).Text);

        BridgeException other = await Assert.ThrowsAsync<BridgeException>(
            () => backend.LoadAdapterAsync(TinyEngine.GermanAdapter(scale: 1), Stop));
        Assert.Equal(BridgeFailure.InvalidRequest, other.Failure);
        BridgeException nan = await Assert.ThrowsAsync<BridgeException>(
            () => backend.LoadAdapterAsync(TinyEngine.GermanAdapter(scale: float.NaN), Stop));
        Assert.Equal((BridgeFailure.InvalidRequest, "scale"), (nan.Failure, nan.Parameter));
    }

    [Fact]
    public async Task Unloading_waits_for_running_requests_and_admits_no_new_ones()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);
        IAsyncEnumerator<InferenceChunk> running = backend
            .GenerateAsync(Requests.Endless() with { Adapter = TinyEngine.German }, Stop).GetAsyncEnumerator(Stop);
        Assert.True(await running.MoveNextAsync());

        Task<bool> unload = backend.UnloadAdapterAsync(TinyEngine.Q8, TinyEngine.German, Stop);
        BridgeException refused =
            await Assert.ThrowsAsync<BridgeException>(() => backend.CompleteAsync(InGerman, Stop));
        Assert.Equal(BridgeFailure.UnknownAdapter, refused.Failure);
        Assert.False(unload.IsCompleted);

        await running.DisposeAsync();
        Assert.True(await unload);
    }

    [Fact]
    public async Task Adapter_without_GGUF_is_refused_by_name()
    {
        AdapterSource peft =
            TinyEngine.GermanAdapter() with { GgufPath = null, PeftPath = Repository.Model("lora-german") };

        BridgeException error = await LoadFailsAsync(peft);

        Assert.Equal((BridgeFailure.UnsupportedOption, "peft_path"), (error.Failure, error.Parameter));
    }

    [Fact]
    public async Task Files_that_are_no_adapter_of_the_model_are_refused()
    {
        using TinyFile otherModel = new("lora-german.gguf");
        otherModel.ReplaceText("general.architecture", "llama", "qwen2");
        using TinyFile noAlpha = new("lora-german.gguf");
        noAlpha.Patch(noAlpha.Header.Metadata["adapter.lora.alpha"].FileOffset, [0, 0, 0, 0]);
        using TinyFile truncated = new("lora-german.gguf");
        truncated.Truncate(600_000);

        foreach ((string path, string expected) in ((string, string)[])
            [
                (Repository.Model("themis-tiny-q8_0.gguf"), "no LoRA adapter"),
                (otherModel.Path, "qwen2"),
                (noAlpha.Path, "alpha"),
                (truncated.Path, "after the file"),
                ("/no/such/adapter.gguf", "no such file"),
            ])
        {
            BridgeException error = await LoadFailsAsync(TinyEngine.GermanAdapter() with { GgufPath = path });
            Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Adapter_whose_tensors_do_not_fit_fails_typed()
    {
        using TinyFile misfit = new("lora-german.gguf");
        misfit.ReplaceText("blk.0.attn_q", "attn_q", "attn_z");

        BridgeException error = await LoadFailsAsync(TinyEngine.GermanAdapter() with { GgufPath = misfit.Path });

        Assert.Equal(BridgeFailure.ModelLoadFailed, error.Failure);
        Assert.Contains(TinyEngine.German, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Digest_is_checked()
    {
        byte[] digest = SHA256.HashData(await File.ReadAllBytesAsync(Repository.Model("lora-german.gguf"), Stop));

        BridgeException error = await LoadFailsAsync(TinyEngine.GermanAdapter() with { Digest = new string('0', 64) });
        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);

        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter() with { Digest = Convert.ToHexStringLower(digest) },
            Stop);
        Assert.Equal(First.German, (await backend.CompleteAsync(InGerman, Stop)).Text);
    }

    [Fact]
    public async Task More_adapters_than_the_limit_are_refused()
    {
        await using NativeBackend backend = TinyEngine.Create(options => options.MaxAdapters = 1);
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(
            () => backend.LoadAdapterAsync(TinyEngine.GermanAdapter() with { Name = "second" }, Stop));

        Assert.Equal(BridgeFailure.LimitExceeded, error.Failure);
    }

    [Fact]
    public async Task Idle_context_of_an_adapter_is_freed_and_made_again()
    {
        FakeTimeProvider time = new();
        await using NativeBackend backend = TinyEngine.Create(time: time);
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);
        await backend.CompleteAsync(InGerman, Stop);
        DecodeThread thread = backend.ThreadOf(TinyEngine.Q8)!;
        Assert.Equal(2, await thread.InvokeAsync(contexts => contexts.Count));

        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(2, await thread.InvokeAsync(contexts => contexts.Count));
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, await thread.InvokeAsync(contexts => contexts.Count));

        Assert.Equal(First.German, (await backend.CompleteAsync(InGerman, Stop)).Text);
    }

    [Fact]
    public async Task Unloading_the_model_unloads_its_adapters()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadAdapterAsync(TinyEngine.GermanAdapter(), Stop);

        await backend.UnloadModelAsync(TinyEngine.Q8, Stop);

        Assert.Empty(await backend.ListAdaptersAsync(TinyEngine.Q8, Stop));
        Assert.False(await backend.UnloadAdapterAsync(TinyEngine.Q8, TinyEngine.German, Stop));
    }

    private static async Task<BridgeException> LoadFailsAsync(AdapterSource source)
    {
        await using NativeBackend backend = TinyEngine.Create();
        BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => backend.LoadAdapterAsync(source, Stop));
        Assert.Equal(FailureStage.Admit, error.Stage);
        Assert.Equal("native", error.Backend);
        Assert.Empty(await backend.ListAdaptersAsync(TinyEngine.Q8, Stop));
        return error;
    }
}
