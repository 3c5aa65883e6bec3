namespace ThemisBridge.Bench.Peers;

/// <summary>The Python baselines, which travel inside the assembly.</summary>
internal static class EmbeddedScript
{
    /// <summary>A script's text.</summary>
    /// <param name="name">Its file name.</param>
    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedScript).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
