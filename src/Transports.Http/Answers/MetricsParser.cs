using System.Buffers.Text;
using System.Text;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads the few samples that matter out of tens of kilobytes of Prometheus text.</summary>
internal static class MetricsParser
{
    /// <summary>Reads a page; what it lacks stays null.</summary>
    public static EngineMetrics Parse(ReadOnlySpan<byte> text)
    {
        var metrics = new EngineMetrics();
        double adaptersAt = double.NegativeInfinity;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (!line.StartsWith("vllm:"u8) || !TryReadValue(line, out double value))
            {
                continue;
            }

            ReadOnlySpan<byte> name = line[5..line.IndexOfAny("{ "u8)];
            if (name.SequenceEqual("num_requests_running"u8))
            {
                metrics = metrics with { Running = (metrics.Running ?? 0) + ToCount(value) };
            }
            else if (name.SequenceEqual("num_requests_waiting"u8))
            {
                metrics = metrics with { Waiting = (metrics.Waiting ?? 0) + ToCount(value) };
            }
            else if (name.SequenceEqual("kv_cache_usage_perc"u8) || name.SequenceEqual("gpu_cache_usage_perc"u8))
            {
                // The second name is the older one.
                metrics = metrics with { KvCacheUse = Math.Max(metrics.KvCacheUse ?? 0, value) };
            }
            else if (name.SequenceEqual("prefix_cache_queries_total"u8))
            {
                metrics = metrics with { PrefixQueries = (metrics.PrefixQueries ?? 0) + value };
            }
            else if (name.SequenceEqual("prefix_cache_hits_total"u8))
            {
                metrics = metrics with { PrefixHits = (metrics.PrefixHits ?? 0) + value };
            }
            else if (name.SequenceEqual("lora_requests_info"u8) && value > adaptersAt)
            {
                // One sample per combination ever seen; its value is the time, so the newest is the present one.
                adaptersAt = value;
                metrics = metrics with { Adapters = AdaptersOf(line) };
            }
        }

        return metrics;
    }

    private static bool TryReadValue(ReadOnlySpan<byte> line, out double value)
    {
        int space = line.TrimEnd((byte)'\r').LastIndexOf((byte)' ');
        value = 0;
        return space > 5 && line.IndexOfAny("{ "u8) > 5
            && Utf8Parser.TryParse(line[(space + 1)..], out value, out _) && double.IsFinite(value);
    }

    private static int ToCount(double value) => (int)Math.Clamp(value, 0, int.MaxValue);

    private static string[] AdaptersOf(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> label = "running_lora_adapters=\""u8;
        int start = line.IndexOf(label);
        if (start < 0)
        {
            return [];
        }

        ReadOnlySpan<byte> value = line[(start + label.Length)..];
        int end = value.IndexOf((byte)'"');
        return end <= 0 ? [] : Encoding.UTF8.GetString(value[..end]).Split(',', StringSplitOptions.RemoveEmptyEntries);
    }
}
