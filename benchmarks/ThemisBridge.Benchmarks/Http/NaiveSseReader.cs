using System.Text.Json;

namespace ThemisBridge.Benchmarks.Http;

/// <summary>What one writes without thinking about it: a StreamReader, and a JsonDocument per event.</summary>
internal static class NaiveSseReader
{
    public static async Task<long> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        long sum = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || line == "data: [DONE]")
            {
                continue;
            }

            using JsonDocument json = JsonDocument.Parse(line.AsMemory(6));
            JsonElement choice = json.RootElement.GetProperty("choices")[0];
            sum += choice.GetProperty("text").GetString()!.Length;
            foreach (JsonElement id in choice.GetProperty("token_ids").EnumerateArray())
            {
                sum += id.GetInt32();
            }
        }

        return sum;
    }
}
