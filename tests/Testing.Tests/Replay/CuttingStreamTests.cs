using ThemisBridge.Testing.Replay;

namespace ThemisBridge.Testing.Tests.Replay;

public class CuttingStreamTests
{
    [Theory]
    [InlineData("", "abcdef")]
    [InlineData("0 6 9", "abcdef")]
    [InlineData("1", "a|bcdef")]
    [InlineData("2 2 4", "ab|cd|ef")]
    [InlineData("1 2 3 4 5 6", "a|b|c|d|e|f")]
    public async Task Read_never_crosses_a_cut(string cuts, string expected)
    {
        int[] offsets = [.. cuts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        foreach (bool asynchronous in new[] { false, true })
        {
            await using var stream = new CuttingStream("abcdef"u8.ToArray(), offsets) { IsAsynchronous = asynchronous };
            List<string> reads = [];
            byte[] buffer = new byte[100];
            int count;
            while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
            {
                reads.Add(System.Text.Encoding.ASCII.GetString(buffer, 0, count));
            }

            Assert.Equal(expected, string.Join('|', reads));
        }
    }

    [Fact]
    public async Task Failure_comes_in_place_of_the_end()
    {
        await using var stream = new CuttingStream("ab"u8.ToArray(), []) { Failure = new IOException("gone") };
        await stream.ReadExactlyAsync(new byte[2], TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(
            () => stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken).AsTask());
    }
}
