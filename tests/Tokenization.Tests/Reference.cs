namespace ThemisBridge.Tokenization.Tests;

/// <summary>
/// What <c>scripts/vocabularies.sh</c> brought. Tests that need it fail without it; they are never skipped.
/// </summary>
public static class Reference
{
    public static string Folder(params string[] path)
    {
        var found = Repository.File([".vocabularies", .. path]);
        return Path.Exists(found)
            ? found
            : throw new InvalidOperationException($"{found} is missing: run scripts/vocabularies.sh.");
    }

    /// <summary>The folder of a model family's tokenizer files.</summary>
    public static string Model(string family) => family == "themis-tiny"
        ? Repository.File("models", "themis-tiny", "hf")
        : Folder("hf", family, "models");
}
