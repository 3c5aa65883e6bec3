using System.Runtime.InteropServices;

namespace ThemisBridge.NativeFallback.Internal.Binding;

/// <summary><c>llama_sampler_chain_params</c>: whether not to take times.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LlamaChainParams(byte NoTimes);
