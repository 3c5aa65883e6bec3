using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace ThemisBridge.Testing.Replay;

/// <summary>Reads HTTP/1.1 requests: the head as text, the body by its length or its chunks.</summary>
internal static class RequestReader
{
    private const int MaxHeadBytes = 1 << 20;
    private const int MaxBodyBytes = 1 << 27;

    /// <summary>The next request, or null at the end of the connection.</summary>
    public static async Task<ReplayedRequest?> ReadAsync(
        PipeReader reader, int connection, CancellationToken cancellationToken)
    {
        byte[]? head = await ReadToAsync(reader, "\r\n\r\n"u8.ToArray(), MaxHeadBytes, cancellationToken);
        if (head is null)
        {
            return null;
        }

        string text = Encoding.Latin1.GetString(head);
        var request = new ReplayedRequest(connection, text, []);
        byte[]? body = [];
        if (request.Header("transfer-encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true)
        {
            body = await ReadChunksAsync(reader, cancellationToken);
        }
        else if (int.TryParse(request.Header("content-length"), CultureInfo.InvariantCulture, out int length))
        {
            body = await ReadExactlyAsync(reader, length, cancellationToken);
        }

        return body is null ? null : new ReplayedRequest(connection, text, body);
    }

    private static async Task<byte[]?> ReadChunksAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        while (true)
        {
            byte[]? line = await ReadToAsync(reader, "\r\n"u8.ToArray(), MaxHeadBytes, cancellationToken);
            if (line is null || !int.TryParse(
                Encoding.ASCII.GetString(line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int size))
            {
                return null;
            }

            byte[]? chunk = await ReadExactlyAsync(reader, size + 2, cancellationToken);
            if (chunk is null || body.Length + size > MaxBodyBytes)
            {
                return null;
            }

            if (size == 0)
            {
                return body.ToArray();
            }

            body.Write(chunk, 0, size);
        }
    }

    private static async Task<byte[]?> ReadToAsync(
        PipeReader reader, byte[] mark, int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken);
            var sequence = new SequenceReader<byte>(result.Buffer);
            if (sequence.TryReadTo(out ReadOnlySequence<byte> found, mark))
            {
                byte[] bytes = found.ToArray();
                reader.AdvanceTo(sequence.Position);
                return bytes;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted || result.Buffer.Length > limit)
            {
                return null;
            }
        }
    }

    private static async Task<byte[]?> ReadExactlyAsync(
        PipeReader reader, int count, CancellationToken cancellationToken)
    {
        if (count is < 0 or > MaxBodyBytes)
        {
            return null;
        }

        if (count == 0)
        {
            return [];
        }

        ReadResult result = await reader.ReadAtLeastAsync(count, cancellationToken);
        if (result.Buffer.Length < count)
        {
            return null;
        }

        ReadOnlySequence<byte> wanted = result.Buffer.Slice(0, count);
        byte[] bytes = wanted.ToArray();
        reader.AdvanceTo(wanted.End);
        return bytes;
    }
}
