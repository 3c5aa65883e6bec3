using System.Globalization;
using System.Text;

namespace ThemisBridge.Testing.Vllm.Routes;

/// <summary>The samples of <c>/metrics</c> that routers and dashboards read, under vLLM's names and labels.</summary>
internal static class MetricsPage
{
    private static readonly string[] Reasons = ["stop", "length", "abort", "error", "repetition"];

    public static byte[] Of(VllmServer server)
    {
        var page = new StringBuilder();
        int waiting = server.Admission.Waiting;
        int running = server.Admission.Running;
        void Write(string name, string type, string help, params (string Labels, double Value)[] samples)
        {
            page.Append(CultureInfo.InvariantCulture, $"# HELP vllm:{name} {help}\n# TYPE vllm:{name} {type}\n");
            string sample = type == "counter" ? name + "_total" : name;
            foreach ((string labels, double value) in samples)
            {
                // In the order of their names.
                string[] own = labels.Length > 0 ? [labels] : [];
                string[] all = ["engine=\"0\"", $"model_name=\"{server.Model}\"", .. own];
                page.Append(CultureInfo.InvariantCulture,
                    $"vllm:{sample}{{{string.Join(',', all.Order(StringComparer.Ordinal))}}} {value:0.0###}\n");
            }
        }

        Write("num_requests_running", "gauge", "Number of requests in model execution batches.", ("", running));
        Write("num_requests_waiting", "gauge", "Number of requests waiting to be processed.", ("", waiting));
        Write("num_requests_waiting_by_reason", "gauge", "Number of waiting requests by reason.",
            ("reason=\"capacity\"", waiting), ("reason=\"deferred\"", 0));
        Write("kv_cache_usage_perc", "gauge", "KV-cache usage. 1 means 100 percent usage.",
            ("", (double)running / server.Options.MaxRunning));
        Write("prefix_cache_queries", "counter", "Prefix cache queries, in tokens.", ("", server.Blocks.Queries));
        Write("prefix_cache_hits", "counter", "Prefix cache hits, in tokens.", ("", server.Blocks.Hits));
        Write("num_preemptions", "counter", "Cumulative number of preemptions.", ("", 0));
        Write("prompt_tokens", "counter", "Number of prefill tokens processed.", ("", server.Counters.PromptTokens));
        Write("generation_tokens", "counter", "Number of generation tokens processed.",
            ("", server.Counters.GeneratedTokens));
        Write("request_success", "counter", "Count of successfully processed requests.",
            [.. Reasons.Select(reason => ($"finished_reason=\"{reason}\"", (double)server.Counters.Finished(reason)))]);
        WriteAdapters(page, server);
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void WriteAdapters(StringBuilder page, VllmServer server)
    {
        string names = string.Join(',', server.Adapters.Running);
        page.Append("# HELP vllm:lora_requests_info Running stats on lora requests.\n")
            .Append("# TYPE vllm:lora_requests_info gauge\n")
            .Append(CultureInfo.InvariantCulture,
                $"vllm:lora_requests_info{{max_lora=\"1\",running_lora_adapters=\"{names}\",")
            .Append(CultureInfo.InvariantCulture,
                $"waiting_lora_adapters=\"\"}} {server.Options.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0}\n");
    }
}
