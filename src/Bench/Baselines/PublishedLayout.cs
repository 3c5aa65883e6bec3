using ThemisBridge.Bench.Measuring;
using ThemisBridge.Bench.Scenarios;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The published shared-memory layout with its Python server: fill one request, post, wait, copy the answer out. As it
/// was published the client's fields lie elsewhere than the server's and nothing works; here it writes and reads where
/// the server does. 0600 instead of 0666 costs nothing.
/// </summary>
internal sealed class PublishedLayout : ISubject
{
    private const int SegmentBytes = 32_860;
    private const int IdsAt = 64;
    private const int CountAt = 4_160;
    private const int LimitAt = 4_164;
    private const int AnswerAt = 8_192;
    private const int AnswerCountAt = 24_576;
    private const int PromptIds = 512;
    private const int AnswerIds = 100;

    /// <inheritdoc/>
    public string Name => "published layout, named semaphores, Python server";

    /// <inheritdoc/>
    public async Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken)
    {
        var name = $"themis-bench-{Environment.ProcessId}-{Guid.NewGuid():N}";
        var path = Path.Combine("/dev/shm", name);
        var region = MappedRegion.Create(path, SegmentBytes);
        var request = new NamedSemaphore($"/{name}-request");
        var response = new NamedSemaphore($"/{name}-response");
        try
        {
            var server = scope.StartPython(
                "published_layout.py", name, $"/{name}-request", $"/{name}-response", $"{AnswerIds}");
            await server.ReadAsync(cancellationToken);
            return new Probe(scope.Clock, region, request, response);
        }
        catch
        {
            request.Dispose();
            response.Dispose();
            region.Dispose();
            throw;
        }
        finally
        {
            request.Unlink();
            response.Unlink();
            File.Delete(path);
        }
    }

    private sealed unsafe class Probe(
        TimeProvider clock, MappedRegion region, NamedSemaphore request, NamedSemaphore response) : SyncProbe(clock)
    {
        private readonly int[] _ids = [.. Enumerable.Range(0, PromptIds)];
        private readonly int[] _answer = new int[AnswerIds];

        protected override void Close()
        {
            request.Dispose();
            response.Dispose();
            region.Dispose();
        }

        // A wait that is not answered: the block ends with what is no answer.
        protected override void Abort() => response.Post();

        protected override void Operate(CancellationToken cancellationToken)
        {
            _ids.CopyTo(new Span<int>(region.Pointer + IdsAt, PromptIds));
            *(int*)(region.Pointer + CountAt) = PromptIds;
            *(int*)(region.Pointer + LimitAt) = AnswerIds;
            request.Post();
            response.Wait();
            cancellationToken.ThrowIfCancellationRequested();
            if (*(int*)(region.Pointer + AnswerCountAt) != AnswerIds)
                throw new IOException("the answer is not whole");
            new ReadOnlySpan<int>(region.Pointer + AnswerAt, AnswerIds).CopyTo(_answer);
        }
    }
}
