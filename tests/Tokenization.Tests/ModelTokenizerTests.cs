using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Tokenization.Tests;

/// <summary>What a model folder, or a ZIP of one, says about text.</summary>
public sealed class ModelTokenizerTests
{
    private const string Bos = "<|im_start|>";
    private const string Eos = "<|im_end|>";
    private static readonly string Folder = Reference.Model("themis-tiny");
    private static readonly byte[] Tokenizer = File.ReadAllBytes(Path.Combine(Folder, "tokenizer.json"));
    private static readonly ChatPrompt Hi = new([new PromptMessage("user", "hi")]);

    [Fact]
    public async Task A_folder_and_a_zip_of_it_are_the_same()
    {
        var fromFolder = await LoadedTokenizers.GetAsync("themis-tiny");
        var files = new DirectoryInfo(Folder).EnumerateFiles("*.json");
        var zip = Zip([.. files.Select(file => (file.Name, File.ReadAllBytes(file.FullName)))]);
        var fromZip = ModelTokenizer.LoadZip(zip, TimeProvider.System);
        var chat = new ChatPrompt([new PromptMessage("user", "Größe?")]);
        Assert.Equal(fromFolder.Encode(chat), fromZip.Encode(chat));
        Assert.Equal([2, 0], fromFolder.EndTokenIds);
        Assert.Equal([2, 0], fromZip.EndTokenIds);
        Assert.Equal(Eos, fromZip.SpecialTokens["eos_token"]);
        Assert.True(fromZip.HasChatTemplate);
        Assert.Equal(SamplingOptions.Unset, fromZip.Defaults);
    }

    [Fact]
    public void The_generation_config_gives_defaults_and_end_tokens()
    {
        var tokenizer = Load(
            ("generation_config.json", """
                {"eos_token_id":0,"temperature":0.6,"top_p":0.95,"top_k":20,"min_p":0,"repetition_penalty":1.05,
                "max_new_tokens":512,"do_sample":true,"pad_token_id":0}
                """),
            ("tokenizer_config.json", """{"eos_token":{"content":"<|im_end|>","lstrip":false}}"""));
        Assert.Equal([2, 0], tokenizer.EndTokenIds);
        Assert.Equal(
            new SamplingOptions
            {
                Temperature = 0.6, TopP = 0.95, TopK = 20, MinP = 0, RepetitionPenalty = 1.05, MaxTokens = 512,
            },
            tokenizer.Defaults);
    }

