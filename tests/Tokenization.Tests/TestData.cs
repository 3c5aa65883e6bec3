using System.Text.Json.Nodes;

namespace ThemisBridge.Tokenization.Tests;

/// <summary>The files under <c>tests/data/tokenization</c>.</summary>
internal static class TestData
{
    public static JsonNode Json(string name) => JsonNode.Parse(File.ReadAllBytes(
        Repository.File("tests", "data", "tokenization", name)))!;
}
