using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Http.Answers;
using ThemisBridge.Transports.Http.Failures;

namespace ThemisBridge.Transports.Http.Tests.Answers;

public class GenerationStreamTests
{
    private const string Event = "data: {\"id\":\"cmpl-b630fa2f45885ce4\",\"object\":\"text_completion\","
        + "\"created\":1795396398,\"model\":\"themis-tiny\",\"choices\":[{\"index\":0,\"text\":\" is\","
        + "\"logprobs\":null,\"finish_reason\":null,\"stop_reason\":null,\"prompt_token_ids\":null,"
        + "\"token_ids\":[271]}]}\n\n";

    [Fact]
    public async Task Token_of_ids_alone_allocates_nothing()
    {
        Assert.Equal(0, await AllocatedPerTokenAsync(OutputParts.TokenIds));
    }

    [Fact]
    public async Task Token_with_text_allocates_its_string_alone()
    {
        // A string of three characters: header, length, characters and terminator, rounded up to the word.
        Assert.Equal(32, await AllocatedPerTokenAsync(OutputParts.TokenIds | OutputParts.Text));
    }

    private static async Task<double> AllocatedPerTokenAsync(OutputParts output)
    {
        const int Warm = 2_000;
        const int Measured = 10_000;
        var request = new InferenceRequest { Model = "m", Prompt = new TokenPrompt(new[] { 1 }), Output = output };
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Event, Warm + Measured + 1)));
        using var body = new MemoryStream(bytes);
        using var stream = new GenerationStream(
            body, body, true, new AnswerAssembler(request, new FailureContext("b", "/")), 1 << 20, TimeProvider.System);
        for (int i = 0; i < Warm; i++)
        {
            await stream.MoveNextAsync(TestContext.Current.CancellationToken);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        int ids = 0;
        for (int i = 0; i < Measured; i++)
        {
            ValueTask<bool> next = stream.MoveNextAsync(CancellationToken.None);
            Assert.True(next.IsCompletedSuccessfully && await next);
            ids += stream.Current.TokenIds.Length;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Measured, ids);
        return (double)allocated / Measured;
    }
}
