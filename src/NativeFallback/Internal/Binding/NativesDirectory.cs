using System.Runtime.Intrinsics.X86;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary>
/// Finds the builds of llama.cpp in a folder. Two shapes are known: a flat folder whose backends are modules that ggml
/// loads itself (npm's @node-llama-cpp, release archives), and LLamaSharp.Backend's folder of folders, one per
/// processor level or GPU runtime.
/// </summary>
internal static class NativesDirectory
{
    /// <summary>The environment variable that overrides the configuration.</summary>
    public const string Variable = "THEMIS_LLAMA_NATIVES";

    private static readonly string[] GpuFolders = ["cuda13", "cuda12", "vulkan"];

    /// <summary>The folder to look in: the variable, else the configuration, else <c>natives</c> beside the program.
    /// </summary>
    public static string Choose(string? variable, string? configured, string programFolder) =>
        Path.GetFullPath(
            !string.IsNullOrWhiteSpace(variable) ? variable
            : !string.IsNullOrWhiteSpace(configured) ? configured
            : Path.Combine(programFolder, "natives"));

    /// <summary>The builds in a folder, best first; empty when there is none.</summary>
    public static IReadOnlyList<NativeFiles> Find(string directory) => Find(directory, ProcessorFolders());

    /// <summary>The same for a processor that runs the given levels, best first.</summary>
    internal static IReadOnlyList<NativeFiles> Find(string directory, IReadOnlyList<string> processorFolders)
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        if (Build(directory, processorFolders) is { } flat)
        {
            return [flat];
        }

        List<NativeFiles> builds = [];
        foreach (string folder in GpuFolders.Concat(processorFolders))
        {
            string path = Path.Combine(directory, folder);
            if (Directory.Exists(path) && Build(path, processorFolders) is { } build)
            {
                builds.Add(build);
            }
        }

        return builds;
    }

    private static NativeFiles? Build(string directory, IReadOnlyList<string> processorFolders)
    {
        string[] files = Directory.GetFiles(directory, "lib*.so");
        if (Shortest(files, "libllama") is not { } llama)
        {
            return null;
        }

        string? ggml = Shortest(files, "libggml");
        string? ggmlBase = Exact(directory, "libggml-base.so");
        List<string?> preload = [ggmlBase];
        if (PlainProcessorBackend(directory, processorFolders) is { } processor)
        {
            // Backends are linked in, not modules: libggml needs them by name, and finds what is loaded already.
            preload.AddRange([processor, Exact(directory, "libggml-cuda.so"), Exact(directory, "libggml-vulkan.so")]);
        }

        preload.Add(ggml);
        return new NativeFiles(directory, llama, ggml, ggmlBase, [.. preload.OfType<string>()]);
    }

    // LLamaSharp keeps libggml-cpu.so in the folders of the processor levels alone.
    private static string? PlainProcessorBackend(string directory, IReadOnlyList<string> processorFolders)
    {
        string parent = Path.GetDirectoryName(directory) ?? directory;
        return processorFolders.Select(folder => Path.Combine(parent, folder)).Prepend(directory)
            .Select(folder => Exact(folder, "libggml-cpu.so"))
            .FirstOrDefault(file => file is not null);
    }

    // libllama.so or libllama.<release>.so, but not libllama-common.so.
    private static string? Shortest(string[] files, string name) => files
        .Where(file => Path.GetFileName(file).StartsWith($"{name}.", StringComparison.Ordinal))
        .OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal)
        .FirstOrDefault();

    private static string? Exact(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? path : null;
    }

    private static List<string> ProcessorFolders()
    {
        List<string> folders = [];
        if (Avx512F.IsSupported)
        {
            folders.Add("avx512");
        }

        if (Avx2.IsSupported)
        {
            folders.Add("avx2");
        }

        if (Avx.IsSupported)
        {
            folders.Add("avx");
        }

        folders.Add("noavx");
        return folders;
    }
}
