using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Tests;

public sealed class ModelLoaderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Model_is_loaded_listed_and_unloaded()
    {
        await using NativeBackend backend = TinyEngine.Create(options => options.Models.Clear());
        Assert.Empty(backend.ListModels());
        Assert.Empty(backend.Descriptor.Models);
        await backend.LoadModelAsync(Source("b"), Stop);
        await backend.LoadModelAsync(Source("a") with { ContextTokens = 512 }, Stop);
        await backend.LoadModelAsync(Source("b"), Stop);
        Assert.True(backend.IsModelLoaded("a"));
        Assert.Equal([("a", 512), ("b", 2048)], backend.ListModels().Select(m => (m.Name, m.MaxContextTokens!.Value)));
        Assert.Equal(["a", "b"], backend.Descriptor.Models.Select(model => model.Name));
        Assert.True(await backend.UnloadModelAsync("a", Stop));
        Assert.False(await backend.UnloadModelAsync("a", Stop));
        Assert.False(backend.IsModelLoaded("a"));
        Assert.Equal(["b"], backend.Descriptor.Models.Select(model => model.Name));
        BridgeException gone = await Assert.ThrowsAsync<BridgeException>(
            () => backend.CompleteAsync(Requests.Ask(Question.First) with { Model = "a" }, Stop));
        Assert.Equal(BridgeFailure.UnknownModel, gone.Failure);
    }

    [Fact]
    public async Task Configured_model_is_described_before_and_loaded_when_it_is_asked_for()
    {
        await using NativeBackend backend = TinyEngine.Create();
        Assert.Equal([TinyEngine.Q8, TinyEngine.F16], backend.Descriptor.Models.Select(model => model.Name));
        Assert.False(backend.IsModelLoaded(TinyEngine.F16));
        await backend.CompleteAsync(Requests.Ask(Question.First) with { Model = TinyEngine.F16 }, Stop);
        Assert.True(backend.IsModelLoaded(TinyEngine.F16));
        Assert.False(backend.IsModelLoaded(TinyEngine.Q8));
        await WaitUntilAsync(() => backend.Descriptor.Models[1].MaxContextTokens == 2048);
    }

    [Fact]
    public async Task Two_models_answer_at_the_same_time()
    {
        await using NativeBackend backend = TinyEngine.Create();
        InferenceResult[] answers =
            await Task.WhenAll(Question.All.Take(20).Select((question, i) => backend.CompleteAsync(
            Requests.Ask(question) with { Model = i % 2 == 0 ? TinyEngine.Q8 : TinyEngine.F16 }, Stop)));

        Assert.Equal(Question.All.Take(20).Select(question => question.English), answers.Select(answer => answer.Text));
    }

    [Fact]
    public async Task Name_of_another_source_is_refused()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadModelAsync(Source("x"), Stop);

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(
            () => backend.LoadModelAsync(Source("x") with { ContextTokens = 512 }, Stop));

        Assert.Equal((BridgeFailure.InvalidRequest, "name"), (error.Failure, error.Parameter));
    }

    [Fact]
    public async Task Cancelled_load_is_undone()
    {
        await using NativeBackend backend = TinyEngine.Create();

        // Cancelled while it waits: the load has begun by then.
        using CancellationTokenSource cancel = new();
        Task load = backend.LoadModelAsync(Source("x"), cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load);
        Assert.False(backend.IsModelLoaded("x"));
        await backend.LoadModelAsync(Source("x") with { ContextTokens = 256 }, Stop);
        Assert.True(backend.IsModelLoaded("x"));
    }

    [Fact]
    public async Task Cancelled_load_goes_on_for_another_who_asked_for_the_model()
    {
        await using NativeBackend backend = TinyEngine.Create();

        using CancellationTokenSource cancel = new();
        Task first = backend.LoadModelAsync(Source("x"), cancel.Token);
        Task second = backend.LoadModelAsync(Source("x"), Stop);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await second;
        Assert.True(backend.IsModelLoaded("x"));
        Assert.False(string.IsNullOrEmpty(await backend.DetokenizeAsync(
            new DetokenizeRequest { Model = "x", TokenIds = new[] { 300, 301 } }, Stop)));
    }

    [Fact]
    public async Task Values_for_options_left_out_are_the_sources()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadModelAsync(
            Source("x") with { Defaults = new SamplingOptions { Temperature = 0, MaxTokens = 3 } }, Stop);

        InferenceResult answer = await backend.CompleteAsync(
            Requests.Ask(Question.First) with { Model = "x", Sampling = SamplingOptions.Unset }, Stop);

        Assert.Equal(Question.First.EnglishIds[..3], answer.TokenIds);
        Assert.Equal(0, backend.ListModels()[0].Defaults!.Temperature);
    }

    [Theory]
    [InlineData("context_tokens", 2049, null, null)]
    [InlineData("context_tokens", 0, null, null)]
    [InlineData("threads", null, 0, null)]
    [InlineData("threads", null, 513, null)]
    [InlineData("gpu_layers", null, null, -1)]
    public async Task Values_that_cannot_be_meant_are_refused(string parameter, int? context, int? threads, int? layers)
    {
        await using NativeBackend backend = TinyEngine.Create();

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(() => backend.LoadModelAsync(
            Source("x") with { ContextTokens = context, Threads = threads, GpuLayers = layers }, Stop));

        Assert.Equal((BridgeFailure.InvalidRequest, parameter), (error.Failure, error.Parameter));
        Assert.False(backend.IsModelLoaded("x"));
    }

    [Fact]
    public async Task Small_context_is_kept_to()
    {
        await using NativeBackend backend = TinyEngine.Create();
        await backend.LoadModelAsync(Source("x") with { ContextTokens = 100 }, Stop);

        InferenceResult answer = await backend.CompleteAsync(Requests.Endless() with { Model = "x" }, Stop);

        Assert.Equal(100, answer.End.Usage.PromptTokens + answer.End.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Missing_file_and_directory_are_refused()
    {
        foreach (string path in (string[])["/no/such/model.gguf", Repository.Root])
        {
            BridgeException error = await LoadFailsAsync(path);
            Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        }
    }

    [Fact]
    public async Task Truncated_file_is_refused()
    {
        using TinyFile file = new();
        foreach (int length in (int[])[0, 3, 1000, 30_000, 1_000_000, 3_661_119])
        {
            BridgeException error = await LoadFailsAsync(file.Truncate(length).Path);
            Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
            Assert.Matches("copy.gguf .*byte", error.Message);
        }
    }

    [Fact]
    public async Task Corrupt_file_is_refused()
    {
        using TinyFile file = new();
        Assert.Equal(BridgeFailure.InvalidModelFile,
            (await LoadFailsAsync(file.Patch(16, [0xFF, 0xFF, 0xFF]).Path)).Failure);
    }

    [Fact]
    public async Task Unknown_architecture_is_named()
    {
        using TinyFile file = new();
        file.ReplaceText("general.architecture", "llama", "lxama");

        BridgeException error = await LoadFailsAsync(file.Path);

        Assert.Equal(BridgeFailure.ModelLoadFailed, error.Failure);
        Assert.Contains("lxama", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(file.Folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_lacks_a_tensor_fails_typed()
    {
        using TinyFile file = new();
        file.ReplaceText("blk.0.attn_q", "attn_q", "attn_x");

        BridgeException error = await LoadFailsAsync(file.Path);

        Assert.Equal(BridgeFailure.ModelLoadFailed, error.Failure);
        Assert.Contains("attn_q", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama.block_count", new byte[] { 0, 0, 0, 0 })]
    [InlineData("llama.block_count", new byte[] { 1, 2, 0, 0 })]
    [InlineData("llama.attention.head_count_kv", new byte[] { 2, 0, 0, 8 })]
    [InlineData("llama.embedding_length", new byte[] { 0, 0, 0, 0 })]
    [InlineData("llama.attention.layer_norm_rms_epsilon", new byte[] { 0, 0, 0x80, 0xBF })]
    [InlineData("llama.attention.layer_norm_rms_epsilon", new byte[] { 0, 0, 0xC0, 0x7F })]
    public async Task Values_over_which_llama_cpp_would_abort_are_refused(string key, byte[] value)
    {
        using TinyFile file = new();
        file.Patch(file.Header.Metadata[key].FileOffset, value);

        BridgeException error = await LoadFailsAsync(file.Path);

        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        Assert.Contains(key["llama.".Length..], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vocabulary_with_a_token_twice_is_refused()
    {
        using TinyFile file = new();
        file.ReplaceText("tokenizer.ggml.tokens", "<|im_start|>", "<|im_end|>\0\0");

        BridgeException error = await LoadFailsAsync(file.Path);

        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        Assert.Contains("token 2 of its vocabulary occurs twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Adapter_is_no_model()
    {
        BridgeException error = await LoadFailsAsync(Repository.Model("lora-german.gguf"));

        Assert.Equal(BridgeFailure.InvalidModelFile, error.Failure);
        Assert.Contains("adapter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_did_not_load_is_tried_again_when_its_file_was_put_right()
    {
        using TinyFile file = new();
        byte[] whole = await File.ReadAllBytesAsync(file.Path, Stop);
        file.Truncate(100);
        await using NativeBackend backend =
            TinyEngine.Create(options => options.Models["x"] = new() { Path = file.Path, Threads = 1 });
        InferenceRequest request = Requests.Ask(Question.First) with { Model = "x" };
        await Assert.ThrowsAsync<BridgeException>(() => backend.CompleteAsync(request, Stop));

        await File.WriteAllBytesAsync(file.Path, whole, Stop);
        await WaitUntilAsync(() => backend.ThreadOf("x") is null);

        Assert.Equal(Question.First.English, (await backend.CompleteAsync(request, Stop)).Text);
    }

    [Fact]
    public async Task Weights_that_are_no_numbers_fail_the_request_and_not_the_process()
    {
        using TinyFile file = new("themis-tiny-f16.gguf");
        file.FillTensor("blk.1.ffn_up.weight", 0xFF);
        await using NativeBackend backend =
            TinyEngine.Create(options => options.Models["x"] = new() { Path = file.Path, Threads = 1 });

        BridgeException error = await Assert.ThrowsAsync<BridgeException>(
            () => backend.CompleteAsync(Requests.Ask(Question.First) with { Model = "x" }, Stop));

        Assert.Equal((BridgeFailure.EngineFailed, FailureStage.Prefill), (error.Failure, error.Stage));
    }

    [Fact]
    public void Options_out_of_range_are_refused_when_the_backend_is_made()
    {
        Assert.ThrowsAny<ArgumentException>(() => TinyEngine.Create(options => options.QueueLimit = -1));
        Assert.ThrowsAny<ArgumentException>(() => TinyEngine.Create(options => options.ParallelRequests = 0));
        Assert.ThrowsAny<ArgumentException>(() =>
            TinyEngine.Create(options => options.ContextIdleLimit = TimeSpan.Zero));
        Assert.ThrowsAny<ArgumentException>(() => TinyEngine.Create(options => options.Models["x"] = new()));
    }

    private static ModelSource Source(string name) =>
        new() { Name = name, Path = Repository.Model("themis-tiny-q8_0.gguf"), Threads = 1 };

    private static async Task<BridgeException> LoadFailsAsync(string path)
    {
        await using NativeBackend backend = TinyEngine.Create();
        BridgeException error = await Assert.ThrowsAsync<BridgeException>(
            () => backend.LoadModelAsync(new ModelSource { Name = "x", Path = path, Threads = 1 }, Stop));
        Assert.Equal((FailureStage.Admit, "native"), (error.Stage, error.Backend));
        Assert.False(backend.IsModelLoaded("x"));
        return error;
    }

    private static async Task WaitUntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
