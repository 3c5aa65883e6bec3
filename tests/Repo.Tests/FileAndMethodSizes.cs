using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ThemisBridge.Repo.Tests;

/// <summary>What a reader takes in at once: files, methods and lines stay short.</summary>
public sealed class FileAndMethodSizes
{
    private const int FileLines = 300;
    private const int MethodLines = 60;
    private const int LineLength = 120;

    [Fact]
    public void Sources_keep_to_the_sizes() => Verdict.None(Repository.Sources, Check);

    [Fact]
    public void Too_long_file_is_found() =>
        Assert.Contains("301 lines", Assert.Single(Check(Sample(string.Concat(Enumerable.Repeat("//\n", 301))))));

    [Fact]
    public void Too_long_line_is_found() =>
        Assert.Contains("src/A.cs:2: 121", Assert.Single(Check(Sample("//\n" + new string('/', 121) + "\n"))));

    [Fact]
    public void Literal_is_not_counted() =>
        Assert.Empty(Check(Sample($"class A {{ string s = \"{new string('x', 200)}\"; }}\n")));

    [Theory]
    [InlineData("class A { void M()\n{", "} }")]
    [InlineData("class A { public A()\n{", "} }")]
    [InlineData("class A { int P { get\n{", "} } }")]
    [InlineData("class A { void M() { void L()\n{", "} } }")]
    public void Too_long_method_is_found(string head, string tail)
    {
        string Body(int lines) => head + string.Concat(Enumerable.Repeat("\n;", lines)) + "\n" + tail;

        Assert.Empty(Check(Sample(Body(MethodLines - 3))));
        Assert.Contains($"{MethodLines + 1} lines", Check(Sample(Body(MethodLines - 2)))[0]);
    }

    private static SourceFile Sample(string text) => SourceFile.Parse("src/A.cs", text);

    private static List<string> Check(SourceFile file)
    {
        List<string> found = [];
        string[] lines = file.Text.TrimEnd('\n').Split('\n');
        if (lines.Length > FileLines)
        {
            found.Add($"{file.Path}: {lines.Length} lines, {FileLines} are allowed");
        }

        int[] literals = LiteralCharacters(file, lines.Length);
        found.AddRange(lines.Index().Where(line => line.Item.Length - literals[line.Index] > LineLength)
            .Select(line => $"{file.Path}:{line.Index + 1}: {line.Item.Length} characters, {LineLength} are allowed"));
        foreach (SyntaxNode node in file.Syntax.DescendantNodes())
        {
            if (node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
                && Lines(node) is > MethodLines and int count)
            {
                found.Add($"{file.At(node)}: a method of {count} lines, {MethodLines} are allowed");
            }
        }

        return found;
    }

    /// <summary>
    /// How many characters of each line are inside string literals, which do not count: a message that is one string
    /// can
    /// be searched for, and a recorded body is read as it was sent.
    /// </summary>
    private static int[] LiteralCharacters(SourceFile file, int lines)
    {
        int[] characters = new int[lines + 1];
        foreach (SyntaxToken token in file.Syntax.DescendantTokens().Where(token => token.Kind() is
            SyntaxKind.StringLiteralToken or SyntaxKind.Utf8StringLiteralToken or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
            or SyntaxKind.Utf8MultiLineRawStringLiteralToken or SyntaxKind.Utf8SingleLineRawStringLiteralToken))
        {
            FileLinePositionSpan span = token.GetLocation().GetLineSpan();
            string[] parts = token.Text.Split('\n');
            for (int i = 0; i < parts.Length; i++)
            {
                characters[span.StartLinePosition.Line + i] += parts[i].Length;
            }
        }

        return characters;
    }

    /// <summary>From the first modifier or type to the last brace: neither documentation nor attributes
    /// count.</summary>
    private static int Lines(SyntaxNode method)
    {
        SyntaxToken first = method.ChildNodesAndTokens().First(child => !child.IsKind(SyntaxKind.AttributeList))
            is { IsNode: true } node ? node.AsNode()!.GetFirstToken()
            : method.ChildNodesAndTokens().First(child => child.IsToken).AsToken();
        FileLinePositionSpan start = first.GetLocation().GetLineSpan();
        return method.GetLocation().GetLineSpan().EndLinePosition.Line - start.StartLinePosition.Line + 1;
    }
}
