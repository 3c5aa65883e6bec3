using System.Xml.Linq;

namespace ThemisBridge.Repo.Tests;

/// <summary>
/// What the rules read in a csproj. The path counts from the repository's root; a name is the file's less
/// <c>ThemisBridge.</c>, the word that the arrows use.
/// </summary>
internal sealed record ProjectFile(
    string Path, string Name, IReadOnlyList<string> References, bool AllowsUnsafe, bool IsProgram)
{
    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public static ProjectFile Parse(string path, string text)
    {
        var xml = XDocument.Parse(text);
        bool Has(string property, string value) =>
            xml.Descendants(property).Any(e => e.Value.Trim().Equals(value, StringComparison.OrdinalIgnoreCase));

        return new(
            path,
            ShortName(path),
            [.. xml.Descendants("ProjectReference").Select(e => ShortName(e.Attribute("Include")!.Value))],
            Has("AllowUnsafeBlocks", "true"),
            Has("OutputType", "Exe"));
    }

    private static string ShortName(string path) =>
        System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))
            .Replace("ThemisBridge.", "", StringComparison.Ordinal);
}
