using System.Reflection;
using System.Runtime.InteropServices;
using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Tests.Internal.Binding;

public sealed class LlamaExportsTests
{
    [Fact]
    public void Every_imported_function_is_looked_up_before_it_is_called()
    {
        ILookup<string, string> imports = typeof(LlamaApi)
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<DllImportAttribute>())
            .OfType<DllImportAttribute>()
            .ToLookup(import => import.Value, import => import.EntryPoint!);

        Assert.Equal(3, imports.Count);
        AssertSame([.. LlamaExports.Llama, .. LlamaExports.Optional], imports[LlamaApi.Llama]);
        AssertSame(LlamaExports.Ggml, imports[LlamaApi.Ggml]);
        AssertSame(LlamaExports.GgmlBase, imports[LlamaApi.GgmlBase]);
    }

    private static void AssertSame(string[] listed, IEnumerable<string> imported) =>
        Assert.Equal(listed.Order(StringComparer.Ordinal), imported.Distinct().Order(StringComparer.Ordinal));
}
