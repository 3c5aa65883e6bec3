using ThemisBridge.NativeFallback.Internal.Prompts;

namespace ThemisBridge.NativeFallback.Tests.Internal.Prompts;

public sealed class ChatMlTemplateTests
{
    private const string Loop =
        @"{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}";

    private const string Generation = @"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    [Theory]
    [InlineData(Loop + Generation)]
    [InlineData(Loop + Generation + "\n")]
    [InlineData(
        @"{% for message in messages %}{{'<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n'}}{% endfor %}" + Generation)]
    [InlineData(
        @"{% for message in messages %}{{ ""<|im_start|>"" + message[""role""] + ""\n"" + message[""content""] + ""<|im_end|>\n"" }}{% endfor %}" + Generation)]
    [InlineData("{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}" + Loop
        + Generation)]
    [InlineData(
        "{%- for message in messages -%}\n  {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}\n{%- endfor -%}\n{%- if add_generation_prompt -%}\n  {{- '<|im_start|>assistant\\n' -}}\n{%- endif -%}")]
    [InlineData(
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")]
    [InlineData(
        "{%  for message in messages  %}\n{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}\n" + Generation)]
    public void Plain_template_is_recognised_however_it_is_written(string template) =>
        Assert.True(ChatMlTemplate.IsPlain(template));

    [Theory]
    [InlineData("")]
    [InlineData(Loop)]
    [InlineData(Generation)]
    [InlineData(Loop + Generation + "x")]
    [InlineData("x" + Loop + Generation)]
    [InlineData(Loop + "  " + Generation)]
    [InlineData("{# note #}" + Loop + Generation)]
    [InlineData("{{ bos_token }}" + Loop + Generation)]
    [InlineData(
        @"{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] | trim + '<|im_end|>' + '\n' }}{% endfor %}" + Generation)]
    [InlineData(
        @"{% for message in messages %}{{ '<|im_start|>' + message['content'] + '\n' + message['role'] + '<|im_end|>' + '\n' }}{% endfor %}" + Generation)]
    [InlineData(
        @"{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' }}{% endfor %}" + Generation)]
    [InlineData(
        @"{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" + Generation)]
    [InlineData(
        @"{% for message in messages[1:] %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}" + Generation)]
    [InlineData(Loop + @"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}")]
    [InlineData(@"{% for message in messages %}{{ '<|im_start|>\' + message['role'] }}{% endfor %}" + Generation)]
    [InlineData("{% for message in messages %}{{ '<|im_start|>")]
    [InlineData("{% for message in messages %}{{ +'<|im_start|>' }}{% endfor %}")]
    [InlineData("{")]
    [InlineData("{{")]
    [InlineData("{{}}")]
    [InlineData("{%")]
    public void Template_that_does_anything_else_is_not(string template) =>
        Assert.False(ChatMlTemplate.IsPlain(template));

    [Fact]
    public void Message_marks_in_the_template_itself_are_not_taken_for_the_message()
    {
        Assert.False(ChatMlTemplate.IsPlain(
            "{% for message in messages %}<|im_start|>\u0001\n\u0002<|im_end|>\n{% endfor %}" + Generation));
    }

    [Fact]
    public void No_mutation_crashes_the_reader()
    {
        string template = Loop + Generation;
        Random random = new(9);
        for (int round = 0; round < 50_000; round++)
        {
            char[] mutated = template.ToCharArray();
            for (int i = random.Next(1, 5); i > 0; i--)
            {
                mutated[random.Next(mutated.Length)] = "{}%#'\"\\+- nx["[random.Next(13)];
            }

            string text = new(mutated);
            if (ChatMlTemplate.IsPlain(text[..random.Next(text.Length + 1)]))
            {
                // Blanks and quotes may change without changing what is printed.
                Assert.Equal(
                    template.Replace(" ", "", StringComparison.Ordinal).Replace('"', '\''),
                    text.Replace(" ", "", StringComparison.Ordinal).Replace('"', '\''));
            }
        }
    }
}
