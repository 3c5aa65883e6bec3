using System.Runtime.InteropServices;
using System.Text;

namespace ThemisBridge.Tokenization.Tests.Oracles;

/// <summary>A vocabulary GGUF as libllama v0.5.0 reads and uses it.</summary>
public sealed class LibllamaVocabulary : IDisposable
{
    private static readonly nint Library = NativeLibrary.Load(
        Reference.Folder("natives", "bins", "linux-x64", "libllama.v0.5.0.so"));

    private static readonly LogFunction Silence = (_, _, _) => { };
    private static readonly TokenizeFunction Tokenizer = Function<TokenizeFunction>("llama_tokenize");

    private readonly nint _model;
    private readonly nint _vocabulary;

    static LibllamaVocabulary() => Function<LogSetFunction>("llama_log_set")(Silence, 0);

    public LibllamaVocabulary(string path)
    {
        var parameters = Function<DefaultsFunction>("llama_model_default_params")();
        parameters.VocabOnly = 1;
        _model = Function<LoadFunction>("llama_model_load_from_file")(path, parameters);
        Assert.NotEqual(0, _model);
        _vocabulary = Function<GetFunction>("llama_model_get_vocab")(_model);
    }

    private delegate void LogFunction(int level, nint text, nint data);

    private delegate void LogSetFunction(LogFunction log, nint data);

    private delegate ModelParameters DefaultsFunction();

    private delegate nint LoadFunction([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ModelParameters parameters);

    private delegate nint GetFunction(nint model);

    private delegate void FreeFunction(nint model);

    private delegate int TokenizeFunction(
        nint vocabulary, byte[] text, int length, int[] tokens, int room, byte addSpecial, byte parseSpecial);

    public int[] Encode(string text, bool parseSpecial)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var ids = new int[utf8.Length + 8];
        var count = Tokenizer(_vocabulary, utf8, utf8.Length, ids, ids.Length, 0, parseSpecial ? (byte)1 : (byte)0);
        Assert.InRange(count, 0, ids.Length);
        return ids[..count];
    }

    public void Dispose() => Function<FreeFunction>("llama_model_free")(_model);

    private static T Function<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(Library, name));

    /// <summary>llama_model_params of v0.5.0: 80 bytes, the switch for the vocabulary alone at 72.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct ModelParameters
    {
        [FieldOffset(72)]
        public byte VocabOnly;
    }
}
