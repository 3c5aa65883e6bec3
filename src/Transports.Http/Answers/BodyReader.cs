using ThemisBridge.Transports.Http.Requests;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>Reads bodies with a limit.</summary>
internal static class BodyReader
{
    /// <summary>Reads to the end, or to the limit.</summary>
    /// <returns>Whether the end was reached.</returns>
    public static async ValueTask<bool> ReadAsync(
        Stream stream, PooledBuffer into, int maxBytes, CancellationToken cancellationToken)
    {
        while (into.Length < maxBytes)
        {
            Memory<byte> room = into.GetMemory(4096);
            int left = Math.Min(room.Length, maxBytes - into.Length);
            int count = await stream.ReadAsync(room[..left], cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return true;
            }

            into.Advance(count);
        }

        return false;
    }
}
