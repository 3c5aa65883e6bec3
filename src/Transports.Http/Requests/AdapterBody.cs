namespace ThemisBridge.Transports.Http.Requests;

/// <summary>
/// Writes the bodies for loading and unloading. Never <c>load_inplace</c>: vLLM 0.32 then reads the adapter from disk
/// at every request.
/// </summary>
internal static class AdapterBody
{
    public static PooledBuffer ForLoad(string name, string path) => RequestBody.Write(json =>
    {
        json.WriteString("lora_name"u8, name);
        json.WriteString("lora_path"u8, path);
    });

    public static PooledBuffer ForUnload(string name) =>
        RequestBody.Write(json => json.WriteString("lora_name"u8, name));
}
