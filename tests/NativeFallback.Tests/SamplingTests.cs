using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Tests;

public sealed class SamplingTests(TinyEngine engine)
{
    private const int EndId = 2;

    private static readonly Question First = Question.First;

    [Fact]
    public async Task Same_seed_gives_the_same_answer_and_other_seeds_others()
    {
        SamplingOptions hot = new() { Temperature = 2, MaxTokens = 40, IgnoreEos = true };
        HashSet<string> answers = [];
        for (int seed = 0; seed < 5; seed++)
        {
            InferenceResult first = await AskAsync(hot with { Seed = seed });
            InferenceResult again = await AskAsync(hot with { Seed = seed });
            Assert.Equal(first.TokenIds, again.TokenIds);
            Assert.Equal(seed, first.Start.Seed);
            answers.Add(string.Join(',', first.TokenIds));
        }

        Assert.Equal(5, answers.Count);
    }

    [Fact]
    public async Task Seed_that_was_left_out_is_reported_and_reproduces_the_answer()
    {
        SamplingOptions hot = new() { Temperature = 1.5, MaxTokens = 40, IgnoreEos = true };

        InferenceResult first = await AskAsync(hot);
        Assert.NotNull(first.Start.Seed);
        InferenceResult again = await AskAsync(hot with { Seed = first.Start.Seed });

        Assert.Equal(first.TokenIds, again.TokenIds);
    }

    [Fact]
    public async Task Left_out_options_take_the_table_whose_temperature_is_1()
    {
        InferenceResult answer = await AskAsync(new SamplingOptions { MaxTokens = 4 });

        Assert.NotNull(answer.Start.Seed);
    }

    [Fact]
    public async Task Cuts_to_the_likeliest_token_make_any_temperature_greedy()
    {
        foreach (SamplingOptions cut in (SamplingOptions[])
            [new() { TopK = 1 }, new() { TopP = 1e-6 }, new() { MinP = 1 }])
        {
            InferenceResult answer = await AskAsync(cut with { Temperature = 2, Seed = 1 });
            Assert.Equal(First.EnglishIds, answer.TokenIds);
        }
    }

