using System.Buffers;
using CsCheck;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Frames;

/// <summary>What Core can say comes out of a frame as it went in.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<string> Word = Gen.String[Gen.Char["abcäöü€日"], 1, 12];
    private static readonly Gen<int[]> Ids = Gen.Int[0, 128_000].Array[1, 200];
    private static readonly Gen<TimeSpan?> Budget =
        Gen.Int[0, 86_400_000].Select(ms => ms < 20_000_000 ? (TimeSpan?)null : TimeSpan.FromMilliseconds(ms));

    private static readonly Gen<SamplingOptions> Sampling = Gen.Select(
        Gen.Int[1, 5000].Nullable(), Gen.Double[0, 2].Nullable(), Gen.Double[0.01, 1].Nullable(),
        Gen.Int[-1, 100].Nullable(),
        Gen.Int[0, int.MaxValue].Nullable(), Word.Array[0, 4], Gen.Int[0, 99].Array[0, 3], Gen.Bool.Array[3])
        .Select((max, temperature, topP, topK, seed, stop, stopIds, flags) => new SamplingOptions
        {
            MaxTokens = max,
            MinTokens = max is null ? null : 1,
            Temperature = temperature,
            TopP = topP,
            TopK = topK,
            MinP = topP,
            Seed = seed,
            FrequencyPenalty = temperature,
            PresencePenalty = -temperature,
            RepetitionPenalty = topP,
            Stop = stop,
            StopTokenIds = stopIds,
            LogitBias = stopIds.Length == 0 ? null : stopIds.Distinct().ToDictionary(id => id, id => id / 3f),
            IgnoreEos = flags[0],
            IncludeStopInOutput = flags[1],
            SkipSpecialTokens = flags[2],
            Logprobs = topK is > 20 or < 0 ? null : topK,
        });

    private static readonly Gen<Prompt> AnyPrompt = Gen.OneOf<Prompt>(
        Ids.Select(ids => (Prompt)new TokenPrompt(ids)),
        Word.Select(text => (Prompt)new TextPrompt(text)),
        Word.Select(Word, Gen.Bool).Select((role, content, add) => (Prompt)new ChatPrompt(
            [new PromptMessage(role, content) { ToolCalls = [new ToolCall("1", role, $"{{\"a\":\"{content}\"}}")] }])
        {
            Tools = [new ToolDefinition("f", content, null)],
            ToolChoice = ToolChoice.Named("f"),
            AddGenerationPrompt = add,
            ContinueFinalMessage = !add,
        }));

    private static readonly Gen<StructuredOutput?> Structure = Gen.OneOf<StructuredOutput?>(
        Word.Select(_ => (StructuredOutput?)null), Word.Select(StructuredOutput.Regex)!,
        Word.Select(StructuredOutput.Grammar)!,
        Word.Array[1, 3].Select(choices => StructuredOutput.OneOf(choices))!,
        Word.Select(_ => StructuredOutput.AnyJsonObject)!,
        Word.Select(schema => StructuredOutput.JsonSchema(schema) with { Name = "n" })!);

    [Fact]
    public void Generation_comes_out_as_it_went_in() =>
        Gen.Select(AnyPrompt, Sampling, Structure, Budget, Word.Null(), Gen.Int, Gen.Enum<OutputParts>())
            .Select((prompt, sampling, structure, budget, word, number, parts) => new InferenceRequest
            {
                Model = "m",
                Prompt = prompt,
                Sampling = sampling,
                StructuredOutput = structure,
                Adapter = word,
                Output = parts,
                Stream = number % 2 == 0,
                Priority = number,
                CachePolicy = number % 3 == 0 ? CachePolicy.Bypass : CachePolicy.Default,
                Tenant = word,
                Deadlines = new DeadlineBudgets { Total = budget, FirstToken = budget, Idle = budget },
                RequestId = "r-1",
                TraceParent = word,
            })
            .Sample(request =>
            {
                var output = new ArrayBufferWriter<byte>();
                RequestWriter.Write(output, 7, request, 64);
                Assert.Null(RequestFrame.Read(output.WrittenSpan, out RequestFrame frame));
                Assert.Null(RequestContent.Read(frame, out InferenceRequest? read));
                string expected = RequestFields.Of(7, 64, request).ToJsonString();
                Assert.Equal(expected, RequestFields.Of(7, 64, read!).ToJsonString());
            }, iter: 3000);

    [Fact]
    public void Embedding_comes_out_as_it_went_in() =>
        Gen.OneOf(Word.Select(text => (Prompt)new TextPrompt(text)), Ids.Select(ids => (Prompt)new TokenPrompt(ids)))
            .Array[1, 8].Sample(inputs =>
            {
                var request = new EmbeddingRequest { Model = "m", Inputs = inputs, Dimensions = inputs.Length };
                var output = new ArrayBufferWriter<byte>();
                RequestWriter.Write(output, 1, request);
                Assert.Null(RequestFrame.Read(output.WrittenSpan, out RequestFrame frame));
                Assert.Null(RequestContent.Read(frame, out EmbeddingRequest? read));
                Assert.Equal(RequestFields.Of(1, request).ToJsonString(), RequestFields.Of(1, read!).ToJsonString());
            }, iter: 1000);

    [Fact]
    public void Rows_come_out_as_they_went_in()
    {
        Gen<(uint Handle, int[] Ids, string Text)[]> rows = Gen.Select(
            Gen.UInt[1, 65535], Gen.Int[0, int.MaxValue].Array[0, 5], Gen.String[Gen.Char["aä€"], 0, 6]).Array[1, 40];
        rows.Sample(given =>
        {
            var builder = new StepBuilder(withLogprobs: false);
            var output = new ArrayBufferWriter<byte>();
            foreach ((uint handle, int[] ids, string text) in given)
            {
                Assert.True(builder.Fits(ids.Length, text.Length * 3, 1 << 20));
                builder.Add(handle, ids, text, []);
            }

            long most = builder.FrameBytes;
            builder.Flush(output);
            Assert.InRange(output.WrittenCount, 1, most);
            Assert.Null(StepFrame.Read(output.WrittenSpan, out StepFrame step));
            int at = 0;
            foreach (StepRow row in step)
            {
                (uint handle, int[] ids, string text) = given[at++];
                Assert.Equal(handle, row.Handle);
                Assert.Equal(ids, row.Ids.ToArray());
                Assert.Equal(text, System.Text.Encoding.UTF8.GetString(row.Text));
            }

            Assert.Equal(given.Length, at);
        }, iter: 3000);
    }
}
