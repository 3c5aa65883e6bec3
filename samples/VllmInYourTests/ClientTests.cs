using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using ThemisBridge.Testing.Faults;
using ThemisBridge.Testing.Vllm;

namespace ThemisBridge.Samples.VllmInYourTests;

/// <summary>A program of anybody's that talks to vLLM, here through OpenAI's client, tested without vLLM.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task Program_is_answered_and_sees_the_engine_die()
    {
        await using VllmDouble vllm = VllmDouble.Start(ScriptedBackend.Saying("engine", "my-model", "Hello!"));
        ChatClient program = ProgramAt(vllm.Address);

        ChatCompletion answer = await program.CompleteChatAsync("Hi");
        Assert.Equal("Hello!", answer.Content[0].Text);

        await vllm.KillEngineAsync();
        var seen = await Assert.ThrowsAsync<ClientResultException>(() => program.CompleteChatAsync("Hi"));
        Assert.Equal(500, seen.Status);
    }

    private static ChatClient ProgramAt(Uri address) => new("my-model", new ApiKeyCredential("none"),
        new OpenAIClientOptions { Endpoint = new Uri(address, "/v1"), RetryPolicy = new ClientRetryPolicy(0) });
}
