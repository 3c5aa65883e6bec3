using System.Collections.Concurrent;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Vocabularies;
using ThemisBridge.Tokenization.Vocabularies.Reading;

namespace ThemisBridge.Tokenization.Tests.Vocabularies;

/// <summary>Vocabularies that several tests use; each is read once.</summary>
internal static class LoadedVocabularies
{
    private static readonly ConcurrentDictionary<string, Lazy<IVocabulary>> Loaded = new();

    public static IVocabulary Get(string family) => Loaded.GetOrAdd(family, name => new(() => Read(name))).Value;

    private static BpeVocabulary Read(string family) => TokenizerJson.Read(
        File.ReadAllBytes(Path.Combine(Reference.Model(family), "tokenizer.json")), TokenizerConfig.Absent);
}
