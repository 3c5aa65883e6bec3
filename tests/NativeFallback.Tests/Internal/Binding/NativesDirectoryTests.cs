using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Tests.Internal.Binding;

public sealed class NativesDirectoryTests : IDisposable
{
    private static readonly string[] Levels = ["avx2", "noavx"];

    private readonly string _root = Directory.CreateTempSubdirectory("themis-natives-").FullName;

    [Fact]
    public void Variable_goes_before_the_configuration_and_that_before_the_program()
    {
        Assert.Equal("/a", NativesDirectory.Choose("/a", "/b", "/c"));
        Assert.Equal("/b", NativesDirectory.Choose(" ", "/b", "/c"));
        Assert.Equal("/c/natives", NativesDirectory.Choose(null, null, "/c"));
        Assert.Equal(Path.GetFullPath("d"), NativesDirectory.Choose("d", null, "/c"));
    }

    [Fact]
    public void Flat_folder_with_release_names_preloads_the_base_and_no_module()
    {
        Make("libllama.v0.5.0.so", "libllama-common.so", "libggml.v0.5.0.so", "libggml-base.so", "libggml-cpu-zen4.so",
            "libggml-cuda.so");

        NativeFiles build = Assert.Single(NativesDirectory.Find(_root, Levels));

        Assert.Equal("libllama.v0.5.0.so", Path.GetFileName(build.Llama));
        Assert.Equal(["libggml-base.so", "libggml.v0.5.0.so"], build.Preload.Select(Path.GetFileName));
    }

    [Fact]
    public void Shortest_name_is_taken_of_several()
    {
        Make("libllama.so", "libllama.b9842.so", "libggml.so", "libggml.b9842.so");

        NativeFiles build = Assert.Single(NativesDirectory.Find(_root, Levels));

        Assert.Equal(("libllama.so", "libggml.so"), (Path.GetFileName(build.Llama), Path.GetFileName(build.Ggml)));
        Assert.Null(build.GgmlBase);
    }

    [Fact]
    public void LLamaSharps_folders_are_tried_from_the_GPU_to_the_plainest_processor()
    {
        Make("cuda12/libllama.so", "cuda12/libggml.so", "cuda12/libggml-base.so", "cuda12/libggml-cuda.so");
        foreach (string level in (string[])["avx512", "avx2", "noavx"])
        {
            Make($"{level}/libllama.so", $"{level}/libggml.so", $"{level}/libggml-base.so", $"{level}/libggml-cpu.so");
        }

        IReadOnlyList<NativeFiles> builds = NativesDirectory.Find(_root, Levels);

        Assert.Equal(["cuda12", "avx2", "noavx"], builds.Select(build => Path.GetFileName(build.Directory)));
        Assert.Equal(
            ["cuda12/libggml-base.so", "avx2/libggml-cpu.so", "cuda12/libggml-cuda.so", "cuda12/libggml.so"],
            builds[0].Preload.Select(file => Path.GetRelativePath(_root, file)));
        Assert.Equal(
            ["avx2/libggml-base.so", "avx2/libggml-cpu.so", "avx2/libggml.so"],
            builds[1].Preload.Select(file => Path.GetRelativePath(_root, file)));
    }

    [Fact]
    public void Everything_in_one_library_needs_no_preloading()
    {
        Make("libllama.so");

        NativeFiles build = Assert.Single(NativesDirectory.Find(_root, Levels));

        Assert.Empty(build.Preload);
        Assert.Null(build.Ggml);
    }

    [Fact]
    public void Folder_without_a_library_has_no_build()
    {
        Make("libllama-common.so", "readme.txt");

        Assert.Empty(NativesDirectory.Find(_root, Levels));
        Assert.Empty(NativesDirectory.Find(Path.Combine(_root, "absent"), Levels));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            string path = Path.Combine(_root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, []);
        }
    }
}
