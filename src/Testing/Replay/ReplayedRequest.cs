using System.Text;

namespace ThemisBridge.Testing.Replay;

/// <summary>A request as a <see cref="ReplayServer"/> received it. Safe for use from many threads.</summary>
public sealed class ReplayedRequest
{
    private readonly TaskCompletionSource _clientGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ReplayedRequest(int connection, string head, byte[] body)
    {
        Connection = connection;
        Head = head;
        Body = body;
        string[] line = head.Split("\r\n", 2)[0].Split(' ');
        Method = line[0];
        Target = line.Length > 1 ? line[1] : "";
    }

    /// <summary>The number of the connection it came on, from 1.</summary>
    public int Connection { get; }

    /// <summary>The method, such as <c>POST</c>.</summary>
    public string Method { get; }

    /// <summary>The request target, such as <c>/v1/completions</c>.</summary>
    public string Target { get; }

    /// <summary>Request line and headers as received, without the empty line.</summary>
    public string Head { get; }

    /// <summary>The body, with the framing of a chunked one taken off.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The body read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>
    /// Ends when the client closes its sending side, or the connection, after this request, and at the latest when the
    /// server ends the connection. That includes the ordinary close of a connection that is no longer needed.
    /// </summary>
    public Task ClientGone => _clientGone.Task;

    /// <summary>Ends when the last byte of the answer has been handed to the system.</summary>
    public Task Answered => _answered.Task;

    /// <summary>The value of a header, or null when it is absent.</summary>
    /// <param name="name">The header's name; letter case does not matter.</param>
    public string? Header(string name)
    {
        foreach (string line in Head.Split("\r\n").Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(colon + 1)..].Trim();
            }
        }

        return null;
    }

    internal void MarkClientGone() => _clientGone.TrySetResult();

    internal void MarkAnswered() => _answered.TrySetResult();
}
