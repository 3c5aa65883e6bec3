using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ThemisBridge.Repo.Tests;

/// <summary>A reader finds a type by its file's name. A part of a partial type is named X.Part.cs.</summary>
public sealed class OneTypePerFile
{
    [Fact]
    public void Sources_hold_one_type_named_like_the_file() => Verdict.None(Repository.Sources, Check);

    [Theory]
    [InlineData("src/A.cs", "class A; class B;")]
    [InlineData("src/A.cs", "namespace N; enum A; namespace M { delegate void D(); }")]
    [InlineData("src/A.cs", "class B;")]
    [InlineData("src/AB.cs", "class A;")]
    [InlineData("src/A.cs", "// nothing")]
    [InlineData("src/A.cs", "return 1; class A;")]
    public void Other_file_is_found(string path, string text) => Assert.Single(Check(SourceFile.Parse(path, text)));

    [Theory]
    [InlineData("src/A.cs", "namespace N; class A<T> { class B; }")]
    [InlineData("src/A.Log.cs", "partial class A;")]
    [InlineData("src/GlobalUsings.cs", "global using System;")]
    [InlineData("src/AssemblyInfo.cs", "[assembly: System.CLSCompliant(false)]")]
    [InlineData("src/Program.cs", "return 0;")]
    public void Named_file_is_accepted(string path, string text) => Assert.Empty(Check(SourceFile.Parse(path, text)));

    private static IEnumerable<string> Check(SourceFile file)
    {
        string[] names = [.. file.TopLevelTypes.Select(type => type switch
        {
            BaseTypeDeclarationSyntax declared => declared.Identifier.Text,
            DelegateDeclarationSyntax declared => declared.Identifier.Text,
            _ => throw new InvalidOperationException(type.ToString()),
        })];
        bool hasStatements = file.Syntax.Members.OfType<GlobalStatementSyntax>().Any();
        string name = Path.GetFileNameWithoutExtension(file.Path);
        if (names.Length == 0)
        {
            bool isCode = hasStatements ? name == "Program" : file.Syntax.Usings.Any()
                || file.Syntax.AttributeLists.Any();
            return isCode ? [] : [$"{file.Path}: no type"];
        }

        if (names.Length > 1 || hasStatements)
        {
            return [$"{file.Path}: {string.Join(", ", names)}: one top-level type a file"];
        }

        return name == names[0] || name.StartsWith(names[0] + ".", StringComparison.Ordinal)
            ? [] : [$"{file.Path}: holds {names[0]}, so it is {names[0]}.cs"];
    }
}
