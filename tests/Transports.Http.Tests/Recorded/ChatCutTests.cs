namespace ThemisBridge.Transports.Http.Tests.Recorded;

/// <summary><see cref="CutTests"/> for chat; a class of its own, so that both run side by side.</summary>
public class ChatCutTests
{
    public static TheoryData<string> Generations => CutTests.Of(HttpRoutes.Chat);

    [Theory]
    [MemberData(nameof(Generations))]
    public Task Chat_is_the_same_however_the_bytes_are_cut(string name) => CutTests.CheckAsync(name);
}
