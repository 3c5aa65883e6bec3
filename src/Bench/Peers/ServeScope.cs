namespace ThemisBridge.Bench.Peers;

/// <summary>What a subject gets in the peer process.</summary>
/// <param name="Directory">The run's own directory, 0700, for sockets and mapped files.</param>
/// <param name="Instance">A number that no other serving of this process has.</param>
internal sealed record ServeScope(string Directory, int Instance)
{
    private readonly List<string> _files = [];

    /// <summary>The files that the subject made; the peer deletes them when it ends.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>The path of a file or socket that the subject is about to make.</summary>
    /// <param name="kind">Its name's ending.</param>
    public string NewPath(string kind)
    {
        var path = Path.Combine(Directory, $"{Environment.ProcessId}-{Instance}.{kind}");
        _files.Add(path);
        return path;
    }
}