    [Fact]
    public async Task Answer_is_cut_at_max_tokens()
    {
        InferenceResult answer = await AskAsync(Requests.Greedy with { MaxTokens = 7 });

        Assert.Equal(First.EnglishIds[..7], answer.TokenIds);
        Assert.Equal(FinishReason.Length, answer.End.Reason);
        Assert.StartsWith(answer.Text, First.English, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Left_out_max_tokens_are_the_rest_of_the_context()
    {
        InferenceResult answer = await AskAsync(Requests.Greedy with { IgnoreEos = true });

        Assert.Equal(2048, answer.End.Usage.PromptTokens + answer.End.Usage.CompletionTokens);
        Assert.Equal(FinishReason.Length, answer.End.Reason);
    }

    [Fact]
    public async Task Ignored_end_token_is_an_ordinary_token()
    {
        InferenceResult answer = await AskAsync(
            Requests.Greedy with { IgnoreEos = true, MaxTokens = First.EnglishIds.Length + 1 });
        InferenceResult kept = await AskAsync(Requests.Greedy with
        {
            IgnoreEos = true,
            MaxTokens = First.EnglishIds.Length + 1,
            SkipSpecialTokens = false,
        });

        Assert.Equal(First.EnglishIds, answer.TokenIds.SkipLast(1));
        Assert.StartsWith(First.English, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<|im_end|>", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith(First.English + "<|im_end|>", kept.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_token_never_has_text()
    {
        InferenceResult answer =
            await AskAsync(Requests.Greedy with { SkipSpecialTokens = false, IncludeStopInOutput = true });

        Assert.Equal(First.English, answer.Text);
        Assert.Equal(EndId, answer.TokenIds[^1]);
    }

    [Fact]
    public async Task End_token_and_stops_do_not_count_before_min_tokens()
    {
        int length = First.EnglishIds.Length;

        InferenceResult longer =
            await AskAsync(Requests.Greedy with { MinTokens = length + 5, MaxTokens = length + 5 });
        InferenceResult just = await AskAsync(Requests.Greedy with { MinTokens = length - 1 });
        InferenceResult stop = await AskAsync(Requests.Greedy with { MinTokens = 3, Stop = ["ThemisDB", " with "] });

        Assert.DoesNotContain(EndId, longer.TokenIds);
        Assert.Equal(length + 5, longer.TokenIds.Count);
        Assert.Equal(First.EnglishIds, just.TokenIds);
        Assert.Equal(" with ", stop.End.StopString);
        Assert.StartsWith("ThemisDB", stop.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "ThemisDB is a high-performance ")]
    [InlineData(true, "ThemisDB is a high-performance multi-model")]
    public async Task Stop_string_ends_the_answer(bool include, string expected)
    {
        InferenceResult answer = await AskAsync(
            Requests.Greedy with { Stop = ["never", "multi-model"], IncludeStopInOutput = include });

        Assert.Equal(expected, answer.Text);
        Assert.Equal((FinishReason.Stop, "multi-model"), (answer.End.Reason, answer.End.StopString));
        Assert.Equal(First.EnglishIds[..answer.TokenIds.Count], answer.TokenIds);
        Assert.Equal(answer.TokenIds.Count, answer.End.Usage.CompletionTokens);
    }

    [Fact]
    public async Task Stop_string_ends_an_answer_whose_text_nobody_wants()
    {
        InferenceResult answer = await engine.Backend.CompleteAsync(
            Requests.Ask(First) with { Sampling = Requests.Greedy with { Stop = ["multi"] },
                Output = OutputParts.TokenIds },
            TestContext.Current.CancellationToken);

        Assert.Equal("multi", answer.End.StopString);
        Assert.Equal("", answer.Text);
        Assert.True(answer.TokenIds.Count < First.EnglishIds.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_token_ends_the_answer(bool include)
    {
        int stop = First.EnglishIds[4];

        InferenceResult answer = await AskAsync(
            Requests.Greedy with { StopTokenIds = [stop], IncludeStopInOutput = include });

        Assert.Equal(First.EnglishIds[..5], answer.TokenIds);
        Assert.Equal((FinishReason.Stop, stop), (answer.End.Reason, answer.End.StopTokenId));
        string with = (await AskAsync(Requests.Greedy with { MaxTokens = 5 })).Text;
        string without = (await AskAsync(Requests.Greedy with { MaxTokens = 4 })).Text;
        Assert.Equal(include ? with : without, answer.Text);
    }

    [Fact]
    public async Task Logit_bias_bans_and_forces_tokens()
    {
        int likeliest = First.EnglishIds[0];

        InferenceResult banned = await AskAsync(
            Requests.Greedy with { MaxTokens = 8, LogitBias = new Dictionary<int, float> { [likeliest] = -100 } });
        InferenceResult forced = await AskAsync(
            Requests.Greedy with { MaxTokens = 8, IgnoreEos = true, LogitBias = new Dictionary<int,
                float> { [300] = 100 } });

        Assert.DoesNotContain(likeliest, banned.TokenIds);
        Assert.All(forced.TokenIds, id => Assert.Equal(300, id));
    }

    [Fact]
    public async Task Frequency_and_presence_penalties_are_taken_off_once_a_token_was_used()
    {
        // How far the first token is behind the best one when it is to be repeated.
        int token = First.EnglishIds[0];
        InferenceResult forced = await AskAsync(
            Requests.Greedy with { MaxTokens = 2, Logprobs = 1, LogitBias = new Dictionary<int,
                float> { [token] = 100 } });
        float gap = forced.Logprobs[1].Top[0].Logprob - forced.Logprobs[1].Logprob;
        SamplingOptions justRepeats = Requests.Greedy with
        {
            MaxTokens = 2,
            LogitBias = new Dictionary<int, float> { [token] = gap + 1 },
        };

        int best = forced.Logprobs[1].Top[0].TokenId!.Value;
        Assert.Equal([token, token], (await AskAsync(justRepeats)).TokenIds);
        Assert.Equal([token, best], (await AskAsync(justRepeats with { PresencePenalty = 2 })).TokenIds);
        Assert.Equal([token, best], (await AskAsync(justRepeats with { FrequencyPenalty = 2 })).TokenIds);
        Assert.Equal([token, token], (await AskAsync(justRepeats with { PresencePenalty = 0.5 })).TokenIds);
    }

    [Fact]
    public async Task Repetition_penalty_counts_the_prompt_too()
    {
        // A prompt that holds the first token of the answer makes it less likely from the start.
        Prompt withIt = new TokenPrompt((int[])[.. Enumerable.Repeat(First.EnglishIds[0], 8), .. First.PromptTokenIds]);
        InferenceRequest request = Requests.Ask(First) with
        {
            Prompt = withIt,
            Sampling = Requests.Greedy with { MaxTokens = 1, Logprobs = 0 },
        };

        InferenceResult plain = await engine.Backend.CompleteAsync(request, TestContext.Current.CancellationToken);
        InferenceResult penalised = await engine.Backend.CompleteAsync(
            request with { Sampling = request.Sampling with { RepetitionPenalty = 2 } },
                TestContext.Current.CancellationToken);
        InferenceResult presence = await engine.Backend.CompleteAsync(
            request with { Sampling = request.Sampling with { PresencePenalty = 2, FrequencyPenalty = 2 } },
            TestContext.Current.CancellationToken);

        Assert.Equal(plain.TokenIds, presence.TokenIds);
        Assert.NotEqual(plain.TokenIds, penalised.TokenIds);
    }

    [Fact]
    public async Task Logprobs_are_those_of_the_model_best_first()
    {
        InferenceResult answer = await AskAsync(Requests.Greedy with { Logprobs = 5 });
        InferenceResult bare = await AskAsync(Requests.Greedy with { Logprobs = 0, MinTokens = 3 });

        Assert.Equal(answer.TokenIds.Count, answer.Logprobs.Count);
        Assert.Equal(answer.TokenIds, answer.Logprobs.Select(entry => entry.TokenId!.Value));
        Assert.All(answer.Logprobs, entry =>
        {
            Assert.InRange(entry.Logprob, -20f, 0f);
            Assert.Equal(5, entry.Top.Count);
            Assert.Equal(entry.TokenId, entry.Top[0].TokenId);
            Assert.Equal(entry.Top.OrderByDescending(top => top.Logprob), entry.Top);
            Assert.InRange(entry.Top.Sum(top => Math.Exp(top.Logprob)), 0.0, 1.0001);
        });
        Assert.Equal(First.English, string.Concat(answer.Logprobs.SkipLast(1).Select(entry => entry.Token)));
        Assert.Empty(bare.Logprobs[0].Top);
        Assert.Equal(answer.Logprobs[0].Logprob, bare.Logprobs[0].Logprob, 1e-4f);
    }

    private Task<InferenceResult> AskAsync(SamplingOptions sampling) => engine.Backend.CompleteAsync(
        Requests.Ask(First) with { Sampling = sampling }, TestContext.Current.CancellationToken);
}
