using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Failures;
using ThemisBridge.Core.Gguf;
using ThemisBridge.NativeFallback;

namespace ThemisBridge.Cli.Doctor;

/// <summary>llama.cpp, what it computes on, and the files of the configured models.</summary>
internal static class NativeCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(IServiceProvider services)
    {
        NativeOptions options = services.GetRequiredService<IOptions<NativeOptions>>().Value;
        List<Finding> findings = [];
        await using (var backend = new NativeBackend("native", options, NullLoggerFactory.Instance, TimeProvider.System))
        {
            findings.AddRange(Library(backend));
        }

        findings.AddRange(options.Models.Select(model => ModelFile(model.Key, model.Value.Path)));
        return findings;
    }

    private static IEnumerable<Finding> Library(NativeBackend backend)
    {
        NativeLibraryInfo library;
        Finding? fault = null;
        try
        {
            library = backend.DescribeLibrary();
        }
        catch (BridgeException error)
        {
            fault = new("llama.cpp", FindingState.Fault, error.Message,
                "scripts/natives.sh fetches it; THEMIS_LLAMA_NATIVES names its folder.");
            library = null!;
        }

        if (fault is not null)
        {
            return [fault];
        }

        return
        [
            new("llama.cpp", FindingState.Ok, $"{library.Version}, {library.Path}"),
            new("threads", FindingState.Ok, $"{library.DefaultThreads} per decode, where no model says otherwise"),
            .. library.Devices.Select(Device),
        ];
    }

    private static Finding Device(NativeDevice device) => new($"device {device.Name}", FindingState.Ok,
        device.TotalBytes > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"{device.Kind}, {device.Description}, {device.FreeBytes / 1e9:0.0} of {device.TotalBytes / 1e9:0.0} GB free")
            : $"{device.Kind}, {device.Description}");

    private static Finding ModelFile(string name, string path)
    {
        try
        {
            GgufHeader header = GgufHeader.Read(path);
            return new($"model {name}", FindingState.Ok,
                string.Create(CultureInfo.InvariantCulture,
                    $"{header.Architecture}, {header.Tensors.Count} tensors, {new FileInfo(path).Length / 1e6:0.0} MB, {path}"));
        }
        catch (Exception error) when (error is BridgeException or IOException or UnauthorizedAccessException)
        {
            return new($"model {name}", FindingState.Fault, error.Message,
                $"Give a GGUF file in ThemisBridge:Native:Models:{name}:Path, or leave the model out.");
        }
    }
}
