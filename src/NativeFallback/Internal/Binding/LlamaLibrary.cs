using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// The loaded llama.cpp of this process. There is one: its registry of backends and its log are global, and an import
/// cannot be bound twice.
/// </summary>
internal sealed unsafe class LlamaLibrary
{
    private const int GpuDevice = 1;
    private const int IntegratedGpuDevice = 2;

    private static readonly Lock Gate = new();
    private static LlamaLibrary? s_current;

    private readonly LlamaCandidate _candidate;
    private readonly string _folder;

    private LlamaLibrary(LlamaCandidate candidate, NativeFiles files, string folder)
    {
        _candidate = candidate;
        _folder = folder;
        Path = files.Llama;
    }

    /// <summary>The library that <see cref="Open"/> loaded.</summary>
    public static LlamaLibrary Current => s_current ?? throw new InvalidOperationException("llama.cpp is not loaded.");

    /// <summary>The file of libllama.</summary>
    public string Path { get; }

    /// <summary>What the release has.</summary>
    public LlamaFeatures Features => _candidate.Features;

    /// <summary>The release, such as <c>0.5.0</c>; its file name's part for releases that do not tell.</summary>
    public string Version { get; private set; } = "";

    /// <summary>Whether there is a GPU that layers can go to.</summary>
    public bool HasGpu { get; private set; }

    /// <summary>Loads, checks and binds the library in a folder, once per process.</summary>
    /// <param name="folder">The full path of the folder; see <see cref="NativesDirectory.Choose"/>.</param>
    /// <param name="logger">Where its own messages go from now on.</param>
    /// <exception cref="BridgeException"><see cref="BridgeFailure.NativeLibraryUnavailable"/>: there is none, it is
    /// refused, or another one is loaded already.</exception>
    public static LlamaLibrary Open(string folder, ILogger logger)
    {
        lock (Gate)
        {
            LlamaLogSink.Use(logger);
            if (s_current is { } current)
            {
                return current._folder == folder
                    ? current
                    : throw NativeFailure.Library(
                        $"this process already runs the one in {current._folder}",
                            remedy: "Use one folder per process.");
            }

            return s_current = Bind(folder, logger);
        }
    }

    /// <summary>Loads and checks the first build in a folder that passes, and says which builds were passed over.
    /// </summary>
    public static (LlamaCandidate Candidate, NativeFiles Files) FindUsable(string folder, ILogger logger)
    {
        IReadOnlyList<NativeFiles> builds = NativesDirectory.Find(folder);
        if (builds.Count == 0)
        {
            throw NativeFailure.Library($"there is no libllama in {folder}");
        }

        for (int i = 0; ; i++)
        {
            try
            {
                return (LlamaCandidate.Load(builds[i]), builds[i]);
            }
            catch (BridgeException error) when (i + 1 < builds.Count)
            {
                NativeLog.BuildPassedOver(logger, builds[i].Directory, error.Message);
            }
        }
    }

    /// <summary>The devices that ggml has registered.</summary>
    public static IReadOnlyList<NativeDevice> Devices()
    {
        NativeDevice[] devices = new NativeDevice[LlamaApi.DeviceCount()];
        for (int i = 0; i < devices.Length; i++)
        {
            nint device = LlamaApi.DeviceGet((nuint)i);
            nuint free = 0;
            nuint total = 0;
            LlamaApi.DeviceMemory(device, &free, &total);
            devices[i] = new NativeDevice(
                Text(LlamaApi.DeviceName(device)), Text(LlamaApi.DeviceDescription(device)), Kind(device),
                (long)total, (long)free);
        }

        return devices;
    }

    private static LlamaLibrary Bind(string folder, ILogger logger)
    {
        (LlamaCandidate candidate, NativeFiles files) = FindUsable(folder, logger);
        candidate.Keep();
        LlamaLibrary library = new(candidate, files, folder);
        NativeLibrary.SetDllImportResolver(typeof(LlamaApi).Assembly, (name, _, _) => name switch
        {
            LlamaApi.Llama => candidate.Llama,
            LlamaApi.Ggml => candidate.Ggml,
            LlamaApi.GgmlBase => candidate.GgmlBase,
            _ => 0,
        });
        LlamaLogSink.Install();
        if (LlamaApi.DeviceCount() == 0)
        {
            LlamaApi.LoadBackends(files.Directory);
        }

        LlamaApi.BackendInit();
        library.Describe(files, logger);
        return library;
    }

    private void Describe(NativeFiles files, ILogger logger)
    {
        Version = Features.HasVersion ? Text(LlamaApi.Version()) : VersionInName(files.Llama);
        IReadOnlyList<NativeDevice> devices = Devices();
        HasGpu = devices.Any(device => device.Kind is "gpu" or "igpu");
        NativeLog.LibraryLoaded(logger, Version, Path,
            string.Join(", ", devices.Select(d => $"{d.Name} ({d.Description})")));
        if (!HasGpu && Directory.EnumerateFiles(files.Directory, "libggml-cuda*").Any())
        {
            NativeLog.GpuMissing(logger, files.Directory);
        }
    }

    // libllama.b9842.so
    private static string VersionInName(string file)
    {
        string[] parts = System.IO.Path.GetFileName(file).Split('.');
        return parts.Length > 2 ? string.Join('.', parts[1..^1]) : "unknown";
    }

    private static string Kind(nint device) => LlamaApi.DeviceType(device) switch
    {
        0 => "cpu",
        GpuDevice => "gpu",
        IntegratedGpuDevice => "igpu",
        _ => "accelerator",
    };

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
