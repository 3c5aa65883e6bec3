using System.Text;
using System.Text.RegularExpressions;

namespace ThemisBridge.Repo.Tests;

/// <summary>A link from one document to another file of the repository leads somewhere.</summary>
public sealed partial class DocsLinks
{
    [Fact]
    public void Links_lead_to_files_and_headings() =>
        Verdict.None(
            [.. Repository.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal))],
            path => Check(path, Repository.Read(path)));

    [Theory]
    [InlineData("[x](missing.md)")]
    [InlineData("![x](../missing.png)")]
    [InlineData("[x](../README.md#no-such-heading)")]
    [InlineData("[x](#no-such-heading)")]
    [InlineData("[x](../../outside.md)")]
    [InlineData("[a]: missing.md")]
    public void Dead_link_is_found(string text) => Assert.Single(Check("docs/a.md", text));

    [Theory]
    [InlineData("[x](../README.md) and [y](../tests) and [z](https://example.org/a.md)")]
    [InlineData("# Words, `code` & more\n[x](#words-code--more)")]
    [InlineData("`[x](missing.md)`\n```\n[y](missing.md)\n```")]
    public void Living_link_is_accepted(string text) => Assert.Empty(Check("docs/a.md", text));

    private static IEnumerable<string> Check(string path, string text)
    {
        string prose = Code().Replace(text, "");
        foreach (Match match in Link().Matches(prose))
        {
            string target = match.Groups["to"].Value;
            if (target.Contains("://", StringComparison.Ordinal)
                || target.StartsWith("mailto:", StringComparison.Ordinal))
            {
                continue;
            }

            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? path : Resolve(path, parts[0]);
            string full = Path.Combine(Repository.Root, file);
            bool isHere = file == path;
            if (file.StartsWith("..", StringComparison.Ordinal) || !(isHere || Path.Exists(full)))
            {
                yield return $"{path}: {target} leads nowhere";
            }
            else if (parts.Length == 2 && !Headings(isHere ? text : File.ReadAllText(full)).Contains(parts[1]))
            {
                yield return $"{path}: {target}: no such heading";
            }
        }
    }

    private static string Resolve(string from, string target)
    {
        string start = target.StartsWith('/') ? "" : Path.GetDirectoryName(from)!;
        string full = Path.GetFullPath(Path.Combine(Repository.Root, start, target.TrimStart('/')));
        return Path.GetRelativePath(Repository.Root, full).Replace('\\', '/');
    }

    /// <summary>The anchors that a reader's page makes of the headings: letters, digits, - and _, spaces as
    /// -.</summary>
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(Fence().Replace(text, "")).Select(match =>
        {
            var anchor = new StringBuilder();
            foreach (char c in match.Groups["text"].Value.Trim())
            {
                anchor.Append(char.IsLetterOrDigit(c) || c is '-' or '_' ? char.ToLowerInvariant(c) : c == ' ' ? '-'
                    : null);
            }

            return anchor.ToString();
        });

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(?<to>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
