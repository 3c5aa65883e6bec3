using ThemisBridge.Bench.Peers;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>
/// The far side of one row: its peer processes, its clock and its directory. Not for several threads.
/// </summary>
/// <param name="setting">What all rows share.</param>
internal sealed class ProbeScope(BenchSetting setting) : IAsyncDisposable
{
    private readonly List<ChildProcess> _scripts = [];
    private ChildProcess? _peer;
    private int _paths;

    /// <summary>The clock of the samples.</summary>
    public TimeProvider Clock => setting.Clock;

    /// <summary>The process ids of the far side.</summary>
    public IReadOnlyList<int> ProcessIds => [.. Children.Select(child => child.Id)];

    /// <summary>One token per process of the far side; each fires when its process dies.</summary>
    public IReadOnlyList<CancellationToken> Deaths => [.. Children.Select(child => child.Died)];

    private IEnumerable<ChildProcess> Children => _peer is null ? _scripts : _scripts.Prepend(_peer);

    /// <summary>
    /// Has the far side of a subject served by the row's peer process, which is started for the first one.
    /// </summary>
    /// <param name="subject">Known by its name in both processes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The address that the subject's far side gave.</returns>
    /// <exception cref="IOException">The peer cannot serve it.</exception>
    public async Task<string> ServeAsync(IPeerSubject subject, CancellationToken cancellationToken)
    {
        _peer ??= StartPeer();
        return await AskAsync(_peer, subject, cancellationToken);
    }

    /// <summary>The same in a process of its own, which belongs to the caller and is no part of the row.</summary>
    /// <param name="subject">Known by its name in both processes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">The peer cannot serve it.</exception>
    public async Task<(ChildProcess Peer, string Address)> ServeAloneAsync(
        IPeerSubject subject, CancellationToken cancellationToken)
    {
        var peer = StartPeer();
        try
        {
            return (peer, await AskAsync(peer, subject, cancellationToken));
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The path of a file or socket that the near side is about to make, and removes once it is open.
    /// </summary>
    /// <param name="kind">Its name's ending.</param>
    public string NewPath(string kind) => Path.Combine(setting.Directory, $"near-{_paths++}.{kind}");

    /// <summary>Starts one of the embedded Python scripts as a process of its own.</summary>
    /// <param name="script">Its file name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="SkippedException">There is no Python.</exception>
    public ChildProcess StartPython(string script, params string[] arguments)
    {
        if (!File.Exists(setting.PythonPath))
            throw new SkippedException($"there is no {setting.PythonPath}");
        // -I: nothing of the user's environment changes what is measured. The script needs no file beside the program.
        var child = ChildProcess.Start(
            setting.PythonPath, ["-I", "-u", "-c", EmbeddedScript.Read(script), .. arguments], setting.Clock);
        _scripts.Add(child);
        return child;
    }

    /// <summary>Starts one of the embedded scripts that use the sidecar's sources.</summary>
    /// <param name="script">Its file name; it gets the folder of the sources before its other arguments.</param>
    /// <param name="arguments">Its other arguments.</param>
    /// <exception cref="SkippedException">There is no Python, or there are no sources.</exception>
    public ChildProcess StartSidecar(string script, params string[] arguments)
    {
        if (!Directory.Exists(setting.SidecarFolder))
            throw new SkippedException($"there is no {setting.SidecarFolder}");
        return StartPython(script, [setting.SidecarFolder, .. arguments]);
    }

    /// <summary>How a process of the far side died; null if all live.</summary>
    /// <param name="cancellationToken">Ends the waiting for its last words.</param>
    public async Task<string?> DescribeDeathAsync(CancellationToken cancellationToken)
    {
        foreach (var child in Children)
        {
            if (await child.DescribeDeathAsync(cancellationToken) is { } death)
                return death;
        }
        return null;
    }

    private ChildProcess StartPeer() => ChildProcess.Start(
        setting.Host.FileName, [.. setting.Host.Arguments, setting.Directory], setting.Clock);

    private static async Task<string> AskAsync(
        ChildProcess peer, IPeerSubject subject, CancellationToken cancellationToken)
    {
        var answer = await peer.AskAsync($"{PeerLine.Serve}\t{subject.Name}", cancellationToken);
        return answer.Split('\t', 2) switch
        {
            [PeerLine.Ready, var address] => address,
            [PeerLine.Failed, var message] => throw new IOException($"the peer cannot serve: {message}"),
            _ => throw new IOException("the peer answered with something that is no answer"),
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var script in _scripts)
            await script.DisposeAsync();
        if (_peer is not null)
            await _peer.DisposeAsync();
    }
}
