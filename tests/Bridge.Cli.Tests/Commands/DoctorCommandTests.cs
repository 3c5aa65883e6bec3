using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using ThemisBridge.Cli.Tests.Doubles;

namespace ThemisBridge.Cli.Tests.Commands;

public sealed class DoctorCommandTests
{
    [Fact]
    public async Task Healthy_machine_is_said_to_be_so()
    {
        CliResult result = await CliRun.RunAsync("doctor");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] subjects =
            [".NET runtime", ".NET SDK", "machine", "llama.cpp", "threads", "device CPU", "model themis-tiny", "Python",
                "engine native"];
        Assert.All(subjects, subject => Assert.Contains(subject, result.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("fault", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_that_cannot_be_reached_is_a_fault_with_a_remedy()
    {
        JsonNode[] findings = await FaultsAsync(
            "--set", "Engines:far:Ladder:0=http://127.0.0.1:9", "--set", "Engines:near:Ladder:0=http+unix:///nowhere/x.sock");

        Assert.Equal(["socket /nowhere/x.sock", "engine far (http)", "engine near (http)"],
            findings.Select(finding => (string)finding["subject"]!));
        Assert.All(findings, finding => Assert.NotEmpty((string)finding["remedy"]!));
    }

    [Fact]
    public async Task Missing_natives_and_model_files_are_faults_that_name_the_place()
    {
        JsonNode[] findings = await FaultsAsync(
            new Dictionary<string, string> { ["THEMIS_LLAMA_NATIVES"] = "/nowhere" },
            "--set", "Native:Models:themis-tiny:Path=/nowhere/model.gguf");

        Assert.Contains("/nowhere", Found(findings, "llama.cpp"), StringComparison.Ordinal);
        Assert.Contains("model.gguf", Found(findings, "model themis-tiny"), StringComparison.Ordinal);
        Assert.NotEmpty(Found(findings, "engine native (native)"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Socket_that_every_user_may_open_is_a_warning_that_names_the_modes()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("themis-doctor");
        string path = Path.Combine(folder.FullName, "x.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        const UnixFileMode Everybody = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(path, Everybody);
        File.SetUnixFileMode(folder.FullName, Everybody);

        CliResult result = await CliRun.RunAsync("doctor", "--json", "--set", $"Engines:e:Ladder:0=http+unix://{path}");

        JsonNode finding = Findings(result).Single(one => (string)one["subject"]! == $"socket {path}");
        Assert.Equal("warning", (string)finding["state"]!);
        Assert.Contains("0777", (string)finding["found"]!, StringComparison.Ordinal);
        Assert.Contains("chmod", (string)finding["remedy"]!, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Bad_configuration_is_reported_as_everywhere()
    {
        CliResult result = await CliRun.RunAsync("doctor", "--set", "Engines:e:Ladder:0=nothing");

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("Engines:e:Ladder", result.Error, StringComparison.Ordinal);
    }

    private static Task<JsonNode[]> FaultsAsync(params string[] arguments) => FaultsAsync(null!, arguments);

    private static async Task<JsonNode[]> FaultsAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        CliResult result = await CliRun.RunAsync(["doctor", "--json", .. arguments], environment: environment);

        Assert.Equal(69, result.ExitCode);
        Assert.False((bool)JsonNode.Parse(result.Output)!["healthy"]!);
        return [.. Findings(result).Where(finding => (string)finding["state"]! == "fault")];
    }

    private static IEnumerable<JsonNode> Findings(CliResult result) =>
        JsonNode.Parse(result.Output)!["findings"]!.AsArray().Select(finding => finding!);

    private static string Found(JsonNode[] findings, string subject) =>
        (string)findings.Single(finding => (string)finding["subject"]! == subject)["found"]!;
}
