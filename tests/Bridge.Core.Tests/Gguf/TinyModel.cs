namespace ThemisBridge.Core.Tests.Gguf;

/// <summary>The embedded model's files, in the folder of the repository.</summary>
internal static class TinyModel
{
    public static string Path(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "ThemisBridge.sln")))
        {
            folder = folder.Parent;
        }

        Assert.NotNull(folder);
        string path = System.IO.Path.Combine(folder.FullName, "models", "themis-tiny", name);
        Assert.True(File.Exists(path), $"models/themis-tiny/{name} is missing");
        return path;
    }
}
