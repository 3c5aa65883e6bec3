using System.Text;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Testing.Recordings;
using ThemisBridge.Testing.Replay;
using ThemisBridge.Transports.Http.Requests;
using ThemisBridge.Transports.Http.Tests.Doubles;

namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary>Every exchange that we make: our request means what the recorded one means, and its answer is read as it
/// is.</summary>
public class ConformanceTests
{
    private const int OverSockets = 50;

    /// <summary>What a server with the token endpoint answers to a probe, in its order.</summary>
    internal static readonly string[] Probe =
    [
        "A-get-health", "A-get-version", "F-generate-err-no-sp", "F-abort-missing", "A-get-models", "A-metrics-before",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Generations =>
        [.. RecordedClasses.Clients.Where(RecordedClasses.IsGeneration).Select(exchange => exchange.Name)];

    public static TheoryData<string> SocketGenerations =>
    [
        .. RecordedClasses.Clients
            .Where(exchange => RecordedClasses.IsGeneration(exchange) && exchange.End == RecordedEnd.ServerClosed)
            .OrderBy(exchange => Fnv1(exchange.Name))
            .Take(OverSockets).Select(exchange => exchange.Name),
    ];

    public static TheoryData<string> OtherCallNames =>
    [
        .. RecordedClasses.Clients.Where(exchange => !RecordedClasses.IsGeneration(exchange))
            .Select(exchange => exchange.Name),
    ];

    [Fact]
    public void Every_exchange_has_one_class_and_a_reason()
    {
        Assert.Equal(
            Recordings.Http.Select(exchange => exchange.Name).Order(StringComparer.Ordinal),
            RecordedClasses.All.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(RecordedClasses.All, entry =>
        {
            Assert.Contains(entry.Class, new[] { "client", "double", "not ours" });
            Assert.NotEmpty(entry.Reason);
        });
    }

    [Theory]
    [MemberData(nameof(Generations))]
    public async Task Generation_is_sent_and_read_as_recorded(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        InferenceRequest request = RequestOf(exchange);
        RequestValidation.Check(request);
        using InMemoryBackend memory = await StartAsync(exchange, request);
        int probes = memory.Connections.Count;
        Collected answer = await Collected.OfAsync(memory.Backend, request);

        Assert.Equal(Meaning(RecordedAnswers.Of(exchange, request), request), Meaning(answer, request));
        (string head, byte[] body) = Split(memory.Connections[probes].Written);
        Assert.StartsWith($"POST {exchange.Path} HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Equal(JsonMeaning.Of(exchange.RequestBody), JsonMeaning.Of(body));
        (string recordedHead, _) = Split(exchange.Request.ToArray());
        Assert.Equal(HeaderOf(recordedHead, "x-request-id"), HeaderOf(head, "x-request-id"));
        Assert.Equal(HeaderOf(recordedHead, "authorization"), HeaderOf(head, "authorization"));
    }

    [Fact]
    public void Generation_that_is_not_of_class_client_is_one_that_we_never_send()
    {
        string[] others = [.. RecordedClasses.All.Where(entry => entry.Class != "client").Select(entry => entry.Name)];
        string[] ours = [.. others.Where(name => RecordedClasses.IsGeneration(Recordings.Http[name]) && IsOurs(name))];

        Assert.Empty(ours);
    }

    [Theory]
    [MemberData(nameof(SocketGenerations))]
    public async Task Generation_is_read_as_recorded_over_a_socket(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        InferenceRequest request = RequestOf(exchange);
        var random = new Random(exchange.Response.Length);
        await using ReplayServer server = ReplayServer.Start().Add(ReplayExchange.Of(exchange) with
        {
            Matches = received => received.Target == exchange.Path && received.Body.Length > "{}".Length,
            Cuts = [.. Enumerable.Range(0, 20).Select(_ => random.Next(exchange.Response.Length + 1))],
        });
        foreach (string probe in Probe)
        {
            RecordedExchange recorded = Recordings.Http[probe];
            server.Add(ReplayExchange.Of(recorded) with { Matches = received => received.Target == recorded.Path });
        }

        using var fixture = new BackendFixture(server, options => options.PriorityScheduling = true);
        Assert.True((await fixture.Backend.ProbeAsync(Token)).IsHealthy);
        Collected answer = await Collected.OfAsync(fixture.Backend, request);

        Assert.Equal(Meaning(RecordedAnswers.Of(exchange, request), request), Meaning(answer, request));
        // A stream that broke is ended in the engine too, and nobody waits for that.
        Assert.All(server.Unmatched, one =>
            Assert.Equal((true, HttpRoutes.Abort), (answer.Failure is not null, one.Target)));
    }

    [Theory]
    [MemberData(nameof(OtherCallNames))]
    public async Task Other_call_is_sent_and_read_as_recorded(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        using InMemoryBackend memory = OtherCalls.Start(exchange, [[]]);
        string outcome = await OtherCalls.OutcomeAsync(memory, exchange, Token);

        Assert.Equal(
            exchange.Status == 200 ? outcome : RecordedAnswers.FailureOf(exchange).ToString(), outcome);
        (string head, byte[] body) = Split(memory.Connections[0].Written);
        Assert.StartsWith($"{exchange.Method} {exchange.Path} HTTP/1.1\r\n", head, StringComparison.Ordinal);
        if (exchange.Method == "POST")
        {
            Assert.Equal(JsonMeaning.Of(exchange.RequestBody), JsonMeaning.Of(body));
        }
    }

    private static bool IsOurs(string name)
    {
        RecordedExchange exchange = Recordings.Http[name];
        string head = Split(exchange.Request.ToArray()).Head;
        bool isPlainHttp = head.Contains("Content-Type: application/json\r\n", StringComparison.Ordinal)
            && HeaderOf(head, "authorization")?.StartsWith("Bearer ", StringComparison.Ordinal) != false
            && !name.StartsWith("A-wire-", StringComparison.Ordinal) && name != "D-half-close";
        try
        {
            InferenceRequest request = RequestOf(exchange);
            RequestValidation.Check(request);
            var dialect = new HttpDialect(HttpServerKind.Vllm, new Version(0, 32))
            {
                ContinuousUsage = HasContinuousUsage(exchange),
            };
            using PooledBuffer body = exchange.Path == HttpRoutes.Generate
                ? TokenRequestBody.ForGeneration(request, dialect)
                : RequestBody.ForGeneration(
                    request, request.Sampling.MaxTokens ?? (request.Prompt is ChatPrompt ? null : 512), dialect);
            return isPlainHttp && JsonMeaning.Of(exchange.RequestBody) == JsonMeaning.Of(body.Written);
        }
        catch (Exception e) when (e is NotSupportedException or BridgeException or InvalidOperationException
            or FormatException or ArgumentException or KeyNotFoundException
            or System.Text.Json.JsonException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    private static InferenceRequest RequestOf(RecordedExchange exchange)
    {
        InferenceRequest request = exchange.Path == HttpRoutes.Generate
            ? RecordedTokenRequests.Generation(exchange.RequestBody)
            : RecordedRequests.Generation(exchange.RequestBody, exchange.Path);
        return request with { RequestId = HeaderOf(Split(exchange.Request.ToArray()).Head, "x-request-id") };
    }

    // A server of the recorded set, probed where the request depends on what it offers.
    private static async Task<InMemoryBackend> StartAsync(RecordedExchange exchange, InferenceRequest request)
    {
        bool depends = request.StructuredOutput is not null
            || HttpFeatures.MightBeIgnored(RequiredFeatures.Of(request));
        string[] probe = exchange.Path == HttpRoutes.Generate || depends ? Probe : [];
        string? key = HeaderOf(Split(exchange.Request.ToArray()).Head, "authorization")?.Split(' ')[1];
        var memory = new InMemoryBackend(
            connection => (
                connection < probe.Length ? Recordings.Http[probe[connection]].Response : exchange.Response, []),
            options =>
            {
                options.ApiKey = key;
                options.PriorityScheduling = true;
                options.StreamInterval = StreamIntervalOf(exchange);
                options.ContinuousUsage = HasContinuousUsage(exchange);
            });
        if (probe.Length > 0)
        {
            Assert.True((await memory.Backend.ProbeAsync(Token)).IsHealthy);
        }

        return memory;
    }

    // The same fifty in every process, from all over the list.
    private static uint Fnv1(string name) =>
        name.Aggregate(2166136261, (hash, letter) => unchecked((hash ^ letter) * 16777619));

    private static bool HasContinuousUsage(RecordedExchange exchange) =>
        exchange.RequestBody.Span.IndexOf("\"continuous_usage_stats\":true"u8) >= 0;

    private static int? StreamIntervalOf(RecordedExchange exchange)
    {
        string body = Encoding.UTF8.GetString(exchange.RequestBody.Span);
        int at = body.IndexOf("\"stream_interval\":", StringComparison.Ordinal);
        return at < 0 ? null : body[at + "\"stream_interval\":".Length] - '0';
    }

    private static Collected Meaning(Collected answer, InferenceRequest request) => answer with
    {
        Message = null,
        Ids = (request.Output & OutputParts.TokenIds) != 0 ? answer.Ids : "",
        Text = (request.Output & OutputParts.Text) != 0 ? answer.Text : "",
    };

    private static (string Head, byte[] Body) Split(byte[] message)
    {
        int end = message.AsSpan().IndexOf("\r\n\r\n"u8);
        return (Encoding.Latin1.GetString(message, 0, end), message[(end + 4)..]);
    }

    private static string? HeaderOf(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();
}
