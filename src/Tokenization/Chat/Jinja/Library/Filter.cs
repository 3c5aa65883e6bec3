using ThemisBridge.Tokenization.Chat.Jinja.Evaluation;

namespace ThemisBridge.Tokenization.Chat.Jinja.Library;

/// <summary>What a filter does.</summary>
/// <param name="value">What stands before it.</param>
/// <param name="arguments">What it is given.</param>
/// <param name="run">The rendering that it is part of.</param>
internal delegate object? Filter(object? value, CallArguments arguments, TemplateRun run);
