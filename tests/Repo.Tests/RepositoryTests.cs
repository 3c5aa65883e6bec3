namespace ThemisBridge.Repo.Tests;

public sealed class RepositoryTests
{
    [Fact]
    public void Folder_walk_misses_no_file_of_ours()
    {
        // An unpacked archive has no list of git's to compare with; then the walk is what is tested, and by all others.
        IEnumerable<string> kept = Repository.FromGit(Repository.Root) ?? Repository.Files;
        string[] visible =
            [.. kept.Where(path => !path.StartsWith('.') || path.StartsWith(".ci/", StringComparison.Ordinal))];

        Assert.Contains("ThemisBridge.sln", visible);
        Assert.Empty(visible.Except(Repository.FromFolder(Repository.Root)));
    }

    [Fact]
    public void Folder_without_git_is_not_asked_of_git() =>
        Assert.Null(Repository.FromGit(Path.Combine(Repository.Root, "docs")));
}
