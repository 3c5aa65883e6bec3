using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Core.Tests.Contracts;

public sealed class RequiredFeaturesTests
{
    private static readonly InferenceRequest Plain = new() { Model = "m", Prompt = new TextPrompt("hi") };

    [Fact]
    public void Of_plain_text_needs_generation_text_in_and_text_out() => Assert.Equal(
        BackendFeatures.Generate | BackendFeatures.TextPrompt | BackendFeatures.TextOutput, RequiredFeatures.Of(Plain));

    [Fact]
    public void Of_values_that_switch_an_option_off_need_nothing() =>
        Assert.Equal(RequiredFeatures.Of(Plain), RequiredFeatures.Of(Plain with { Sampling = SamplingDefaults.Table }));

    [Fact]
    public void Of_every_option_needs_its_own_bit()
    {
        BackendFeatures features = RequiredFeatures.Of(new InferenceRequest
        {
            Model = "m",
            Prompt = new ChatPrompt([new PromptMessage("user", "a")])
            {
                Tools = [new ToolDefinition("f", null, null)],
                AddGenerationPrompt = false,
                ContinueFinalMessage = true,
            },
            Output = OutputParts.TokenIds | OutputParts.PromptTokenIds,
            Adapter = "a",
            Priority = 1,
            Tenant = "t",
            CachePolicy = CachePolicy.Bypass,
            StructuredOutput = StructuredOutput.AnyJsonObject,
            Sampling = new SamplingOptions
            {
                StopTokenIds = [1],
                IgnoreEos = true,
                MinTokens = 1,
                TopK = 1,
                MinP = 0.1,
                Seed = 0,
                FrequencyPenalty = 1,
                RepetitionPenalty = 1.1,
                LogitBias = new Dictionary<int, float> { [1] = 1 },
                Logprobs = 0,
                IncludeStopInOutput = true,
                SkipSpecialTokens = false,
            },
        });

        Assert.Equal(
            "Generate, RendersChat, TokenIdOutput, PromptTokenIdOutput, StopTokenIds, IgnoreEos, MinTokens, TopK, MinP, "
            + "Seed, Penalties, RepetitionPenalty, LogitBias, Logprobs, IncludeStopInOutput, KeepSpecialTokens, JsonObject, "
            + "Tools, Adapters, Priority, CacheBypass, TenantIsolation, ContinueFinalMessage",
            features.ToString());
    }

    [Fact]
    public void Of_embedding_needs_embedding_and_its_kinds_of_input() => Assert.Equal(
        BackendFeatures.Embed | BackendFeatures.TextPrompt | BackendFeatures.TokenPrompt
            | BackendFeatures.EmbeddingDimensions,
        RequiredFeatures.Of(new EmbeddingRequest
        {
            Model = "m",
            Inputs = [new TextPrompt("a"), new TokenPrompt(new[] { 1 })],
            Dimensions = 8,
        }));
}