    [Theory]
    [InlineData("""{"temperature":-1}""", "temperature")]
    [InlineData("""{"top_p":0}""", "top_p")]
    [InlineData("""{"top_k":1.5}""", "top_k")]
    [InlineData("""{"temperature":"hot"}""", "temperature")]
    [InlineData("""{"temperature":1e999}""", "temperature")]
    [InlineData("""{"eos_token_id":-1}""", "eos_token_id")]
    [InlineData("""{"eos_token_id":["x"]}""", "eos_token_id[0]")]
    [InlineData("""{"max_new_tokens":0}""", "max_new_tokens")]
    public void A_broken_generation_config_is_refused(string json, string place)
    {
        var failure = Assert.Throws<BridgeException>(() => Load(("generation_config.json", json)));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.StartsWith($"generation_config.json: {place}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_config_gives_end_tokens_where_there_is_no_generation_config() =>
        Assert.Equal([0, 2], Load(("config.json", """{"eos_token_id":[0,2]}""")).EndTokenIds);

    [Fact]
    public void The_switches_of_the_tokenizer_config_decide_over_bos_and_eos()
    {
        var plain = Load(("tokenizer_config.json", $$"""{"bos_token":"{{Bos}}","eos_token":"{{Eos}}"}"""));
        var both = Load(("tokenizer_config.json",
            $$"""{"bos_token":"{{Bos}}","eos_token":"{{Eos}}","add_bos_token":true,"add_eos_token":true}"""));
        var text = new TextPrompt("hi");
        Assert.Equal([107, 108], plain.Encode(text));
        Assert.Equal([1, 107, 108, 2], both.Encode(text));
        Assert.Equal([107, 108], both.Encode(text, addSpecialTokens: false));
        Assert.Equal([5, 6], both.Encode(new TokenPrompt(new[] { 5, 6 })));
    }

    [Fact]
    public void Named_templates_are_chosen_by_tools_and_files_overrule_the_config()
    {
        const string config = """
            {"chat_template":[{"name":"default","template":"plain {{ messages[0].content }}"},
            {"name":"tool_use","template":"tools {{ tools|length }}"}]}
            """;
        var chat = new ChatPrompt([new PromptMessage("user", "x")]);
        var withTools = chat with { Tools = [new ToolDefinition("f", null, null)] };
        var named = Load(("tokenizer_config.json", config));
        Assert.Equal("plain x", named.Render(chat).Value);
        Assert.Equal("tools 1", named.Render(withTools).Value);

        var files = Load(
            ("tokenizer_config.json", config),
            ("chat_template.jinja", "main {{ messages[0].content }}"),
            ("additional_chat_templates/tool_use.jinja", "file {{ tools[0].function.name }}"));
        Assert.Equal("main x", files.Render(chat).Value);
        Assert.Equal("file f", files.Render(withTools).Value);
    }

    [Fact]
    public void Without_a_template_chat_is_refused_and_text_is_not()
    {
        var tokenizer = Load();
        Assert.False(tokenizer.HasChatTemplate);
        Assert.Equal([107, 108], tokenizer.Encode(new TextPrompt("hi")));
        var failure = Assert.Throws<BridgeException>(() => tokenizer.Encode(Hi));
        Assert.Equal(BridgeFailure.UnsupportedOption, failure.Failure);
    }

    [Fact]
    public void A_broken_template_spoils_chat_alone()
    {
        var tokenizer = Load(("chat_template.jinja", "{% if %}"));
        Assert.Equal([107, 108], tokenizer.Encode(new TextPrompt("hi")));
        var failure = Assert.Throws<BridgeException>(() => tokenizer.Encode(Hi));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
    }

    [Fact]
    public void The_time_is_the_clock_s()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var template = "{{ strftime_now('%d %b %Y') }}"u8.ToArray();
        var zip = Zip(("tokenizer.json", Tokenizer), ("chat_template.jinja", template));
        Assert.Equal("02 Jan 2026", ModelTokenizer.LoadZip(zip, clock).Render(Hi).Value);
    }

    [Fact]
    public void A_special_token_that_only_the_config_names_is_special()
    {
        var json = Encoding.UTF8.GetString(Tokenizer)
            .Replace("\"special\": true", "\"special\": false", StringComparison.Ordinal);
        var zip = Zip(
            ("tokenizer.json", Encoding.UTF8.GetBytes(json)),
            ("tokenizer_config.json", Encoding.UTF8.GetBytes($$"""{"eos_token":"{{Eos}}"}""")));
        var vocabulary = ModelTokenizer.LoadZip(zip, TimeProvider.System).Vocabulary;
        Assert.True(vocabulary.IsSpecial(2));
        Assert.False(vocabulary.IsSpecial(1));
    }

    [Fact]
    public void Broken_zips_are_refused()
    {
        Refused("damaged", "no zip at all"u8.ToArray());
        Refused("tokenizer.json: missing", Zip(("other.json", [1])));
        Refused("more than 1000 entries",
            Zip([.. Enumerable.Range(0, 1001).Select(i => ($"{i}", Array.Empty<byte>()))]));
        Refused("twice in the ZIP", Zip(("tokenizer.json", Tokenizer), ("tokenizer.json", Tokenizer)));

        var good = Zip(("tokenizer.json", Tokenizer));
        for (var length = 0; length < good.Length; length += 499)
        {
            Assert.Equal(BridgeFailure.InvalidModelFile, Assert.Throws<BridgeException>(() =>
                ModelTokenizer.LoadZip(good.AsMemory(0, length), TimeProvider.System)).Failure);
        }
    }

    /// <summary>Whatever single bit of a ZIP is wrong: it is refused as damaged, or it is as good as before.</summary>
    [Fact]
    public void A_zip_with_any_bit_flipped_is_refused_or_read()
    {
        var good = Zip(
            ("tokenizer.json",
                """{"model":{"vocab":{"a":0,"b":1},"merges":[]},"decoder":{"type":"Fuse"}}"""u8.ToArray()),
            ("additional_chat_templates/x.jinja", "{{ messages[0].content }}"u8.ToArray()));
        Assert.Equal(2, ModelTokenizer.LoadZip(good, TimeProvider.System).Vocabulary.Count);
        var refused = 0;
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = good.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                ModelTokenizer.LoadZip(bad, TimeProvider.System);
            }
            catch (BridgeException failure)
            {
                Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
                refused++;
            }
        }

