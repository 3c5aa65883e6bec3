using System.Text.Json;
using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Http;

/// <summary>Reads streams of ids as most programs do: lines from a StreamReader, a JsonDocument for each.</summary>
internal sealed class NaiveStream : ISubject
{
    /// <inheritdoc/>
    public string Name => "StreamReader and JsonDocument";

    /// <inheritdoc/>
    public Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult<IProbe>(new Probe(scope.Clock));

    /// <summary>Reads one stream after the other, a few tokens an operation.</summary>
    private sealed class Probe : AsyncProbe
    {
        private const string Data = "data: ";

        private readonly byte[] _body = SseBody.Of(StreamParseScenario.StreamTokens);
        private StreamReader _reader;

        public Probe(TimeProvider clock) : base(clock) => _reader = NewReader();

        public override ValueTask DisposeAsync()
        {
            _reader.Dispose();
            return ValueTask.CompletedTask;
        }

        protected override async ValueTask OperateAsync(CancellationToken cancellationToken)
        {
            for (var got = 0; got < StreamParseScenario.OperationTokens;)
            {
                if (await _reader.ReadLineAsync(CancellationToken.None) is not { } line)
                {
                    _reader.Dispose();
                    _reader = NewReader();
                    cancellationToken.ThrowIfCancellationRequested();
                    continue;
                }
                if (line.StartsWith(Data, StringComparison.Ordinal) && line != "data: [DONE]")
                    got += CountIds(line.AsMemory(Data.Length));
            }
        }

        protected override double ToUnit(double seconds) => StreamParseScenario.PerToken(seconds);

        private static int CountIds(ReadOnlyMemory<char> data)
        {
            var count = 0;
            using var answer = JsonDocument.Parse(data);
            foreach (var choice in answer.RootElement.GetProperty("choices").EnumerateArray())
            {
                foreach (var id in choice.GetProperty("token_ids").EnumerateArray())
                    count += id.TryGetInt32(out _) ? 1 : 0;
            }
            return count;
        }

        private StreamReader NewReader() => new(new MemoryStream(_body, writable: false));
    }
}
