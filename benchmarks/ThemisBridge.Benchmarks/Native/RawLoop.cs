using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.Benchmarks.Native;

/// <summary>The least that generates: a prompt, then token by token, straight on the binding.</summary>
internal sealed unsafe class RawLoop : IDisposable
{
    private readonly LlamaModelHandle _model;
    private readonly LlamaContextHandle _context;
    private readonly LlamaSamplerHandle _sampler;

    /// <summary>Loads a model of its own.</summary>
    public RawLoop(string path, int contextTokens, int threads)
    {
        _model = new LlamaModelHandle(LlamaApi.ModelLoadFromFile(path, LlamaApi.ModelDefaultParams()));
        ContextLayout layout = LlamaLibrary.Current.Features.Context;
        ParamBlob parameters = LlamaApi.ContextDefaultParams();
        parameters.Write(ContextLayout.ContextTokens, contextTokens);
        parameters.Write(layout.Threads, threads);
        parameters.Write(layout.Threads + sizeof(int), threads);
        _context = new LlamaContextHandle(_model, LlamaApi.InitFromModel(_model, parameters));
        _sampler = new LlamaSamplerHandle(LlamaApi.SamplerChainInit(new LlamaChainParams(1)));
        LlamaApi.SamplerChainAdd(_sampler, LlamaApi.SamplerGreedy());
    }

    /// <summary>Generates that many tokens; returns the last one.</summary>
    public int Generate(int[] prompt, int count)
    {
        LlamaApi.MemoryRemove(LlamaApi.ContextMemory(_context), -1, -1, -1);
        fixed (int* tokens = prompt)
        {
            Decode(tokens, prompt.Length);
        }

        int token = LlamaApi.SamplerSample(_sampler, _context, -1);
        for (int i = 1; i < count; i++)
        {
            Decode(&token, 1);
            token = LlamaApi.SamplerSample(_sampler, _context, -1);
        }

        return token;
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _context.Dispose();
        _model.Dispose();
    }

    private void Decode(int* tokens, int count)
    {
        if (LlamaApi.Decode(_context, new LlamaBatch { Count = count, Tokens = tokens }) != 0)
        {
            throw new InvalidOperationException("llama_decode failed.");
        }
    }
}
