using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat.Jinja;
using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;
using ThemisBridge.Tokenization.Chat.Jinja.Library;
using ThemisBridge.Tokenization.Chat.Jinja.Syntax;
using ThemisBridge.Tokenization.Text;

namespace ThemisBridge.Tokenization.Chat;

/// <summary>
/// A model's chat template: Jinja as transformers sets it up. Immutable and safe for any number of threads. A rendering
/// is bounded in steps, memory and output, whatever the template does.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>
    /// transformers' own mark for the end of a message that is to be continued; templates look for it.
    /// </summary>
    private const string ContinueTag = "CONTINUE_FINAL_MESSAGE_TAG ";

    private readonly IReadOnlyList<Statement> _body;
    private readonly bool _mentionsContent;
    private readonly ContentFormat _contentFormat;

    private ChatTemplate(string source)
    {
        var half = LoneSurrogates.Find(source);
        if (half >= 0)
        {
            var line = source.AsSpan(0, half).Count('\n') + 1;
            throw TemplateFault.Syntax(line, "half a UTF-16 pair, which is no character");
        }

        _body = TemplateParser.Parse(source, JinjaLibrary.Instance);
        _mentionsContent = source.Contains("content", StringComparison.Ordinal);
        _contentFormat = ContentFormatFinder.Find(_body);
    }

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template, at most 1,048,576 UTF-16 units.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>: it is broken, or uses something
    /// that is not supported; the message says what and in which line.</exception>
    public static ChatTemplate Parse(string source) => new(source);

    /// <summary>The prompt that a conversation becomes.</summary>
    /// <param name="prompt">The conversation.</param>
    /// <param name="specialTokens">The special tokens by the names that templates know, such as
    /// <c>bos_token</c>.</param>
    /// <param name="clock">Tells the time where a template asks for it; in its local time zone.</param>
    /// <returns>The prompt, in which only what the template wrote is trusted.</returns>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>: the template refuses the
    /// conversation or fails on it. <see cref="BridgeFailure.LimitExceeded"/>: it takes more steps or memory than it
    /// may.</exception>
    public TracedText Render(ChatPrompt prompt, IReadOnlyDictionary<string, string> specialTokens, TimeProvider clock)
    {
        Check(prompt);
        var ending = prompt.ContinueFinalMessage ? TracedText.Trusted(ContinueTag) : TracedText.Empty;
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = ConversationValues.Messages(prompt.Messages, _contentFormat, ending),
            ["tools"] = ConversationValues.Tools(prompt.Tools),
            ["documents"] = null,
            ["add_generation_prompt"] = prompt.AddGenerationPrompt,
        };
        foreach (var (name, token) in specialTokens)
        {
            LoneSurrogates.Refuse(token, name);
            variables[name] = TracedText.Trusted(token);
        }

        var run = new TemplateRun(clock);
        var rendered = run.Render(_body, variables);
        return prompt.ContinueFinalMessage ? CutAtTag(rendered, prompt.Messages[^1].Content, run.Budget) : rendered;
    }

    private void Check(ChatPrompt prompt)
    {
        if (prompt.Messages.Count == 0)
        {
            throw Refusal.InvalidRequest("messages", "A conversation needs at least one message.");
        }

        if (prompt is { ContinueFinalMessage: true, AddGenerationPrompt: true })
        {
            throw Refusal.InvalidRequest("continue_final_message",
                "A final message cannot be continued and answered at once. Set add_generation_prompt to false.");
        }

        if (prompt.ContinueFinalMessage && !_mentionsContent)
        {
            throw Refusal.InvalidRequest(
                "continue_final_message", "The model's chat template shows no content, so none can be continued.");
        }
    }

    /// <summary>
    /// Ends the prompt where the tag stands, with or without the space that a template may have trimmed.
    /// </summary>
    private static TracedText CutAtTag(TracedText rendered, string content, RenderBudget budget)
    {
        var value = rendered.Value;
        var tag = ContinueTag.TrimEnd();
        var at = value.LastIndexOf(tag, StringComparison.Ordinal);
        while (at >= 0 && !rendered.IsTrusted(at, tag.Length))
        {
            at = value.AsSpan(0, at).LastIndexOf(tag);
        }

        budget.Search(value.Length, content.Length);
        if (at < 0 || !value.Contains(content.Trim(PythonSpace.All), StringComparison.Ordinal))
        {
            throw TemplateFault.Run("it leaves out or changes the final message, so that cannot be continued");
        }

        var isWhole = string.CompareOrdinal(value, at, ContinueTag, 0, ContinueTag.Length) == 0;
        var cut = rendered.Slice(0, at);
        return isWhole ? cut : TextEdit.Strip(cut, null, left: false, right: true, budget);
    }
}
