using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Peers;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>The floor under a unary gRPC call: 512 ids there, 100 back, packed varints, nothing else.</summary>
/// <param name="overUnixSocket">A Unix socket instead of TCP.</param>
internal sealed class GrpcEcho(bool overUnixSocket) : IPeerSubject
{
    private const int RequestIds = 512;
    private const int ReplyIds = 100;

    /// <summary>
    /// The step between neighbouring ids: it spreads them over a vocabulary of 128k, so varints have 1 to 3 bytes.
    /// </summary>
    private const int IdStep = 251;

    /// <inheritdoc/>
    public string Name => $"bare grpc-dotnet echo over {(overUnixSocket ? "a Unix socket" : "TCP")}";

    /// <inheritdoc/>
    public Task<string> ServeAsync(ServeScope scope, CancellationToken cancellationToken) =>
        KestrelListener.StartAsync(
            scope, overUnixSocket, HttpProtocols.Http2, services => services.AddGrpc(),
            application => application.MapGrpcService<EchoEndpoint>(), cancellationToken);

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        new Probe(scope.Clock, await scope.ServeAsync(this, cancellationToken));

    private static IEnumerable<int> Ids(int count) => Enumerable.Range(0, count).Select(index => index * IdStep);

    /// <summary>Made by grpc-dotnet for each call.</summary>
    private sealed class EchoEndpoint : Echo.EchoBase
    {
        private static readonly int[] Answer = [.. Ids(ReplyIds)];

        public override Task<EchoReply> Exchange(EchoRequest request, ServerCallContext context)
        {
            if (request.Ids.Count != RequestIds)
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"{request.Ids.Count} ids"));
            var reply = new EchoReply();
            reply.Ids.AddRange(Answer);
            return Task.FromResult(reply);
        }
    }

    private sealed class Probe : AsyncProbe, ICallTarget
    {
        private readonly GrpcChannel _channel;
        private readonly Echo.EchoClient _client;
        private readonly int[] _ids = [.. Ids(RequestIds)];

        public Probe(TimeProvider clock, string address) : base(clock)
        {
            _channel = GrpcChannel.ForAddress(
                Baselines.EchoClient.BaseAddress(address),
                new GrpcChannelOptions
                {
                    HttpHandler = Baselines.EchoClient.NewConnections(address),
                    DisposeHttpClient = true,
                });
            _client = new Echo.EchoClient(_channel);
        }

        public async ValueTask CallAsync(CancellationToken cancellationToken)
        {
            var request = new EchoRequest();
            request.Ids.AddRange(_ids);
            var reply = await _client.ExchangeAsync(request, cancellationToken: cancellationToken);
            if (reply.Ids.Count != ReplyIds)
                throw new IOException($"the echo answered with {reply.Ids.Count} ids");
        }

        public override ValueTask DisposeAsync()
        {
            _channel.Dispose();
            return ValueTask.CompletedTask;
        }

        protected override ValueTask OperateAsync(CancellationToken cancellationToken) => CallAsync(cancellationToken);
    }
}
