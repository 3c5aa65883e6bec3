namespace ThemisBridge.Repo.Tests;

/// <summary>Who may know whom, as docs/ARCHITECTURE.md draws it. A project that is not in the table fails.</summary>
public sealed class DependencyRules
{
    private static readonly string[] BelowServer =
    [
        "Core", "Tokenization", "Wire", "Transports.Http", "Transports.Grpc", "Transports.Uds",
        "Transports.SharedMemory", "NativeFallback", "NativeFallback.LLamaSharp", "WeightStore",
    ];

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Core"] = [],
        ["Tokenization"] = ["Core"],
        ["Wire"] = ["Core"],
        ["WeightStore"] = ["Core"],
        ["Transports.Http"] = ["Core", "Tokenization"],
        ["Transports.Grpc"] = ["Core", "Tokenization", "Wire"],
        ["Transports.Uds"] = ["Core", "Tokenization", "Wire"],
        ["Transports.SharedMemory"] = ["Core", "Tokenization", "Transports.Uds"],
        ["NativeFallback"] = ["Core", "Tokenization"],
        ["NativeFallback.LLamaSharp"] = ["Core", "Tokenization"],
        ["Testing"] = ["Wire", "Tokenization"],
        ["Server"] = BelowServer,
        ["Bench"] = ["Server", "Testing"],
        ["Cli"] = ["Server", "Bench"],
    };

    private static readonly string[] MayBeUnsafe = ["Transports.SharedMemory", "NativeFallback", "Wire", "Bench"];

    [Fact]
    public void Projects_reference_only_what_their_arrows_reach()
    {
        bool serverExists = Repository.SourceProjects.Any(project => project.Name == "Server");
        Verdict.None(Repository.SourceProjects, project => Check(project, serverExists));
    }

    [Fact]
    public void Projects_lie_in_the_folder_of_their_name() =>
        Verdict.None(Repository.SourceProjects, project =>
            project.Folder == $"src/{project.Name}" || project.Folder == $"src/Bridge.{project.Name}"
                ? [] : [$"{project.Path}: the folder is src/{project.Name} or src/Bridge.{project.Name}"]);

    [Fact]
    public void Unsafe_code_is_allowed_where_memory_is_shared_alone() =>
        Verdict.None(Repository.SourceProjects, project =>
            project.AllowsUnsafe && !MayBeUnsafe.Contains(project.Name)
                ? [$"{project.Path}: AllowUnsafeBlocks only in {string.Join(", ", MayBeUnsafe)}"] : []);

    [Theory]
    [InlineData("Core", "Tokenization")]
    [InlineData("Tokenization", "Wire")]
    [InlineData("Transports.Http", "Wire")]
    [InlineData("Transports.Uds", "Transports.SharedMemory")]
    [InlineData("NativeFallback", "WeightStore")]
    [InlineData("Server", "Testing")]
    [InlineData("Core", "Unheard")]
    [InlineData("Unheard", "Core")]
    public void Arrow_outside_the_table_is_found(string from, string to) =>
        Assert.Single(Check(Project(from, to), serverExists: true));

    [Theory]
    [InlineData("Cli", "Bench")]
    [InlineData("Bench", "Testing")]
    [InlineData("Server", "NativeFallback.LLamaSharp")]
    [InlineData("Transports.SharedMemory", "Wire")]
    [InlineData("Testing", "Core")]
    public void Arrow_of_the_table_is_accepted(string from, string to) =>
        Assert.Empty(Check(Project(from, to), serverExists: true));

    [Fact]
    public void Command_line_stands_in_for_a_server_that_does_not_exist_yet() =>
        Assert.Empty(Check(Project("Cli", "NativeFallback"), serverExists: false));

    private static ProjectFile Project(string name, string reference) =>
        ProjectFile.Parse($"src/{name}/ThemisBridge.{name}.csproj",
            $"""<Project><ItemGroup><ProjectReference Include="..\x/ThemisBridge.{reference}.csproj" /></ItemGroup></Project>""");

    private static IEnumerable<string> Check(ProjectFile project, bool serverExists)
    {
        if (!Arrows.ContainsKey(project.Name))
        {
            return [$"{project.Path}: the design has no such project; add it to the table with an ADR"];
        }

        HashSet<string> allowed = [];
        Reach(project.Name, allowed);
        if (project.Name == "Cli" && !serverExists)
        {
            allowed.UnionWith(BelowServer);
        }

        return project.References.Where(reference => !allowed.Contains(reference))
            .Select(reference => $"{project.Path}: {project.Name} may not know {reference}");
    }

    /// <summary>References are handed on by the compiler, so what an arrow's end knows may be named as well.</summary>
    private static void Reach(string name, HashSet<string> reached)
    {
        foreach (string next in Arrows[name])
        {
            if (reached.Add(next))
            {
                Reach(next, reached);
            }
        }
    }
}
