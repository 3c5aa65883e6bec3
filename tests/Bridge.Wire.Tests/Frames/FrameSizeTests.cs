using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Tests.Frames;

public sealed class FrameSizeTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Theory]
    [InlineData(8192, 4.1)]
    [InlineData(512, 4.6)]
    public void Request_costs_little_more_than_its_token_ids(int tokens, double bytesPerToken)
    {
        var request = new InferenceRequest
        {
            Model = "meta-llama/Llama-3.1-8B-Instruct",
            Prompt = new TokenPrompt(new int[tokens]),
            RequestId = "0197b3f2c4d17a31b0f0a5d1b4c1e2f3-1",
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            Sampling = new SamplingOptions { MaxTokens = 100, Temperature = 0 },
        };
        RequestWriter.Write(_output, 1, request, 4096);
        Assert.InRange((double)_output.WrittenCount / tokens, 4, bytesPerToken);
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(16, 10)]
    [InlineData(64, 8.25)]
    public void Step_of_one_token_a_row_costs_handle_and_id(uint streams, double bytesPerToken)
    {
        Fill(new StepBuilder(withLogprobs: false), streams);
        Assert.InRange((double)_output.WrittenCount / streams, 8, bytesPerToken);
    }

    [Fact]
    public void Columns_that_no_row_needs_are_not_written()
    {
        var builder = new StepBuilder(withLogprobs: false);
        builder.Add(1, [1, 2], "", []);
        builder.Flush(_output);
        Assert.Null(StepFrame.Read(_output.WrittenSpan, out StepFrame step));
        Assert.Equal(StepColumns.Counts, step.Columns);
        _output.ResetWrittenCount();

        builder.Add(1, [1], "", []);
        builder.Flush(_output);
        Assert.Null(StepFrame.Read(_output.WrittenSpan, out step));
        Assert.Equal(StepColumns.None, step.Columns);
    }

    [Fact]
    public void Flush_of_nothing_writes_nothing()
    {
        new StepBuilder(withLogprobs: false).Flush(_output);
        Assert.Equal(0, _output.WrittenCount);
    }

    [Fact]
    public void Builder_never_says_that_a_row_fits_which_does_not()
    {
        var builder = new StepBuilder(withLogprobs: true);
        TokenLogprob[] logprobs =
            [new(1, null, -1) { Top = [.. Enumerable.Repeat(new TokenLogprob(2, null, -2), 40)] }];
        while (builder.Fits(1, 3, 4096))
        {
            builder.Add(1, [1], "€", []);
            builder.AddLogprobs(logprobs);
        }

        builder.Flush(_output);
        Assert.InRange(_output.WrittenCount, 3600, 4096);
        Assert.Null(StepFrame.Read(_output.WrittenSpan, out _));
    }

    [Fact]
    public void Request_over_the_limit_is_refused_before_it_is_written()
    {
        var request = new InferenceRequest
        {
            Model = "m",
            Prompt = new TokenPrompt(new int[WireLimits.MaxFrameBytes / 4]),
        };
        BridgeException failure = Assert.Throws<BridgeException>(() => RequestWriter.Write(_output, 1, request, 1));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.Equal(FailureStage.Admit, failure.Stage);
        Assert.Equal(0, _output.WrittenCount);
    }

    [Fact]
    public void Request_with_a_name_over_its_limit_is_refused_by_field()
    {
        var request = new InferenceRequest { Model = new string('m', 257), Prompt = new TokenPrompt(new[] { 1 }) };
        BridgeException failure = Assert.Throws<BridgeException>(() => RequestWriter.Write(_output, 1, request, 1));
        Assert.Equal((BridgeFailure.InvalidRequest, "model"), (failure.Failure, failure.Parameter));
    }

    [Fact]
    public void Chat_over_the_limit_of_json_is_refused()
    {
        var request = new InferenceRequest
        {
            Model = "m",
            Prompt = new ChatPrompt([new PromptMessage("user", new string('x', WireLimits.MaxJsonBytes))]),
        };
        BridgeException failure = Assert.Throws<BridgeException>(() => RequestWriter.Write(_output, 1, request, 1));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
    }

    [Fact]
    public void Answers_over_their_limits_are_refused_before_they_are_written()
    {
        BridgeException json = Assert.Throws<BridgeException>(
            () => ResultFrame.WriteJson(_output, 1, new byte[WireLimits.MaxJsonBytes + 1]));
        BridgeException text = Assert.Throws<BridgeException>(
            () => ResultFrame.WriteText(_output, 1, new string('x', WireLimits.MaxFrameBytes)));
        Assert.Equal((BridgeFailure.LimitExceeded, BridgeFailure.LimitExceeded), (json.Failure, text.Failure));
        Assert.Equal(0, _output.WrittenCount);
    }

    [Fact]
    public void Message_over_its_limit_is_cut_between_characters()
    {
        string message = string.Concat(Enumerable.Repeat("🙂", 2000));
        ErrorFrame.Write(_output, 1, new BridgeException(BridgeFailure.EngineFailed, FailureStage.Stream, message));
        Assert.Null(ErrorFrame.Read(_output.WrittenSpan, out ErrorFrame error));
        Assert.InRange(error.Message.Length, 2000, WireLimits.MaxMessageBytes);
        Assert.StartsWith(error.ToException("b").Message, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_are_spread_over_frames_that_the_peer_accepts()
    {
        ReadOnlyMemory<float>[] vectors =
            [.. Enumerable.Range(0, 50).Select(i => new ReadOnlyMemory<float>([.. Enumerable.Repeat((float)i, 1024)]))];
        var read = new List<float>();
        for (int next = 0; next < vectors.Length;)
        {
            _output.ResetWrittenCount();
            next += ResultFrame.WriteVectors(_output, 1, vectors, next, WireLimits.MinFrameLimit);
            Assert.InRange(_output.WrittenCount, 1, WireLimits.MinFrameLimit);
            Assert.Null(ResultFrame.Read(_output.WrittenSpan, out ResultFrame result));
            for (int i = 0; i < result.Count; i++)
            {
                read.Add(result.Vectors[i * 1024]);
            }
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), read);
    }

    [Fact]
    public void Warm_step_is_written_and_read_without_allocating()
    {
        var builder = new StepBuilder(withLogprobs: false);
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        int[] ids = [7];
        long sum = 0;
        long allocated = long.MaxValue;
        // A collection that another thread starts counts the rest of this one's allocation block; a round without one
        // shows what the code does.
        for (int round = 0; round < 10 && allocated != 0; round++)
        {
            sum = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                output.ResetWrittenCount();
                for (uint row = 1; row <= 16; row++)
                {
                    builder.Add(row, ids, "", []);
                }

                builder.Flush(output);
                _ = StepFrame.Read(output.WrittenSpan, out StepFrame step);
                foreach (StepRow row in step)
                {
                    sum += row.Ids[0];
                }
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal((0, 16 * 7000), (allocated, sum));
    }

    private void Fill(StepBuilder builder, uint streams)
    {
        for (uint row = 1; row <= streams; row++)
        {
            builder.Add(row, [(int)row], "", []);
        }

        builder.Flush(_output);
    }
}
