using ThemisBridge.Core.Contracts;

namespace ThemisBridge.Cli.Output;

/// <summary>Prints an answer as it comes.</summary>
internal static class TextAnswer
{
    public static async Task<int> PrintAsync(
        IThemisBridge bridge, InferenceRequest request, Terminal terminal, CancellationToken cancellationToken)
    {
        char last = '\n';
        await using IAsyncEnumerator<InferenceChunk> chunks =
            bridge.GenerateAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            bool more = await WaitLine.WhileAsync(chunks.MoveNextAsync().AsTask(), $"{request.Model} …", terminal);
            while (more)
            {
                if (chunks.Current.Text is { Length: > 0 } text)
                {
                    await terminal.Out.WriteAsync(terminal.ForScreen(text));
                    await terminal.Out.FlushAsync(cancellationToken);
                    last = text[^1];
                }

                more = await chunks.MoveNextAsync();
            }
        }
        finally
        {
            // A prompt of the shell or an error message starts on a line of its own, also after half an answer.
            if (last != '\n')
            {
                await terminal.Out.WriteLineAsync();
            }
        }

        return ExitCodes.Ok;
    }
}
