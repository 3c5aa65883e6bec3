namespace ThemisBridge.Testing.Vllm.Requests;

/// <summary>A body that is no UTF-8, which vLLM answers outside its usual shape of errors.</summary>
internal sealed class UnreadableBodyException : Exception;
