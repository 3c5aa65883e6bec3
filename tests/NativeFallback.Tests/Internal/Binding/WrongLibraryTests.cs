using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ThemisBridge.Core.Failures;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Tests.Internal.Binding;

/// <summary>Libraries that are not the one they seem to be: refused with a message, and this process goes on.</summary>
public sealed class WrongLibraryTests : IDisposable
{
    private const string Compiler = "/usr/bin/gcc";

    private readonly string _folder = Directory.CreateTempSubdirectory("themis-wrong-").FullName;

    [Fact]
    public void Right_library_passes()
    {
        (LlamaCandidate candidate, NativeFiles files) =
            LlamaLibrary.FindUsable(Repository.Natives, NullLogger.Instance);
        using (candidate)
        {
            Assert.StartsWith(Repository.Natives, files.Llama, StringComparison.Ordinal);
            Assert.NotNull(candidate.Features.Context);
        }
    }

    [Fact]
    public void Missing_folder_and_empty_folder_are_refused()
    {
        Assert.Contains("no libllama", Refused(Path.Combine(_folder, "absent")), StringComparison.Ordinal);
        Assert.Contains("no libllama", Refused(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_library_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "libllama.so"), "not an ELF file");

        Assert.Contains("does not load", Refused(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_library_under_the_name_is_refused()
    {
        File.Copy(Path.Combine(Repository.Natives, "libggml-base.so"), Path.Combine(_folder, "libllama.so"));

        Assert.Contains("lacks the function llama_backend_init", Refused(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Library_that_lacks_one_function_is_refused()
    {
        Compile(Functions(LlamaExports.Llama[..^1]));

        Assert.Contains($"lacks the function {LlamaExports.Llama[^1]}", Refused(_folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ 0 }")]
    [InlineData("{ 512, 2048, 512, 1, 0, 0, 0, 0, 4, 4, -1, -1, -1, -1 }")]
    [InlineData("{ -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }")]
    public void Library_of_an_unknown_layout_is_refused(string defaults)
    {
        string[] others = [.. LlamaExports.Llama, .. LlamaExports.Ggml, .. LlamaExports.GgmlBase];
        Compile(
            Functions(others.Where(name => !name.EndsWith("_default_params", StringComparison.Ordinal)))
            + $"struct p {{ int v[40]; }};\n"
            + $"struct p llama_context_default_params(void) {{ struct p r = {{ {defaults} }}; return r; }}\n"
            + $"struct p llama_model_default_params(void) {{ struct p r = {{ {defaults} }}; return r; }}\n");

        Assert.Contains("unknown layout", Refused(_folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_library_is_refused_while_one_is_loaded()
    {
        await using NativeBackend backend = TinyEngine.Create();
        backend.DescribeLibrary();

        BridgeException error = Assert.Throws<BridgeException>(() => LlamaLibrary.Open(_folder, NullLogger.Instance));

        Assert.Equal(BridgeFailure.NativeLibraryUnavailable, error.Failure);
        Assert.Contains("already runs", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Refused(string folder)
    {
        BridgeException error =
            Assert.Throws<BridgeException>(() => LlamaLibrary.FindUsable(folder, NullLogger.Instance));
        Assert.Equal((BridgeFailure.NativeLibraryUnavailable, FailureStage.Admit), (error.Failure, error.Stage));
        Assert.Contains(NativesDirectory.Variable, error.Message, StringComparison.Ordinal);
        return error.Message;
    }

    // Called, any of them would end the process: that none is called is part of the test.
    private static string Functions(IEnumerable<string> names) =>
        "#include <stdlib.h>\n" + string.Concat(names.Select(name => $"void {name}(void) {{ abort(); }}\n"));

    private void Compile(string source)
    {
        Assert.SkipUnless(File.Exists(Compiler), "There is no C compiler to make a wrong library with.");
        string file = Path.Combine(_folder, "wrong.c");
        File.WriteAllText(file, source);
        using Process process = Process.Start(
            Compiler, ["-shared", "-fPIC", "-o", Path.Combine(_folder, "libllama.so"), file]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
