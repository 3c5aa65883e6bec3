namespace ThemisBridge.Testing.Tests.Vllm.Doubles;

/// <summary>Requests that the tests of states share.</summary>
internal static class Prompts
{
    public const string Question = "[1,120,118,260,13,322,271,440,66,2,13,1,297,118,265,119,397,13]";

    /// <summary>A completion that goes on until its limit.</summary>
    public static byte[] Long(int tokens, bool stream = true, string more = "", params string[] headers) =>
        RawClient.Post("/v1/completions", $$"""
            {"model":"themis-tiny","prompt":{{Question}},"temperature":0,"max_tokens":{{tokens}},"ignore_eos":true,"stream":{{(stream ? "true" : "false")}}{{more}}}
            """, headers);

    /// <summary>A chat of a few tokens.</summary>
    public static byte[] Chat(int tokens = 3) => RawClient.Post("/v1/chat/completions", $$"""
        {"model":"themis-tiny","messages":[{"role":"user","content":"hi"}],"temperature":0,"max_tokens":{{tokens}}}
        """);
}