        Assert.InRange(refused, good.Length, good.Length * 8);
    }

    [Fact]
    public async Task More_than_a_hundred_templates_are_refused()
    {
        (string Name, byte[] Bytes)[] templates =
            [.. Enumerable.Range(0, 101).Select(i => ($"additional_chat_templates/{i}.jinja", "x"u8.ToArray()))];
        Refused("more than 100 templates", Zip([("tokenizer.json", Tokenizer), .. templates]));
        ModelTokenizer.LoadZip(Zip([("tokenizer.json", Tokenizer), .. templates[..100]]), TimeProvider.System);

        var folder = Directory.CreateTempSubdirectory("themis-templates-");
        try
        {
            folder.CreateSubdirectory("additional_chat_templates");
            foreach (var (name, bytes) in templates)
            {
                File.WriteAllBytes(Path.Combine(folder.FullName, name), bytes);
            }

            var failure = await Assert.ThrowsAsync<BridgeException>(() => ModelTokenizer.LoadFolderAsync(
                folder.FullName, TimeProvider.System, TestContext.Current.CancellationToken));
            Assert.Contains("more than 100 templates", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Ids_outside_of_the_vocabulary_are_refused()
    {
        var tokenizer = Load();
        foreach (var id in new[] { -1, 1024, 1_000_000_000 })
        {
            var failure = Assert.Throws<BridgeException>(() => tokenizer.Encode(new TokenPrompt(new[] { 5, id })));
            Assert.Equal(BridgeFailure.InvalidRequest, failure.Failure);
            Assert.Contains($"{id}", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("generation_config.json", """{"eos_token_id":[0,1024]}""")]
    [InlineData("config.json", """{"eos_token_id":1024}""")]
    public void End_tokens_outside_of_the_vocabulary_are_refused(string file, string json)
    {
        var failure = Assert.Throws<BridgeException>(() => Load((file, json)));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.Contains("the id 1024 is not in the vocabulary of 1024", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_bomb_is_stopped_while_it_unpacks()
    {
        // 200 MB of spaces pack into 200 KB; what is declared makes no difference, what comes out does.
        var bomb = Zip(("tokenizer_config.json", new byte[200_000_000]));
        Assert.InRange(bomb.Length, 1, 1_000_000);
        var before = GC.GetTotalAllocatedBytes();
        Refused("tokenizer_config.json: larger than 8388608 bytes", bomb);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64_000_000);
    }

    [Fact]
    public async Task A_missing_folder_is_refused()
    {
        var failure = await Assert.ThrowsAsync<BridgeException>(() => ModelTokenizer.LoadFolderAsync(
            Repository.File("no", "such", "folder"), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
    }

    [Fact]
    public async Task Loading_a_folder_can_be_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            ModelTokenizer.LoadFolderAsync(Folder, TimeProvider.System, new CancellationToken(canceled: true)));

    private static void Refused(string says, byte[] zip)
    {
        var failure = Assert.Throws<BridgeException>(() => ModelTokenizer.LoadZip(zip, TimeProvider.System));
        Assert.Equal(BridgeFailure.InvalidModelFile, failure.Failure);
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
    }

    private static ModelTokenizer Load(params (string Name, string Text)[] files) => ModelTokenizer.LoadZip(
        Zip([("tokenizer.json", Tokenizer), .. files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))]),
        TimeProvider.System);

    private static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
