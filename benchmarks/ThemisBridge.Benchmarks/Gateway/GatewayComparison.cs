using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ThemisBridge.Benchmarks.Gateway;

/// <summary>
/// <c>serve</c> beside nginx over the same mock server in the same run: CPU of the gateway per plain request and per
/// event of a dense stream. Rounds alternate, medians are printed. Client, gateway and mock share the machine, so
/// requests/s are lower bounds and the CPU figures are the ones to compare.
/// </summary>
internal static partial class GatewayComparison
{
    private const int Rounds = 5;
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"What is ThemisDB?\"}]";

    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(2);
    private static readonly int[] Connections = [1, 16, 64];
    private static readonly string[] NginxPlaces = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];

    private static readonly (string Name, string Json, int Units)[] Loads =
    [
        ("plain request", $"{{\"model\":\"m\",{Messages}}}", 1),
        ("dense stream event", $"{{\"model\":\"m\",{Messages},\"stream\":true}}", MockOpenAi.Events),
    ];

    public static async Task<int> RunAsync()
    {
        if (FindNginx() is not { } nginx)
        {
            await Console.Error.WriteLineAsync("nginx is missing; install Debian's package nginx-light.");
            return 69;
        }

        string folder = Directory.CreateTempSubdirectory("themis-gateway").FullName;
        using Process mock = Start(Environment.ProcessPath!, ["mock-openai"], redirect: true);
        try
        {
            int mockPort = int.Parse((await mock.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            using GatewayProcess bridge = await StartBridgeAsync(mockPort);
            using GatewayProcess other = await StartNginxAsync(nginx, folder, mockPort);
            await CompareAsync(bridge, other);
        }
        finally
        {
            mock.Kill();
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task CompareAsync(GatewayProcess bridge, GatewayProcess nginx)
    {
        await Console.Out.WriteLineAsync(
            "| load | connections | nginx µs CPU | themis-bridge µs CPU | nginx /s | themis-bridge /s |");
        await Console.Out.WriteLineAsync("| --- | --- | --- | --- | --- | --- |");
        foreach ((string name, string json, int units) in Loads)
        {
            foreach (int connections in Connections)
            {
                // The first round of each warms its code up and is thrown away.
                await MeasureAsync(bridge, json, connections, units);
                await MeasureAsync(nginx, json, connections, units);
                List<(double Cpu, double Rate)> ours = [];
                List<(double Cpu, double Rate)> theirs = [];
                for (int round = 0; round < Rounds; round++)
                {
                    ours.Add(await MeasureAsync(bridge, json, connections, units));
                    theirs.Add(await MeasureAsync(nginx, json, connections, units));
                }

                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"| {name} | {connections} | {Median(theirs, one => one.Cpu):0.0} | {Median(ours, one => one.Cpu):0.0} | "
                    + $"{Median(theirs, one => one.Rate):#,0} | {Median(ours, one => one.Rate):#,0} |"));
            }
        }
    }

    private static async Task<(double Cpu, double Rate)> MeasureAsync(
        GatewayProcess gateway, string json, int connections, int units)
    {
        double before = gateway.CpuMicroseconds();
        var watch = Stopwatch.StartNew();
        int answers = await LoadClient.RunAsync(gateway.Port, json, connections, RoundTime);
        double count = (double)answers * units;
        return ((gateway.CpuMicroseconds() - before) / count, count / watch.Elapsed.TotalSeconds);
    }

    private static async Task<GatewayProcess> StartBridgeAsync(int mockPort)
    {
        string program = Path.GetFullPath(Path.Combine(
            AppContext.BaseDirectory, "..", "..", "ThemisBridge.Cli", "release", "themis-bridge"));
        var start = new ProcessStartInfo(program,
        [
            "serve", "--listen", "http://127.0.0.1:0", "--set", $"Engines:mock:Ladder:0=http://127.0.0.1:{mockPort}",
            "--set", "Routes:m:0=mock",
        ])
        { RedirectStandardError = true };
        Process process = Process.Start(start)!;
        string line = await process.StandardError.ReadLineAsync() ?? "";
        return new GatewayProcess("themis-bridge", process,
            int.Parse(Port().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static async Task<GatewayProcess> StartNginxAsync(string nginx, string folder, int mockPort)
    {
        int port = FreePort();
        string configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off; worker_processes 2; pid {{folder}}/nginx.pid; error_log {{folder}}/error.log;
            events { worker_connections 1024; }
            http {
              access_log off; client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p;
              fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
              keepalive_requests 100000000;
              upstream mock { server 127.0.0.1:{{mockPort}}; keepalive 128; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
              }
            }
            """);
        Process process = Start(nginx, ["-p", folder, "-c", configuration], redirect: false);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!await AcceptsAsync(port))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }

        return new GatewayProcess("nginx", process, port);
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static Process Start(string program, string[] arguments, bool redirect) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = redirect })!;

    private static string? FindNginx() =>
        NginxPlaces.FirstOrDefault(File.Exists);

    private static double Median(List<(double Cpu, double Rate)> values, Func<(double Cpu, double Rate), double> part)
    {
        double[] sorted = [.. values.Select(part).Order()];
        return sorted[sorted.Length / 2];
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
