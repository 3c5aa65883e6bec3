namespace ThemisBridge.NativeFallback;

/// <summary>Something that llama.cpp can compute on.</summary>
/// <param name="Name">ggml's name for it, such as <c>CPU</c> or <c>CUDA0</c>.</param>
/// <param name="Description">What it is, such as the processor's name.</param>
/// <param name="Kind"><c>cpu</c>, <c>gpu</c>, <c>igpu</c> or <c>accelerator</c>.</param>
/// <param name="TotalBytes">Its memory; 0 when it does not tell.</param>
/// <param name="FreeBytes">How much of it is free now.</param>
public sealed record NativeDevice(string Name, string Description, string Kind, long TotalBytes, long FreeBytes);
