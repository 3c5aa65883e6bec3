namespace ThemisBridge.Repo.Tests;

/// <summary>What belongs to a project is there: its entry in the solution, its README, its public API files.</summary>
public sealed class ProjectLayout
{
    private const int ReadmeLines = 40;

    [Fact]
    public void Solution_holds_every_project()
    {
        string solution = Repository.Read("ThemisBridge.sln").Replace('\\', '/');
        Verdict.None(
            [.. Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))],
            path => solution.Contains($"\"{path}\"", StringComparison.Ordinal) ? []
                : [$"{path}: not in ThemisBridge.sln"]);
    }

    [Fact]
    public void Source_projects_have_a_short_readme() =>
        Verdict.None(Repository.SourceProjects, project =>
        {
            string path = $"{project.Folder}/README.md";
            return !Repository.Files.Contains(path) ? [$"{path}: missing"]
                : Repository.Read(path).Split('\n').Length > ReadmeLines ? [$"{path}: more than {ReadmeLines} lines"]
                : [];
        });

    [Fact]
    public void Source_projects_stand_in_the_architecture_document()
    {
        string document = Repository.Read("docs/ARCHITECTURE.md");
        Verdict.None(Repository.SourceProjects, project =>
            document.Contains($"`{project.Folder}`", StringComparison.Ordinal)
                ? [] : [$"docs/ARCHITECTURE.md: `{project.Folder}` is missing"]);
    }

    [Fact]
    public void Libraries_guard_their_public_api() =>
        Verdict.None(Repository.SourceProjects, project =>
            project.IsProgram ? [] :
            from state in new[] { "Shipped", "Unshipped" }
            let path = $"{project.Folder}/PublicAPI.{state}.txt"
            where !Repository.Files.Contains(path)
            select $"{path}: missing (scripts/update-public-api.sh fills it)");

    [Fact]
    public void Test_projects_are_named_so_that_the_test_script_finds_them() =>
        Verdict.None(
            [.. Repository.Files.Where(path => path.StartsWith("tests/", StringComparison.Ordinal)
                && path.EndsWith(".csproj", StringComparison.Ordinal))],
            path => Repository.Sources.Any(file =>
                    file.Path.StartsWith(Path.GetDirectoryName(path)! + "/", StringComparison.Ordinal)
                    && file.Text.Contains("[Fact", StringComparison.Ordinal)
                    // Tests that others derive do not run by themselves.
                    && !file.Text.Contains("abstract class", StringComparison.Ordinal))
                && !path.EndsWith(".Tests.csproj", StringComparison.Ordinal)
                    ? [$"{path}: has tests, so its name ends in .Tests"] : []);

    [Fact]
    public void Editor_settings_stay_short() =>
        Assert.InRange(Repository.Read(".editorconfig").Split('\n').Length, 1, 150);
}
