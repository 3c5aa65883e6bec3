using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>The servers of the recordings, by the letter with which the names begin, and what had happened on them
/// before an exchange.</summary>
internal static class RecordedServers
{
    public static VllmDoubleOptions Of(string name)
    {
        var options = new VllmDoubleOptions { MaxModelLength = 2048, VocabularySize = TinyEngine.Vocabulary };
        return name[0] switch
        {
            'A' => options with { MaxModelLength = 512, FindAdapter = Find, Adapters = AdaptersOf(name) },
            'B' => options with { ApiKey = "k-test" },
            'C' => options with { FindAdapter = Find, Adapters = AdaptersOf(name) },
            'F' => options with
            {
                MaxModelLength = 512,
                EnableScaleOut = true,
                EnableRequestIdHeaders = true,
                EnablePromptTokensDetails = true,
                EnablePerRequestMetrics = true,
                TokenizerInfoJson = RecordedNames.Set["F-tokenizer-info"] is var info
                    ? new RawAnswer(info.Response.Span).Text : null,
                FindAdapter = Find,
                Adapters = AdaptersOf(name),
            },
            'G' => options with { MaxModelLength = 512, IsPooling = true },
            'H' => options with
            {
                MaxModelLength = 512,
                EnableTools = true,
                Adapters = new Dictionary<string, string> { ["german"] = "german" },
            },
            'Q' => options with { MaxModelLength = 512, MaxRunning = 2, MaxUnfinished = 3 },
            'D' => options with { MaxRunning = 2 },
            _ => name.StartsWith("life-engine-death-quiet", StringComparison.Ordinal)
                || !name.StartsWith("life-engine-death", StringComparison.Ordinal)
                ? options : options with { MaxModelLength = 512, EnableRequestIdHeaders = true },
        };
    }

    private static Core.Contracts.AdapterSource? Find(string path) => path == "german" ? TinyEngine.German : null;

    // What was loaded when the exchange was made.
    private static Dictionary<string, string> AdaptersOf(string name)
    {
        string[] loaded = name switch
        {
            "A-lora-load-twice" or "A-lora-inplace" or "A-lora-load-second-name" or "A-lora-models"
                or "A-lora-chat" or "A-lora-chat-stream" or "A-lora-completion" or "A-lora-tokenize"
                or "A-lora-chat-after-inplace" or "A-lora-unload" or "C-lora-chat" or "F-generate-lora" => ["german"],
            "A-lora-chat-second" or "A-lora-unload-second" => ["german", "german2"],
            _ => [],
        };
        return loaded.ToDictionary(one => one, _ => "german");
    }
}
