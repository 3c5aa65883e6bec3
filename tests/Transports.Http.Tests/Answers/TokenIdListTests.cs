using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ThemisBridge.Transports.Http.Answers;

namespace ThemisBridge.Transports.Http.Tests.Answers;

public class TokenIdListTests
{
    [Fact]
    public void Memory_of_a_long_prompt_is_not_kept()
    {
        var list = new TokenIdList();
        Read(list, "[" + string.Join(',', Enumerable.Range(0, 100_000)) + "]");
        Assert.Equal(100_000, list.Count);
        list.Clear();
        Read(list, "[7]");

        Assert.Equal([7], list.Memory.ToArray());
        Assert.True(MemoryMarshal.TryGetArray(list.Memory, out ArraySegment<int> kept));
        Assert.InRange(kept.Array!.Length, 1, 1024);
    }

    private static void Read(TokenIdList list, string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        list.Read(ref reader);
    }
}
