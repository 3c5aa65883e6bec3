using System.Runtime.InteropServices;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// A build of llama.cpp that is loaded but not trusted yet: its exports are looked up and its default values compared
/// before anything else of it is called, so that a wrong library is refused and not crashed into.
/// </summary>
internal sealed unsafe class LlamaCandidate : IDisposable
{
    private readonly NativeFiles _files;
    private readonly List<nint> _loaded = [];
    private bool _kept;

    private LlamaCandidate(NativeFiles files) => _files = files;

    /// <summary>The handle of libllama.</summary>
    public nint Llama { get; private set; }

    /// <summary>The handle that has libggml's functions.</summary>
    public nint Ggml { get; private set; }

    /// <summary>The handle that has libggml-base's functions.</summary>
    public nint GgmlBase { get; private set; }

    /// <summary>What the release has.</summary>
    public LlamaFeatures Features { get; private set; } = null!;

    /// <summary>Loads and checks a build.</summary>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.NativeLibraryUnavailable"/>.</exception>
    public static LlamaCandidate Load(NativeFiles files)
    {
        LlamaCandidate candidate = new(files);
        try
        {
            candidate.LoadFiles();
            candidate.RequireExports();
            candidate.Features = candidate.Recognise();
            return candidate;
        }
        catch
        {
            candidate.Dispose();
            throw;
        }
    }

    /// <summary>Leaves the libraries loaded for the rest of the process.</summary>
    public void Keep() => _kept = true;

    public void Dispose()
    {
        if (!_kept)
        {
            for (int i = _loaded.Count - 1; i >= 0; i--)
            {
                NativeLibrary.Free(_loaded[i]);
            }

            _loaded.Clear();
        }
    }

    private void LoadFiles()
    {
        foreach (string file in _files.Preload)
        {
            LoadFile(file);
        }

        Llama = LoadFile(_files.Llama);
        Ggml = _files.Ggml is { } ggml ? LoadFile(ggml) : Llama;
        GgmlBase = _files.GgmlBase is { } ggmlBase ? LoadFile(ggmlBase) : Ggml;
    }

    private nint LoadFile(string file)
    {
        try
        {
            nint handle = NativeLibrary.Load(file);
            _loaded.Add(handle);
            return handle;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw NativeFailure.Library($"{Path.GetFileName(file)} does not load: {error.Message}", error);
        }
    }

    private void RequireExports()
    {
        Require(Llama, _files.Llama, LlamaExports.Llama);
        Require(Ggml, _files.Ggml ?? _files.Llama, LlamaExports.Ggml);
        Require(GgmlBase, _files.GgmlBase ?? _files.Llama, LlamaExports.GgmlBase);
    }

    private static void Require(nint library, string file, string[] names)
    {
        foreach (string name in names)
        {
            if (!Has(library, name))
            {
                throw NativeFailure.Library($"{Path.GetFileName(file)} lacks the function {name}");
            }
        }
    }

    private LlamaFeatures Recognise()
    {
        // Called by address: an import would bind to this library for good, and it may yet be refused.
        var contextDefaults = (delegate* unmanaged[Cdecl]<ParamBlob>)NativeLibrary.GetExport(
            Llama, "llama_context_default_params");
        var modelDefaults = (delegate* unmanaged[Cdecl]<ParamBlob>)NativeLibrary.GetExport(
            Llama, "llama_model_default_params");
        ContextLayout? layout = ContextLayout.Recognise(contextDefaults());
        if (layout is null || !ModelLayout.Fits(modelDefaults()))
        {
            throw NativeFailure.Library(
                $"{Path.GetFileName(_files.Llama)} is a release of llama.cpp whose parameters have an unknown layout");
        }

        return new LlamaFeatures(
            layout,
            HasVersion: Has(Llama, "llama_version"),
            HasOutputEmbeddingLength: Has(Llama, "llama_model_n_embd_out"),
            HasAdapterFree: Has(Llama, "llama_adapter_lora_free"),
            PenaltiesTakeVocabulary: Has(Llama, "llama_sampler_copy"));
    }

    private static bool Has(nint library, string name) => NativeLibrary.TryGetExport(library, name, out _);
}
