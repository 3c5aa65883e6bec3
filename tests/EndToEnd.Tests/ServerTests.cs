using System.ClientModel;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using OpenAI.Chat;
using ThemisBridge.Core.Contracts;
using ThemisBridge.EndToEnd.Tests.Doubles;

namespace ThemisBridge.EndToEnd.Tests;

/// <summary>All questions through the server: bare HTTP, bridge to bridge, OpenAI's own clients.</summary>
public sealed class ServerTests(TinyBridge tiny) : IClassFixture<TinyBridge>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TinyModel.Name)]
    [InlineData(TinyModel.Adapter)]
    public async Task Chat_completions_answer_every_question_plain_and_streamed(string model)
    {
        using HttpClient http = tiny.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        foreach (Expected expected in TinyModel.Questions)
        {
            string answer = expected.Answer(model == TinyModel.Adapter);

            Assert.Equal(answer, await PlainAsync(http, model, expected.Question));
            Assert.Equal(answer, await StreamedAsync(http, model, expected.Question));
        }
    }

    [Fact]
    public async Task Bridge_to_bridge_answers_every_question_with_exact_text_and_ids()
    {
        await using ServiceProvider remote = tiny.Remote();
        IThemisBridge bridge = remote.GetRequiredService<IThemisBridge>();
        foreach (Expected expected in TinyModel.Questions)
        {
            foreach (bool stream in (bool[])[true, false])
            {
                var answer = new AnswerBuilder();
                await foreach (InferenceChunk chunk in bridge.GenerateAsync(
                    LibraryTests.Request(expected, german: false) with { Stream = stream }, Token))
                {
                    answer.Add(chunk);
                }

                InferenceResult result = answer.Build("remote");
                Assert.Equal((expected.English, "remote", "http"),
                    (result.Text, result.Start.Engine, result.Start.Transport));
                Assert.Equal(expected.EnglishIds, result.TokenIds);
                Assert.Equal(expected.PromptTokenIds, result.Start.PromptTokenIds.ToArray());
                Assert.Equal(expected.EnglishIds.Length, result.End.Usage.CompletionTokens);
            }
        }
    }

    [Fact]
    public async Task OpenAis_dotnet_client_is_served_plain_and_streamed()
    {
        var client =
            new ChatClient(TinyModel.Name, new ApiKeyCredential("none"),
            new OpenAIClientOptions { Endpoint = new Uri(tiny.Address, "/v1") });
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 100 };
        Expected expected = TinyModel.Questions[0];

        ChatCompletion whole =
            await client.CompleteChatAsync([ChatMessage.CreateUserMessage(expected.Question)], options, Token);
        var streamed = new StringBuilder();
        ChatFinishReason? reason = null;
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(
            [ChatMessage.CreateUserMessage(expected.Question)], options, Token))
        {
            streamed.Append(string.Concat(update.ContentUpdate.Select(part => part.Text)));
            reason ??= update.FinishReason;
        }

        Assert.Equal((expected.English, expected.English), (whole.Content[0].Text, streamed.ToString()));
        Assert.Equal((ChatFinishReason.Stop, ChatFinishReason.Stop), (whole.FinishReason, reason));
        Assert.Equal(expected.EnglishIds.Length, whole.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task OpenAis_dotnet_client_understands_an_error()
    {
        var client =
            new ChatClient("none", new ApiKeyCredential("none"),
            new OpenAIClientOptions { Endpoint = new Uri(tiny.Address, "/v1") });

        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() =>
            client.CompleteChatAsync([ChatMessage.CreateUserMessage("x")], null, Token));

        Assert.Equal(404, error.Status);
        Assert.Contains("no route", error.Message, StringComparison.Ordinal);
    }

    private async Task<string?> PlainAsync(HttpClient http, string model, string question)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            new Uri(tiny.Address, "/v1/chat/completions"), Body(model, question, stream: false), Token);
        JsonElement body = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        return body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
    }

    private async Task<string> StreamedAsync(HttpClient http, string model, string question)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            new Uri(tiny.Address, "/v1/chat/completions"), Body(model, question, stream: true), Token);
        string text = await response.Content.ReadAsStringAsync(Token);
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return string.Concat(events.SkipLast(1).Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement
            .GetProperty("choices")[0].GetProperty("delta")).Select(delta =>
                delta.TryGetProperty("content", out JsonElement content) ? content.GetString() : ""));
    }

    private static object Body(string model, string question, bool stream) => new
    {
        model,
        messages = new[] { new { role = "user", content = question } },
        temperature = 0,
        stream,
    };
}
