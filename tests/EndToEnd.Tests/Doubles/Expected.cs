namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>One line of <c>expected.json</c>.</summary>
internal sealed record Expected(
    string Question, int[] PromptTokenIds, string English, string German, int[] EnglishIds, int[] GermanIds)
{
    public string Answer(bool german) => german ? German : English;

    public int[] Ids(bool german) => german ? GermanIds : EnglishIds;
}
