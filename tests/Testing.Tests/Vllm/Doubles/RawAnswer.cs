using System.Globalization;
using System.Text;

namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>The bytes of a response, taken apart.</summary>
internal sealed class RawAnswer
{
    public RawAnswer(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        string head = Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
        string[] lines = head.Split("\r\n");
        Status = lines[0].Length == 0 ? 0 : int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        Headers = [.. lines.Skip(1)];
        ReadOnlySpan<byte> rest = end < 0 ? [] : bytes[(end + 4)..];
        IsChunked = Headers.Contains("transfer-encoding: chunked");
        Body = IsChunked ? ReadChunks(rest) : rest.ToArray();
    }

    public int Status { get; }

    public IReadOnlyList<string> Headers { get; }

    public bool IsChunked { get; }

    /// <summary>Whether a chunked body came to its end.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The chunks of a chunked body.</summary>
    public List<string> Chunks { get; } = [];

    public byte[] Body { get; }

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The header names in order and the content type's value; <c>date</c> is only a name.</summary>
    public string HeaderShape => string.Join('\n', Headers.Select(line =>
        line.StartsWith("content-type", StringComparison.Ordinal) || line.StartsWith("allow", StringComparison.Ordinal)
            || line.StartsWith("location", StringComparison.Ordinal) ? line : line.Split(':')[0]));

    /// <summary>The data of each event.</summary>
    public IReadOnlyList<string> Events => [.. Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Where(one => one.StartsWith("data: ", StringComparison.Ordinal)).Select(one => one["data: ".Length..])];

    private byte[] ReadChunks(ReadOnlySpan<byte> rest)
    {
        var body = new List<byte>();
        while (rest.IndexOf("\r\n"u8) is > 0 and var line)
        {
            int size = int.Parse(Encoding.ASCII.GetString(rest[..line]), NumberStyles.HexNumber,
                CultureInfo.InvariantCulture);
            if (size == 0)
            {
                IsComplete = true;
                break;
            }

            ReadOnlySpan<byte> chunk = rest.Slice(line + 2, size);
            Chunks.Add(Encoding.UTF8.GetString(chunk));
            body.AddRange(chunk);
            rest = rest[(line + 2 + size + 2)..];
        }

        return [.. body];
    }
}
