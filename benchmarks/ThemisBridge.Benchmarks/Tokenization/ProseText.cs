using System.Text;

namespace ThemisBridge.Benchmarks.Tokenization;

/// <summary>A mebibyte of English and German: THEMIS_BENCH_TEXT's file, else sentences of the corpus.</summary>
internal static class ProseText
{
    private const int Length = 1 << 20;

    public static string Create()
    {
        if (Environment.GetEnvironmentVariable("THEMIS_BENCH_TEXT") is { Length: > 0 } path)
        {
            return File.ReadAllText(path);
        }

        var corpus = Path.Combine(RepositoryRoot.Path, "tools", "tiny-model", "corpus.tsv");
        var sentences = File.ReadLines(corpus).SelectMany(line => line.Split('\t')).ToArray();
        var random = new Random(1);
        var text = new StringBuilder(Length + 1024);
        while (text.Length < Length)
        {
            text.Append(sentences[random.Next(sentences.Length)]).Append(random.Next(8) == 0 ? "\n\n" : " ");
        }

        return text.ToString();
    }
}
