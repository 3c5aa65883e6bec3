using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ThemisBridge.Repo.Tests;

/// <summary>A log line is found by its number: each is used once, in its project's range, in a class named
/// XLog.</summary>
public sealed class EventIds
{
    private static readonly Dictionary<string, Range> Ranges = new()
    {
        ["src/Bridge.Core/"] = 1000..1499,
        ["src/Bridge.Wire/"] = 1500..1999,
        ["src/Transports.Http/"] = 2000..2999,
        ["src/Transports.Grpc/"] = 3000..3999,
        ["src/Transports.SharedMemory/"] = 4000..4999,
        ["src/Transports.Uds/"] = 5000..5999,
        ["src/NativeFallback/"] = 6000..6999,
        ["src/WeightStore/"] = 7000..7999,
        ["src/Bridge.Server/"] = 8000..8999,
        ["src/Bridge.Cli/"] = 9000..9999,
    };

    [Fact]
    public void Log_methods_keep_to_their_range_and_class() => Verdict.None(Repository.Sources, Check);

    [Fact]
    public void Numbers_are_used_once() => Assert.Empty(Doubles(Repository.Sources));

    [Theory]
    [InlineData("class CoreLog { [LoggerMessage(EventId = 1500)] void M(); }", "1000 to 1499")]
    [InlineData("class CoreLog { [LoggerMessage(999, LogLevel.Debug, \"x\")] void M(); }", "1000 to 1499")]
    [InlineData("class CoreLog { [LoggerMessage(Level = LogLevel.Debug)] void M(); }", "number")]
    [InlineData("class CoreLog { [LoggerMessage(EventId = Ids.Some)] void M(); }", "number")]
    [InlineData("class Router { [LoggerMessage(EventId = 1000)] void M(); }", "XLog")]
    public void Other_log_method_is_found(string text, string finding) =>
        Assert.Contains(finding, Assert.Single(Check(SourceFile.Parse("src/Bridge.Core/CoreLog.cs", text))));

    [Fact]
    public void Log_method_of_a_project_without_a_range_is_found() =>
        Assert.Single(Check(SourceFile.Parse("src/Other/OtherLog.cs",
            "class OtherLog { [LoggerMessage(EventId = 1000)] void M(); }")));

    [Fact]
    public void Number_used_twice_is_found() =>
        Assert.Contains("1001", Assert.Single(Doubles([SourceFile.Parse("src/Bridge.Core/CoreLog.cs",
            "class CoreLog { [LoggerMessage(EventId = 1001)] void A(); [LoggerMessage(1001, L.D, \"\")] void B(); }")])));

    private static IEnumerable<AttributeSyntax> LogMethods(SourceFile file) =>
        file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => attribute.Name.ToString() is "LoggerMessage" or "LoggerMessageAttribute");

    private static int? Id(AttributeSyntax attribute)
    {
        SeparatedSyntaxList<AttributeArgumentSyntax>? arguments = attribute.ArgumentList?.Arguments;
        AttributeArgumentSyntax? argument =
            arguments?.FirstOrDefault(given => given.NameEquals?.Name.ToString() == "EventId")
            ?? arguments?.FirstOrDefault(given => given.NameEquals is null);
        return argument?.Expression is LiteralExpressionSyntax { Token.Value: int id } ? id : null;
    }

    private static IEnumerable<string> Check(SourceFile file)
    {
        (string folder, Range range) = Ranges.FirstOrDefault(
            pair => file.Path.StartsWith(pair.Key, StringComparison.Ordinal));
        foreach (AttributeSyntax attribute in LogMethods(file))
        {
            string at = file.At(attribute);
            string type = attribute.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.Identifier.Text ?? "";
            if (Id(attribute) is not int id)
            {
                yield return $"{at}: the event id is a number written here";
            }
            else if (folder is null)
            {
                yield return $"{at}: this project has no range of event ids";
            }
            else if (id < range.Start.Value || id > range.End.Value)
            {
                yield return $"{at}: {id} is outside {range.Start.Value} to {range.End.Value}, the range of {folder}";
            }

            if (!type.EndsWith("Log", StringComparison.Ordinal))
            {
                yield return $"{at}: log methods stand in one class XLog per project, not in {type}";
            }
        }
    }

    private static IEnumerable<string> Doubles(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => LogMethods(file).Select(attribute => (Id: Id(attribute), At: file.At(attribute))))
            .Where(entry => entry.Id is not null)
            .GroupBy(entry => entry.Id)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(entry => entry.At))}");
}
