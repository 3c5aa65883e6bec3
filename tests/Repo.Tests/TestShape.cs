using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ThemisBridge.Repo.Tests;

/// <summary>A test runs, does something and can fail. One that needs what a machine may lack says so by
/// SkipUnless.</summary>
public sealed class TestShape
{
    [Fact]
    public void Tests_run_and_do_something() => Verdict.None(Repository.Sources, Check);

    [Theory]
    [InlineData("[Fact(Skip = \"later\")] public void T() => Assert.True(x);")]
    [InlineData("[Theory(Skip = \"later\"), InlineData(1)] public void T(int i) => Assert.True(x);")]
    [InlineData("[Fact] public void T() { }")]
    [InlineData("[Fact] public async void T() => await x;")]
    public void Other_test_is_found(string method) => Assert.Single(Check(Sample(method)));

    [Theory]
    [InlineData("[Fact] public void T() => Assert.True(x);")]
    [InlineData("[Fact(Skip = \"no GPU\", SkipUnless = nameof(HasGpu))] public void T() => Assert.True(x);")]
    [InlineData("public void Not_a_test() { }")]
    public void Proper_test_is_accepted(string method) => Assert.Empty(Check(Sample(method)));

    private static SourceFile Sample(string method) =>
        SourceFile.Parse("tests/A.cs", $"class A {{ {method} }}");

    private static IEnumerable<string> Check(SourceFile file) =>
        from method in file.Syntax.DescendantNodes().OfType<MethodDeclarationSyntax>()
        let test = method.AttributeLists.SelectMany(list => list.Attributes)
            .FirstOrDefault(attribute => attribute.Name.ToString() is "Fact" or "Theory")
        where test is not null
        from finding in Findings(method, [.. Names(test)])
        select $"{file.At(method)}: {method.Identifier.Text} {finding}";

    private static IEnumerable<string> Names(AttributeSyntax attribute) =>
        attribute.ArgumentList?.Arguments.Select(argument => argument.NameEquals?.Name.ToString() ?? "") ?? [];

    private static IEnumerable<string> Findings(MethodDeclarationSyntax method, string[] arguments)
    {
        if (arguments.Contains("Skip") && !arguments.Contains("SkipUnless") && !arguments.Contains("SkipWhen"))
        {
            yield return "is always skipped";
        }

        if (method.Body is { Statements.Count: 0 })
        {
            yield return "is empty";
        }

        if (method.ReturnType.ToString() == "void" && method.Modifiers.Any(word => word.Text == "async"))
        {
            yield return "is async void: its failure is lost";
        }
    }
}
