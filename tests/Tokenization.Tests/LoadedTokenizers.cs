using System.Collections.Concurrent;

namespace ThemisBridge.Tokenization.Tests;

/// <summary>Tokenizers that several tests use; each is read once.</summary>
internal static class LoadedTokenizers
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<ModelTokenizer>>> Loaded = new();

    public static Task<ModelTokenizer> GetAsync(string family) => Loaded.GetOrAdd(family, name => new(() =>
        ModelTokenizer.LoadFolderAsync(Reference.Model(name), TimeProvider.System, CancellationToken.None))).Value;
}
