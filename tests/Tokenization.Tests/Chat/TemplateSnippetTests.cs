using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Library;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Chat.Jinja.Values;
using ThemisBridge.Tokenization.Tests.Oracles;

namespace ThemisBridge.Tokenization.Tests.Chat;

/// <summary>Every construct against Jinja itself: the same text, or both refuse.</summary>
public sealed class TemplateSnippetTests(JinjaOracle oracle) : IClassFixture<JinjaOracle>
{
    private static readonly JsonNode Data = TestData.Json("template-snippets.json");

    public static TheoryData<string> Snippets => [.. Data["templates"].Deserialize<string[]>()!];

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task Snippet_renders_as_in_jinja(string template)
    {
        var (expected, error) = await oracle.RenderAsync(template, Data["variables"]!.AsObject());
        string? actual = null;
        string? failure = null;
        try
        {
            actual = Render(template);
        }
        catch (BridgeException exception)
        {
            failure = exception.Message;
        }

        Assert.True(expected == actual, $"{template}\nexpected {error ?? expected}\nfound    {failure ?? actual}");
    }

    private static string Render(string template)
    {
        using var variables = JsonDocument.Parse(Data["variables"]!.ToJsonString());
        var values = variables.RootElement.EnumerateObject()
            .Select(member => KeyValuePair.Create(member.Name, JsonText.Read(member.Value, budget: null)));
        return new TemplateRun(new FakeTimeProvider(JinjaOracle.Now))
            .Render(TemplateParser.Parse(template, JinjaLibrary.Instance), values).Value;
    }
}
