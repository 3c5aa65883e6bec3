using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat;

namespace ThemisBridge.Tokenization.Tests.Chat;

/// <summary>Templates that raise, loop or grow without end: one clear error, in bounded time and memory.</summary>
public sealed class HostileTemplateTests
{
    private const string Nest = "{% set ns = namespace(x=[], y=[]) %}{% for i in range(9999) %}"
        + "{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}";

    private const string Grow = "{% set ns = namespace(s='a') %}{% for i in range(30) %}";

    private static readonly Dictionary<string, string> NoTokens = [];

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for a in range(100001) %}{% endfor %}")]
    [InlineData("{{ 'x' * 99999999999 }}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 1000 }}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData(Nest + "{{ ns.x }}")]
    [InlineData(Nest + "{{ ns.x|tojson }}")]
    [InlineData(Nest + "{{ ns.x == ns.y }}")]
    [InlineData(Nest + "{{ ns.x < ns.y }}")]
    [InlineData(Grow + "{% set ns.s = ns.s|replace('a', 'aaaaaaaaaa') %}{% endfor %}")]
    [InlineData("{{ range(99999)|join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 1000) }}")]
    public void A_template_without_end_is_stopped(string source)
    {
        var template = ChatTemplate.Parse(source);
        var before = GC.GetTotalAllocatedBytes();
        var failure = Assert.Throws<BridgeException>(() => Render(template));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 6L << 30);
    }

    [Fact]
    public void Nesting_without_end_is_refused_by_the_parser()
    {
        string[] sources =
        [
            "{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}",
            "{{ " + new string('[', 5000),
            "{{ " + string.Concat(Enumerable.Repeat("not ", 5000)) + "1 }}",
            "{{ " + new string('-', 5000) + "1 }}",
            "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 5000)) + " }}",
            "{{ a" + string.Concat(Enumerable.Repeat(".b", 5000)) + " }}",
            "{{ a" + string.Concat(Enumerable.Repeat("|trim", 5000)) + " }}",
            "{{ " + string.Concat(Enumerable.Repeat("1 if 1 else ", 5000)) + "1 }}",
            string.Concat(Enumerable.Repeat("{% if a %}", 5000)),
            "{% set " + new string('(', 5000),
        ];
        foreach (var source in sources)
        {
            var failure = Assert.Throws<BridgeException>(() => ChatTemplate.Parse(source));
            Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        }

        Assert.Throws<BridgeException>(() => ChatTemplate.Parse(new string('x', (1024 * 1024) + 1)));
    }

    [Fact]
    public void A_template_that_raises_says_why_but_not_what_the_user_wrote()
    {
        var template = ChatTemplate.Parse("{{ raise_exception('Roles, not ' ~ messages[0].content ~ '!') }}");
        var failure = Assert.Throws<BridgeException>(() => Render(template));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains("it says: Roles, not …!", failure.Message, StringComparison.Ordinal);
        Assert.Equal("messages", failure.Parameter);
    }

    [Theory]
    [InlineData("{{ nope.x }}", "'nope' is undefined")]
    [InlineData("{{ messages[0].content + 1 }}", "'+' between text and a whole number")]
    [InlineData("{{ messages() }}", "'messages' is a list and cannot be called")]
    public void A_template_that_fails_says_why(string source, string says)
    {
        var failure = Assert.Throws<BridgeException>(() => Render(ChatTemplate.Parse(source)));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n{{ x|nope }}", "line 2: there is no filter 'nope'")]
    [InlineData("{% include 'x' %}", "the statement 'include' is not supported")]
    [InlineData("{% for a in b recursive %}{% endfor %}", "recursive loops are not supported")]
    [InlineData("\n\n{% if x %}", "line 3: 'endif' is missing")]
    [InlineData("{{ x", "a tag without its end")]
    public void A_broken_template_is_refused_with_the_line(string source, string says)
    {
        var failure = Assert.Throws<BridgeException>(() => ChatTemplate.Parse(source));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Conversations_that_cannot_be_are_refused_by_name()
    {
        var template = ChatTemplate.Parse("{{ messages[0].content }}");
        var message = new PromptMessage("user", "x");
        Refused("messages", new ChatPrompt([]));
        Refused("continue_final_message", new ChatPrompt([message]) { ContinueFinalMessage = true });
        Refused("content", new ChatPrompt([new PromptMessage("user", "\uD800")]));
        Refused("role", new ChatPrompt([new PromptMessage("\uDC00", "x")]));
        Refused("tools", new ChatPrompt([message]) { Tools = [new ToolDefinition("f", null, "no json")] });
        Refused("tools", new ChatPrompt([message]) { Tools = [new ToolDefinition("f", null, "{\"a\":\"\\ud800\"}")] });
        Refused("tools", new ChatPrompt([message]) { Tools = [new ToolDefinition("f", null, new string('[', 100))] });

        void Refused(string parameter, ChatPrompt prompt)
        {
            var failure = Assert.Throws<BridgeException>(() => template.Render(prompt, NoTokens, TimeProvider.System));
            Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
            Assert.Equal(parameter, failure.Parameter);
        }
    }

    private static void Render(ChatTemplate template) => template.Render(
        new ChatPrompt([new PromptMessage("user", "secret")]), NoTokens, TimeProvider.System);
}
