using System.Text;
using System.Text.Json;
using ThemisBridge.Transports.Http.Answers;

namespace ThemisBridge.Transports.Http.Tests.Answers;

public class AnswerParserTests
{
    private const string Head = "{\"id\":\"i\",\"model\":\"m\",\"choices\":[";
    private readonly AnswerEvent _event =
        new(AnswerParts.Text | AnswerParts.TokenIds | AnswerParts.PromptTokenIds | AnswerParts.Logprobs);

    [Theory]
    [InlineData("{\"index\":0,\"text\":\"b\",\"token_ids\":[2]}]}", "b", "2", null)]
    [InlineData("{\"index\":0,\"text\":\"b\",\"token_ids\":[2]}],\"usage\":{\"prompt_tokens\":5}}", "b", "2", 5)]
    [InlineData("{\"index\":0,\"text\":\"b\",\"token_ids\":[2]} ] }", "b", "2", null)]
    [InlineData("{\"index\":0}]}", null, "", null)]
    [InlineData("],\"usage\":{\"prompt_tokens\":5}}", null, "", 5)]
    [InlineData("]}", null, "", null)]
    public void Event_that_begins_like_the_one_before_is_read_in_full(
        string rest, string? text, string ids, int? promptTokens)
    {
        Parse(Head + "{\"index\":0,\"text\":\"a\",\"token_ids\":[1]}]}");
        Parse(Head + rest);

        Assert.Equal(text, _event.Text);
        Assert.Equal(ids, string.Join(',', _event.TokenIds.Memory.ToArray()));
        Assert.Equal(promptTokens, _event.Usage?.PromptTokens);
        Assert.Equal(("i", "m"), (_event.Id, _event.Model));
    }

    [Theory]
    [InlineData("{\"index\":0},{\"index\":1}]}")]
    [InlineData("{\"index\":1}]}")]
    [InlineData("{\"index\":0}]}}")]
    [InlineData("{\"index\":0}")]
    [InlineData("{\"index\":0}]")]
    [InlineData("{\"index\":0,\"token_ids\":[-1]}]}")]
    [InlineData("{\"index\":0,\"token_ids\":[2147483648]}]}")]
    [InlineData("{\"index\":0,\"token_ids\":\"1\"}]}")]
    [InlineData("{\"index\":0,\"text\":7}]}")]
    [InlineData("{\"index\":0,\"delta\":[]}]}")]
    [InlineData("{\"index\":0,\"delta\":{\"tool_calls\":{}}}]}")]
    [InlineData("{\"index\":0,\"delta\":{\"tool_calls\":[7]}}]}")]
    [InlineData("{\"index\":0,\"finish_reason\":7}]}")]
    [InlineData("{\"index\":0,\"logprobs\":7}]}")]
    [InlineData("{\"index\":0,\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[]}}]}")]
    [InlineData("7]}")]
    [InlineData("")]
    public void Event_that_is_no_answer_is_refused_first_or_later(string rest)
    {
        Assert.ThrowsAny<JsonException>(() => Parse(Head + rest));
        Parse(Head + "{\"index\":0,\"text\":\"a\"}]}");
        Assert.ThrowsAny<JsonException>(() => Parse(Head + rest));
    }

    [Fact]
    public void Invalid_utf8_in_text_is_refused()
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes(Head + "{\"text\":\""), 0xC3, 0x28, .. "\"}]}"u8];

        Assert.ThrowsAny<JsonException>(() => AnswerParser.Parse(bytes, _event));
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        Assert.ThrowsAny<JsonException>(() => Parse("{\"a\":" + new string('[', 100_000)));
    }

    [Fact]
    public void Escaped_names_are_read_like_plain_ones()
    {
        Parse("{\"\\u0063hoices\":[{\"\\u0074ext\":\"a\\u00e4\"}]}");

        Assert.Equal("aä", _event.Text);
    }

    [Fact]
    public void Parts_that_nobody_asked_for_are_not_made()
    {
        var answer = new AnswerEvent(AnswerParts.None);
        AnswerParser.Parse(
            """{"prompt_token_ids":[1],"choices":[{"text":"a","token_ids":[1],"logprobs":{"tokens":["a"]}}]}"""u8, answer);

        Assert.Equal((null, true), (answer.Text, answer.HasText));
        Assert.Equal((0, 0), (answer.TokenIds.Count, answer.PromptTokenIds.Count));
        Assert.Null(answer.Logprobs);
    }

    [Theory]
    [InlineData("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":500}}", 500, "m", "t", "p")]
    [InlineData("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":\"429\"}}", 429, "m", "t", null)]
    [InlineData("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":\"gone\"}}", null, "m", "gone", null)]
    [InlineData("{\"error\":\"Unauthorized\"}", null, "Unauthorized", null, null)]
    [InlineData("{\"error\":{\"message\":7,\"code\":{}}}", null, "", null, null)]
    public void Error_in_place_of_an_answer_is_read(
        string json, int? status, string message, string? type, string? param)
    {
        Parse(json);

        Assert.Equal((status, message, type, param),
            (_event.Error!.Status, _event.Error.Message, _event.Error.Type, _event.Error.Param));
    }

    private void Parse(string json) => AnswerParser.Parse(Encoding.UTF8.GetBytes(json), _event);
}
