using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Tokenization.Chat;
using ThemisBridge.Tokenization.Files;
using ThemisBridge.Tokenization.Text;
using ThemisBridge.Tokenization.Vocabularies;
using ThemisBridge.Tokenization.Vocabularies.Reading;

namespace ThemisBridge.Tokenization;

/// <summary>
/// All that a model's files say about text: its vocabulary, chat templates, end tokens and defaults. Immutable and safe
/// for any number of threads.
/// </summary>
public sealed class ModelTokenizer
{
    private const string DefaultTemplate = "default";
    private const string ToolTemplate = "tool_use";

    private readonly Dictionary<string, Lazy<ChatTemplate>> _templates;
    private readonly TimeProvider _clock;

    private ModelTokenizer(ModelFiles files, TimeProvider clock)
    {
        _clock = clock;
        var config = files.Find(TokenizerConfig.FileName) is { } configFile
            ? TokenizerConfig.Read(configFile)
            : TokenizerConfig.Absent;
        var generation = files.Find(GenerationConfig.FileName) is { } generationFile
            ? GenerationConfig.Read(generationFile)
            : GenerationConfig.Absent with { EndTokenIds = EndTokensOfModel(files) };
        Vocabulary = TokenizerJson.Read(
            files.Find(TokenizerJson.FileName) ?? throw ModelFileFault.Of(TokenizerJson.FileName, "missing"), config);
        SpecialTokens = config.SpecialTokens;
        Defaults = generation.Defaults;
        EndTokenIds = [.. OwnEndToken(config).Concat(generation.EndTokenIds.Select(Known)).Distinct()];
        _templates = SourcesOf(files, config)
            .ToDictionary(pair => pair.Key, pair => new Lazy<ChatTemplate>(() => ChatTemplate.Parse(pair.Value)));
    }

    /// <summary>The vocabulary.</summary>
    public IVocabulary Vocabulary { get; }

    /// <summary>The ids that end an answer: the tokenizer's own first, then those of the generation config.</summary>
    public IReadOnlyList<int> EndTokenIds { get; }

    /// <summary>The values of <c>generation_config.json</c> for options that a caller leaves out.</summary>
    public SamplingOptions Defaults { get; }

    /// <summary>The special tokens by the names that templates know them under: <c>bos_token</c> and so on.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>Whether the model has a chat template.</summary>
    public bool HasChatTemplate => _templates.Count > 0;

    /// <summary>Reads a model folder: <c>tokenizer.json</c> and what lies beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="clock">Tells templates the time.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidModelFile"/>: a file is missing, damaged, too
    /// large, or of a kind that is not supported.</exception>
    public static async Task<ModelTokenizer> LoadFolderAsync(
        string folder, TimeProvider clock, CancellationToken cancellationToken = default) =>
        new(await ModelFiles.FromFolderAsync(folder, cancellationToken).ConfigureAwait(false), clock);

    /// <summary>Reads a ZIP of a model folder, as vLLM's <c>GetTokenizer</c> sends it.</summary>
    /// <param name="zip">The ZIP; not used after the call.</param>
    /// <param name="clock">Tells templates the time.</param>
    /// <exception cref="BridgeException">As <see cref="LoadFolderAsync"/>.</exception>
    public static ModelTokenizer LoadZip(ReadOnlyMemory<byte> zip, TimeProvider clock) =>
        new(ModelFiles.FromZip(zip), clock);

    /// <summary>The token ids of a prompt, as the model's engine would make them.</summary>
    /// <param name="prompt">Text or chat; token ids come back as they are, if the vocabulary has them.</param>
    /// <param name="addSpecialTokens">Whether to add BOS and the like. Null: yes for text, no for chat.</param>
    /// <returns>The ids; the caller's own.</returns>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.InvalidRequest"/>: the prompt has lone surrogates or
    /// ids outside of the vocabulary, or the model's template refuses it.
    /// <see cref="BridgeFailure.UnsupportedOption"/>: the model has no chat template.</exception>
    public int[] Encode(Prompt prompt, bool? addSpecialTokens = null) => prompt switch
    {
        TextPrompt text => Vocabulary.Encode(TracedText.Trusted(text.Text), addSpecialTokens ?? true),
        ChatPrompt chat => Vocabulary.Encode(Render(chat), addSpecialTokens ?? false),
        _ => Checked(((TokenPrompt)prompt).TokenIds),
    };

    /// <summary>The text that a conversation becomes.</summary>
    /// <param name="prompt">The conversation.</param>
    /// <exception cref="BridgeException">As <see cref="Encode"/>.</exception>
    public TracedText Render(ChatPrompt prompt) => TemplateFor(prompt).Render(prompt, SpecialTokens, _clock);

    private ChatTemplate TemplateFor(ChatPrompt prompt)
    {
        if (prompt.Tools.Count > 0 && _templates.TryGetValue(ToolTemplate, out var withTools))
        {
            return withTools.Value;
        }

        return _templates.TryGetValue(DefaultTemplate, out var template)
            ? template.Value
            : throw new BridgeException(BridgeFailure.UnsupportedOption, FailureStage.Admit,
                "The model has no chat template. Send text or token ids instead of messages.")
            { Parameter = "messages" };
    }

    /// <summary>The template files overrule what <c>tokenizer_config.json</c> says.</summary>
    private static Dictionary<string, string> SourcesOf(ModelFiles files, TokenizerConfig config)
    {
        var sources = new Dictionary<string, string>(config.Templates);
        foreach (var (name, file) in files.Templates)
        {
            sources[name] = Encoding.UTF8.GetString(file.Span);
        }

        if (files.Find(ModelFiles.MainTemplate) is { } main)
        {
            sources[DefaultTemplate] = Encoding.UTF8.GetString(main.Span);
        }

        return sources;
    }

    private int[] Checked(ReadOnlyMemory<int> ids)
    {
        foreach (var id in ids.Span)
        {
            Vocabulary.IsSpecial(id); // Refuses what the vocabulary lacks.
        }

        return ids.ToArray();
    }

    private int Known(int endToken) => endToken < Vocabulary.Count ? endToken : throw ModelFileFault.Of(
        $"{GenerationConfig.FileName} or {ModelFiles.Config}",
        $"eos_token_id: the id {endToken} is not in the vocabulary of {Vocabulary.Count}");

    private IEnumerable<int> OwnEndToken(TokenizerConfig config) =>
        config.EosToken is { } token && Vocabulary.TryGetId(token, out var id) ? [id] : [];

    private static IReadOnlyList<int> EndTokensOfModel(ModelFiles files) => files.Find(ModelFiles.Config) is { } config
        ? GenerationConfig.ReadEndTokens(ModelJson.Parse(ModelFiles.Config, config))
        : [];
}
