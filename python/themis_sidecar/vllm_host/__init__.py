"""vLLM's AsyncLLM inside this process."""
