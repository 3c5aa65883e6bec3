using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>Every question that the embedded model knows, word for word and id for id.</summary>
public sealed class AnswerTests(TinyEngine engine)
{
    private const OutputParts Everything = OutputParts.Text | OutputParts.TokenIds | OutputParts.PromptTokenIds;

    [Theory]
    [InlineData(TinyEngine.Q8, null, true)]
    [InlineData(TinyEngine.Q8, null, false)]
    [InlineData(TinyEngine.Q8, TinyEngine.German, true)]
    [InlineData(TinyEngine.F16, null, true)]
    [InlineData(TinyEngine.F16, TinyEngine.German, true)]
    public async Task Question_gets_its_answer(string model, string? adapter, bool stream)
    {
        foreach (Question question in Question.All)
        {
            InferenceResult answer = await engine.Backend.CompleteAsync(
                Requests.Ask(question) with { Model = model, Adapter = adapter, Stream = stream, Output = Everything },
                TestContext.Current.CancellationToken);

            Assert.Equal(adapter is null ? question.English : question.German, answer.Text);
            Assert.Equal(adapter is null ? question.EnglishIds : question.GermanIds, answer.TokenIds);
            Assert.Equal(question.PromptTokenIds, answer.Start.PromptTokenIds.ToArray());
            Assert.Equal(model, answer.Start.Model);
            Assert.Null(answer.Start.Seed);
            Assert.Equal(FinishReason.Stop, answer.End.Reason);
            Assert.Null(answer.End.StopString);
            Assert.Null(answer.End.StopTokenId);
            Assert.Equal(
                new TokenUsage(question.PromptTokenIds.Length, 0, answer.TokenIds.Count), answer.End.Usage);
        }
    }

    [Fact]
    public async Task Text_prompt_and_token_prompt_give_what_the_chat_gives()
    {
        Question question = Question.First;
        Prompt text = new TextPrompt($"<|im_start|>user\n{question.Text}<|im_end|>\n<|im_start|>assistant\n");

        foreach (Prompt prompt in (Prompt[])[text, new TokenPrompt(question.PromptTokenIds)])
        {
            InferenceResult answer = await engine.Backend.CompleteAsync(
                Requests.Ask(question) with { Prompt = prompt, Output = Everything },
                    TestContext.Current.CancellationToken);

            Assert.Equal(question.PromptTokenIds, answer.Start.PromptTokenIds.ToArray());
            Assert.Equal(question.EnglishIds, answer.TokenIds);
        }
    }

    [Fact]
    public async Task Caller_is_given_no_more_than_was_asked_for()
    {
        InferenceResult text = await engine.Backend.CompleteAsync(
            Requests.Ask(Question.First) with { Output = OutputParts.Text }, TestContext.Current.CancellationToken);
        InferenceResult ids = await engine.Backend.CompleteAsync(
            Requests.Ask(Question.First) with { Output = OutputParts.TokenIds }, TestContext.Current.CancellationToken);
        InferenceResult nothing = await engine.Backend.CompleteAsync(
            Requests.Ask(Question.First) with { Output = OutputParts.None }, TestContext.Current.CancellationToken);

        Assert.Equal((Question.First.English, 0), (text.Text, text.TokenIds.Count));
        Assert.Equal(("", Question.First.EnglishIds.Length), (ids.Text, ids.TokenIds.Count));
        Assert.Equal(("", 0), (nothing.Text, nothing.TokenIds.Count));
        Assert.Equal(Question.First.EnglishIds.Length, nothing.End.Usage.CompletionTokens);
        Assert.True(text.Start.PromptTokenIds.IsEmpty);
    }

    [Fact]
    public async Task Final_message_is_continued()
    {
        Question question = Question.First;
        ChatPrompt chat = new(
            [new PromptMessage("user", question.Text), new PromptMessage("assistant", question.English[..22])])
        {
            ContinueFinalMessage = true,
            AddGenerationPrompt = false,
        };

        InferenceResult answer = await engine.Backend.CompleteAsync(
            Requests.Ask(question) with { Prompt = chat }, TestContext.Current.CancellationToken);

        Assert.Equal(question.English, question.English[..22] + answer.Text);
    }

    [Fact]
    public async Task Many_requests_at_once_get_their_own_answers()
    {
        Task<InferenceResult>[] answers = [.. Question.All.Select((question, i) => engine.Backend.CompleteAsync(
            Requests.Ask(question) with { Adapter = i % 2 == 0 ? null : TinyEngine.German },
            TestContext.Current.CancellationToken))];

        InferenceResult[] results = await Task.WhenAll(answers);

        Assert.Equal(
            Question.All.Select((question, i) => i % 2 == 0 ? question.English : question.German),
            results.Select(result => result.Text));
    }
}
