using System.Globalization;
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

    /// <summary>Two lists that hold the one before twice: few objects, and 2^60 items for whoever walks them.</summary>
    private const string Double = "{% set ns = namespace(x=[1], y=[1], t=(1,), u=(1,)) %}{% for i in range(60) %}"
        + "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}"
        + "{% set ns.t = (ns.t, ns.t) %}{% set ns.u = (ns.u, ns.u) %}{% endfor %}";

    /// <summary>A text of 16 million characters.</summary>
    private const string Long = "{% set s = 'abcdefghijklmnop' * 1048576 %}";

    private const string Keep = "{% set l = [] %}{% for i in range(9999) %}{% set _ = l.append(";

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
    [InlineData(Double + "{{ ns.x }}")]
    [InlineData(Double + "{{ ns.x|tojson }}")]
    [InlineData(Double + "{{ ns.x ~ '' }}")]
    [InlineData(Double + "{{ '%s' % ns.x }}")]
    [InlineData(Double + "{{ '{}'.format(ns.x) }}")]
    [InlineData(Double + "{{ [ns.x]|join }}")]
    [InlineData(Double + "{{ ns.x|string|length }}")]
    [InlineData(Double + "{{ ns.x == ns.y }}")]
    [InlineData(Double + "{{ ns.x < ns.y }}")]
    [InlineData(Double + "{{ ns.x in [ns.y] }}")]
    [InlineData(Double + "{{ ns.x is eq(ns.y) }}")]
    [InlineData(Double + "{{ [ns.y].index(ns.x) }}")]
    [InlineData(Double + "{{ [ns.y].count(ns.x) }}")]
    [InlineData(Double + "{{ {ns.t: 1}[ns.u] }}")]
    [InlineData(Double + "{{ [ns.t, ns.u]|unique|list|length }}")]
    [InlineData(Double + "{{ [ns.x, ns.y]|sort|length }}")]
    [InlineData("{% set w = ' ' * 1000000 %}{% set l = [] %}"
        + "{% for i in range(200) %}{% set _ = l.append([[[[i]]]]) %}{% endfor %}{{ l|tojson(indent=w) }}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ 'zz' in s }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s.find('zz') }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s.count('zz') }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s[-1] }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s|length }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s.isalpha() }}{% endfor %}")]
    [InlineData(Long + "{% for i in range(99999) %}{{ s == s ~ '' }}{% endfor %}")]
    [InlineData(Long + "{% set d = {s: 1} %}{% for i in range(99999) %}{{ d[s] }}{% endfor %}")]
    [InlineData(Long + Keep + "s.strip('a')) %}{% endfor %}")]
    [InlineData(Long + Keep + "s|trim('a')) %}{% endfor %}")]
    [InlineData(Long + Keep + "s.removeprefix('a')) %}{% endfor %}")]
    [InlineData(Long + Keep + "s.removesuffix('p')) %}{% endfor %}")]
    [InlineData("{{ strftime_now('%A' * 9999999) }}")]
    [InlineData("{{ ('[' ~ '[],' * 6000000 ~ '1]')|from_json|length }}")]
    [InlineData("{{ (',' * 99999999).split(',')|length }}")]
    public void A_template_without_end_is_stopped(string source)
    {
        var template = ChatTemplate.Parse(source);
        var before = GC.GetTotalAllocatedBytes();
        var failure = Assert.Throws<BridgeException>(() => Render(template));
        Assert.Equal(BridgeFailure.LimitExceeded, failure.Failure);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 6L << 30);
    }

    /// <summary>Fifty thousand names for messages, and as many loops over them: found in one pass.</summary>
    [Fact]
    public async Task A_template_of_aliases_is_read_in_time()
    {
        var source = new System.Text.StringBuilder();
        for (var i = 0; i < 25_000; i++)
        {
            source.Append(CultureInfo.InvariantCulture, $"{{% set a{i} = messages %}}");
        }

        for (var i = 0; i < 8_000; i++)
        {
            source.Append(CultureInfo.InvariantCulture, $"{{% for b{i} in a{i} %}}{{% endfor %}}");
        }

        var parsing = Task.Run(() => ChatTemplate.Parse(source.ToString()), TestContext.Current.CancellationToken);
        await parsing.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Half_a_pair_in_a_template_is_refused_with_the_line()
    {
        var failure = Assert.Throws<BridgeException>(() => ChatTemplate.Parse("a\nb\uD800c"));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.Contains("line 2: half a UTF-16 pair", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ '\"\\\\ud800\"'|from_json }}", "'from_json' of what is no JSON")]
    [InlineData("{{ ('1' * 4301)|from_json }}", "a JSON number of more than 4300 digits")]
    public void Broken_json_is_refused(string source, string says)
    {
        var failure = Assert.Throws<BridgeException>(() => Render(ChatTemplate.Parse(source)));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_millions_of_digits_in_a_tool_is_refused()
    {
        var tool = new ToolDefinition("f", null, $"{{\"n\":{new string('1', 4_000_000)}}}");
        var failure = Assert.Throws<BridgeException>(() => ChatTemplate.Parse("{{ tools }}").Render(
            new ChatPrompt([new PromptMessage("user", "x")]) { Tools = [tool] }, NoTokens, TimeProvider.System));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains("4300 digits", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Every character that JSON escapes, a million times: one pass, not one per character.</summary>
    [Fact]
    public async Task Text_full_of_escapes_becomes_json_in_time()
    {
        var text = new string('\n', 500_000) + new string('"', 500_000);
        var prompt = new ChatPrompt([new PromptMessage("user", text)]);
        var template = ChatTemplate.Parse("{{ messages[0].content|tojson }}");
        var rendering = Task.Run(
            () => template.Render(prompt, NoTokens, TimeProvider.System), TestContext.Current.CancellationToken);
        var rendered = await rendering.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal((2 * text.Length) + 2, rendered.Length);
    }

    [Theory]
    [InlineData("{{ [1, 2, 3][1::9223372036854775807] }}", "[2]")]
    [InlineData("{{ [1, 2, 3][::-9223372036854775807] }}", "[3]")]
    [InlineData("{{ (-9223372036854775807 - 1) is divisibleby(-1) }}", "True")]
    [InlineData("{{ range(9223372036854775805, 9223372036854775807, 9) | list }}", "[9223372036854775805]")]
    [InlineData("{{ 'x\U0001F600'.strip('\U0001F601') }}", "x\U0001F600")]
    [InlineData("{{ 'x\U0001F600'.strip('\U0001F600') }}", "x")]
    public void Extremes_are_as_in_python(string source, string expected) =>
        Assert.Equal(expected, Rendered(ChatTemplate.Parse(source)).Value);

    /// <summary>What the conversation calls itself stays out of messages, however the template looks it up.</summary>
    [Theory]
    [InlineData("{{ messages[0][messages[0].content].x }}")]
    [InlineData("{{ messages[messages[0].content].x }}")]
    [InlineData("{{ (messages|map(attribute=messages[0].content)|list)[0].x }}")]
    public void A_key_of_the_conversation_is_not_in_the_message(string source)
    {
        var failure = Assert.Throws<BridgeException>(() => Render(ChatTemplate.Parse(source)));
        Assert.Contains("'a key' is undefined", failure.Message, StringComparison.Ordinal);
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

    /// <summary>
    /// The user spells the mark at the very start, and the template leaves the continued message out.
    /// </summary>
    [Fact]
    public void A_mark_that_the_user_spells_ends_no_prompt()
    {
        var template = ChatTemplate.Parse("{{ messages[0].content }}");
        var prompt = new ChatPrompt(
            [new PromptMessage("user", "CONTINUE_FINAL_MESSAGE_TAG x"), new PromptMessage("assistant", "x")])
        { ContinueFinalMessage = true, AddGenerationPrompt = false };
        var failure = Assert.Throws<BridgeException>(() => template.Render(prompt, NoTokens, TimeProvider.System));
        Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
        Assert.Contains("leaves out or changes the final message", failure.Message, StringComparison.Ordinal);
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

    private static void Render(ChatTemplate template) => Rendered(template);

    private static Tokenization.Text.TracedText Rendered(ChatTemplate template) => template.Render(
        new ChatPrompt([new PromptMessage("user", "secret")]), NoTokens, TimeProvider.System);
}
