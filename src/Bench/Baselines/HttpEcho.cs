using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The floor under a completion over HTTP/1.1: a POST of as many bytes, answered with as many, no JSON read.
/// </summary>
/// <param name="size">The bodies' sizes.</param>
/// <param name="overUnixSocket">A Unix socket instead of TCP.</param>
internal sealed class HttpEcho(EchoSize size, bool overUnixSocket) : IPeerSubject
{
    /// <inheritdoc/>
    public string Name => $"HttpClient and Kestrel echo over {(overUnixSocket ? "a Unix socket" : "TCP")}, " +
        $"{size.Request}/{size.Reply} bytes";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        ServeAsync(scope, overUnixSocket, new byte[size.Reply], cancellationToken);

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        NewProbe(scope.Clock, await scope.ServeAsync(this, cancellationToken), size);

    /// <summary>Answers every POST with the same body, once its own was read to the end.</summary>
    public static Task<string> ServeAsync(
        ServeScope scope, bool overUnixSocket, byte[] reply, CancellationToken cancellationToken) =>
        KestrelListener.StartAsync(
            scope, overUnixSocket, HttpProtocols.Http1, _ => { },
            application => application.Run(context => AnswerAsync(context, reply)), cancellationToken);

    /// <summary>The near side of an echo that is served already.</summary>
    public static IProbe NewProbe(TimeProvider clock, string address, EchoSize size) =>
        new Probe(clock, address, size);

    private static async Task AnswerAsync(HttpContext context, byte[] reply)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Length;
        await context.Response.BodyWriter.WriteAsync(reply, context.RequestAborted);
    }

    private sealed class Probe : AsyncProbe, ICallTarget
    {
        private readonly HttpClient _client;
        private readonly byte[] _request;
        private readonly int _replyBytes;

        public Probe(TimeProvider clock, string address, EchoSize size) : base(clock)
        {
#pragma warning disable RS0030 // One client for one measured connection; a factory would be measured with it.
            _client = new HttpClient(EchoClient.NewConnections(address))
            {
                BaseAddress = EchoClient.BaseAddress(address),
            };
#pragma warning restore RS0030
            _request = new byte[size.Request];
            _replyBytes = size.Reply;
        }

        public async ValueTask CallAsync(CancellationToken cancellationToken)
        {
            using var content = new ByteArrayContent(_request);
            content.Headers.ContentType = new("application/json");
            using var response = await _client.PostAsync("/v1/completions", content, cancellationToken);
            var reply = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (reply.Length != _replyBytes)
                throw new IOException($"the echo answered {(int)response.StatusCode} with {reply.Length} bytes");
        }

        public override ValueTask DisposeAsync()
        {
            _client.Dispose();
            return ValueTask.CompletedTask;
        }

        protected override ValueTask OperateAsync(CancellationToken cancellationToken) => CallAsync(cancellationToken);
    }
}
