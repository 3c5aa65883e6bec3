using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace ThemisBridge.Testing.Vllm.Engine;

/// <summary>The adapters that are loaded, by name, in the order of their loading. Safe for use from many
/// threads.</summary>
internal sealed class AdapterNames(IEnumerable<KeyValuePair<string, string>> initial)
{
    private ImmutableList<(string Name, string Path)> _loaded = [.. initial.Select(one => (one.Key, one.Value))];

    private readonly ConcurrentDictionary<string, int> _users = new(StringComparer.Ordinal);

    public IReadOnlyList<(string Name, string Path)> All => _loaded;

    /// <summary>The names that requests run with.</summary>
    public IReadOnlyCollection<string> Running => [.. _users.Where(one => one.Value > 0).Select(one => one.Key)];

    /// <summary>Counts a request of an adapter in (1) or out (-1).</summary>
    public void Count(string name, int change) =>
        _users.AddOrUpdate(name, change, (_, count) => count + change);

    public bool Has(string name) => _loaded.Exists(one => one.Name == name);

    public void Add(string name, string path) => ImmutableInterlocked.Update(
        ref _loaded, static (list, added) => list.RemoveAll(one => one.Name == added.Name).Add(added),
        (Name: name, Path: path));

    public bool Remove(string name) => ImmutableInterlocked.Update(
        ref _loaded, static (list, removed) => list.RemoveAll(one => one.Name == removed), name);
}
