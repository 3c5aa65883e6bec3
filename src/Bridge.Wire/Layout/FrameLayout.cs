namespace ThemisBridge.Wire.Layout;

/// <summary>
/// Where everything stands in a frame: layout.json's offsets in bytes, one class per frame. Size is that of header and
/// fixed part.
/// </summary>
internal static class FrameLayout
{
    public const ulong Magic = 0x524253494d454854UL;
    public const ushort Major = 1;
    public const ushort Minor = 0;
    public const int Alignment = 8;

    public static class Header
    {
        public const int Size = 8;
        public const int Length = 0;
        public const int Type = 4;
        public const int Flags = 5;
        public const int Reserved = 6;
    }

    public static class Hello
    {
        public const int Size = 64;
        public const int Magic = 8;
        public const int Major = 16;
        public const int Minor = 18;
        public const int Role = 20;
        public const int Reserved0 = 21;
        public const int Reserved1 = 22;
        public const int Offered = 24;
        public const int Required = 32;
        public const int MaxFrameBytes = 40;
        public const int MaxRequests = 44;
        public const int Capabilities = 48;
        public const int JsonBytes = 56;
        public const int Reserved2 = 60;
    }

    public static class Upgrade
    {
        public const int Size = 16;
        public const int Step = 8;
        public const int Kind = 9;
        public const int Descriptors = 10;
        public const int Reserved = 11;
        public const int BodyBytes = 12;
    }

    public static class Request
    {
        public const int Size = 136;
        public const int Handle = 8;
        public const int Kind = 12;
        public const int Prompt = 13;
        public const int Options = 14;
        public const int Given = 16;
        public const int Credit = 20;
        public const int TotalMs = 24;
        public const int FirstTokenMs = 28;
        public const int IdleMs = 32;
        public const int Priority = 36;
        public const int MaxTokens = 40;
        public const int MinTokens = 44;
        public const int TopK = 48;
        public const int Seed = 52;
        public const int Logprobs = 56;
        public const int Dimensions = 60;
        public const int Temperature = 64;
        public const int TopP = 72;
        public const int MinP = 80;
        public const int FrequencyPenalty = 88;
        public const int PresencePenalty = 96;
        public const int RepetitionPenalty = 104;
        public const int ModelBytes = 112;
        public const int RequestIdBytes = 114;
        public const int TraceparentBytes = 116;
        public const int AdapterBytes = 118;
        public const int TenantBytes = 120;
        public const int StopIdCount = 122;
        public const int IdCount = 124;
        public const int TextBytes = 128;
        public const int JsonBytes = 132;
    }

    public static class Accepted
    {
        public const int Size = 24;
        public const int Handle = 8;
        public const int Seed = 12;
        public const int IdCount = 16;
        public const int ModelBytes = 20;
        public const int EngineIdBytes = 22;
    }

    public static class Step
    {
        public const int Size = 16;
        public const int Rows = 8;
        public const int Tokens = 12;
    }

    public static class Result
    {
        public const int Size = 24;
        public const int Handle = 8;
        public const int Kind = 12;
        public const int Reserved0 = 13;
        public const int Reserved1 = 14;
        public const int Count = 16;
        public const int Extra = 20;
    }

    public static class End
    {
        public const int Size = 32;
        public const int Handle = 8;
        public const int Finish = 12;
        public const int Reserved = 13;
        public const int StopBytes = 14;
        public const int PromptTokens = 16;
        public const int CachedTokens = 20;
        public const int CompletionTokens = 24;
        public const int StopId = 28;
    }

    public static class Error
    {
        public const int Size = 24;
        public const int Handle = 8;
        public const int Code = 12;
        public const int Stage = 13;
        public const int ParameterBytes = 14;
        public const int RetryAfterMs = 16;
        public const int MessageBytes = 20;
        public const int Reserved = 22;
    }

    public static class Cancel
    {
        public const int Size = 16;
        public const int Handle = 8;
        public const int Reserved = 12;
    }

    public static class Credit
    {
        public const int Size = 16;
        public const int Handle = 8;
        public const int Tokens = 12;
    }

    public static class Ping
    {
        public const int Size = 16;
        public const int Value = 8;
    }

    public static class Pong
    {
        public const int Size = 16;
        public const int Value = 8;
    }

    public static class Admin
    {
        public const int Size = 24;
        public const int Handle = 8;
        public const int Operation = 12;
        public const int Reserved0 = 13;
        public const int Reserved1 = 14;
        public const int TotalMs = 16;
        public const int JsonBytes = 20;
    }

    public static class GoAway
    {
        public const int Size = 16;
        public const int DrainMs = 8;
        public const int MessageBytes = 12;
        public const int Reserved = 14;
    }
}
