namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>The running sequences by the ids under which they can be aborted. Safe for use from many threads.</summary>
internal sealed class AbortTable
{
    private readonly Lock _lock = new();
    private readonly List<(string Id, CancellationTokenSource Abort)> _running = [];

    public void Add(string id, CancellationTokenSource abort)
    {
        lock (_lock)
        {
            _running.Add((id, abort));
        }
    }

    public void Remove(CancellationTokenSource abort)
    {
        lock (_lock)
        {
            _running.RemoveAll(one => one.Abort == abort);
        }
    }

    /// <summary>Aborts what runs under an id; unknown ids are ignored, as vLLM does.</summary>
    public async Task AbortAsync(string id)
    {
        CancellationTokenSource[] found;
        lock (_lock)
        {
            found = [.. _running.Where(one => one.Id == id).Select(one => one.Abort)];
        }

        foreach (CancellationTokenSource abort in found)
        {
            await abort.CancelAsync();
        }
    }
}
