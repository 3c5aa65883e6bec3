using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ThemisBridge.Repo.Tests;

/// <summary>
/// Words that say nothing about what a type does are not in its name, but for the framework's own: a type may end like
/// its base type (a DelegatingHandler), and IServiceCollection's extensions carry its name.
/// </summary>
public sealed partial class BannedWords
{
    private static readonly HashSet<string> Banned =
    [
        "Service", "Services", "Manager", "Managers", "Handler", "Handlers", "Helper", "Helpers", "Util", "Utils",
        "Utility", "Utilities",
    ];

    [Fact]
    public void Type_names_say_what_the_type_does() => Verdict.None(Repository.Sources, Check);

    [Theory]
    [InlineData("class ModelManager;")]
    [InlineData("interface IRequestHandler;")]
    [InlineData("static class StringUtils;")]
    [InlineData("class A { struct HTTPHelper; }")]
    [InlineData("class RetryHandler : IDisposable;")]
    [InlineData("enum ServiceState;")]
    public void Banned_word_is_found(string text) => Assert.Single(Check(SourceFile.Parse("src/A.cs", text)));

    [Theory]
    [InlineData("class RetryHandler : System.Net.Http.DelegatingHandler;")]
    [InlineData("class ProbeService(int i) : BackgroundService, IDisposable;")]
    [InlineData("static class BridgeServiceCollectionExtensions;")]
    [InlineData("class Utilization;")]
    public void Other_name_is_accepted(string text) => Assert.Empty(Check(SourceFile.Parse("src/A.cs", text)));

    private static IEnumerable<string> Check(SourceFile file) =>
        from type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        from word in Words(type.Identifier.Text).Intersect(Banned)
        where !(type.BaseList?.Types.Any(parent => Words(LastName(parent)).LastOrDefault() == word) ?? false)
        select $"{file.At(type)}: {type.Identifier.Text}: say what it does instead of '{word}'";

    private static string LastName(BaseTypeSyntax parent) => parent.Type switch
    {
        QualifiedNameSyntax name => name.Right.Identifier.Text,
        SimpleNameSyntax name => name.Identifier.Text,
        _ => "",
    };

    private static IEnumerable<string> Words(string name) =>
        Word().Matches(name.Replace("ServiceCollection", "", StringComparison.Ordinal)
            .Replace("ServiceProvider", "", StringComparison.Ordinal)).Select(match => match.Value);

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")]
    private static partial Regex Word();
}
