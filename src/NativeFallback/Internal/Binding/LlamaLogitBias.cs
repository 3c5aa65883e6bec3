using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary><c>llama_logit_bias</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LlamaLogitBias(int Token, float Bias);
