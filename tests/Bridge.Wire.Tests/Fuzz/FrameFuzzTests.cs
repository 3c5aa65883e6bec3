using System.Buffers.Binary;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Tests.Vectors;

namespace ThemisBridge.Wire.Tests.Fuzz;

/// <summary>
/// Frames that nobody would write: the codec answers each with a fault or with views that lie inside the frame, never
/// with another exception. THEMIS_TEST_LONG runs ten times as many. The corpus has one frame for each fault that a run
/// found; THEMIS_WIRE_CORPUS names a file that new ones are added to.
/// </summary>
public sealed class FrameFuzzTests
{
    private const int Frames = 1_000_000;

    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "wire-corpus", "frames.hex");

    private static readonly byte[][] Seeds =
    [
        .. WireFiles.Vectors("frames").Values.Concat(WireFiles.Vectors("frames.fail").Values).Select(WireFiles.Bytes)
            .Concat(File.ReadLines(Corpus).Select(Convert.FromHexString))
                .Where(frame => frame.Length >= FrameHeader.Size),
    ];

    private readonly HashSet<string> _seen = [];
    private readonly List<byte[]> _found = [];

    [Fact]
    public void Mutated_and_random_frames_are_read_or_refused()
    {
        bool isLong = Environment.GetEnvironmentVariable("THEMIS_TEST_LONG") == "1";
        int seed = Environment.TickCount;
        var random = new Random(seed);
        byte[] buffer = new byte[4096];
        for (int i = 0; i < (isLong ? 10 * Frames : Frames); i++)
        {
            Span<byte> frame = i % 10 == 0 ? MakeRandom(random, buffer) : Mutate(random, buffer);
            try
            {
                Note(frame, Read(frame, (PeerRole)(1 + random.Next(2))));
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {seed}, round {i}: {e.GetType().Name} for {Convert.ToHexStringLower(frame)}\n{e}");
            }
        }

        if (Environment.GetEnvironmentVariable("THEMIS_WIRE_CORPUS") is { Length: > 0 } file)
        {
            File.AppendAllLines(file, _found.Select(Convert.ToHexStringLower));
        }
    }

    [Fact]
    public void Corpus_holds_a_frame_for_most_kinds_of_fault()
    {
        foreach (byte[] frame in Seeds)
        {
            Note(frame, Read(frame, PeerRole.Client));
            Note(frame, Read(frame, PeerRole.Listener));
        }

        Assert.InRange(_seen.Count, 120, 1000);
    }

    // What was never seen in this run or in the corpus is worth keeping.
    private void Note(ReadOnlySpan<byte> frame, FrameFault? fault)
    {
        // A reason may hold a version or the name of an option.
        string? kind = fault is null ? null : fault.Parameter is { } name
            ? fault.Reason.Replace(name, "", StringComparison.Ordinal)
            : string.Concat(fault.Reason.Where(c => !char.IsAsciiDigit(c)));
        if (kind is not null && _seen.Add($"{Math.Min((byte)15, frame[FrameLayout.Header.Type])} {kind}"))
        {
            _found.Add(frame.ToArray());
        }
    }

    private static Span<byte> MakeRandom(Random random, byte[] buffer)
    {
        int length = 8 * random.Next(1, 60);
        Span<byte> frame = buffer.AsSpan(0, length);
        random.NextBytes(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame, length);
        frame[FrameLayout.Header.Type] = (byte)random.Next(16);
        frame[FrameLayout.Header.Flags] &= (byte)random.Next(16);
        frame[FrameLayout.Header.Reserved..FrameHeader.Size].Clear();
        return frame;
    }

    private static Span<byte> Mutate(Random random, byte[] buffer)
    {
        byte[] seed = Seeds[random.Next(Seeds.Length)];
        int length = Math.Min(seed.Length, buffer.Length);
        seed.AsSpan(0, length).CopyTo(buffer);
        Span<byte> frame = buffer.AsSpan(0, length);
        for (int times = random.Next(1, 5); times > 0; times--)
        {
            int at = random.Next(length);
            switch (random.Next(6))
            {
                case 0:
                    frame[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    frame[at] = (byte)random.Next(256);
                    break;
                case 2 when at / 4 * 4 + 4 <= length:
                    BinaryPrimitives.WriteUInt32LittleEndian(frame[(at / 4 * 4)..], Interesting(random));
                    break;
                case 3 when length >= 24:
                    length = 8 * random.Next(2, length / 8 + 1);
                    frame = frame[..length];
                    BinaryPrimitives.WriteInt32LittleEndian(frame, length);
                    break;
                case 4 when length + 8 <= buffer.Length:
                    length += 8;
                    frame = buffer.AsSpan(0, length);
                    BinaryPrimitives.WriteInt32LittleEndian(frame, length);
                    break;
                case 5 when at + 4 <= length:
                    // JSON's own surprise.
                    "null"u8.CopyTo(frame[at..]);
                    break;
            }
        }

        return frame;
    }

    private static uint Interesting(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => 1,
        2 => uint.MaxValue,
        3 => int.MaxValue,
        4 => 0x40000000,
        _ => (uint)random.Next(300),
    };

    private static FrameFault? Read(Span<byte> frame, PeerRole sender)
    {
        if (FrameHeader.Read(frame, sender, WireLimits.MaxFrameBytes, out FrameHeader header) is { } fault)
        {
            return fault;
        }

        // The reader hands in exactly the bytes that the header says.
        return header.Length != frame.Length ? null : header.Type switch
        {
            FrameType.Hello => HelloFrame.Read(frame, sender, out _),
            FrameType.Upgrade => UpgradeFrame.Read(frame, out _),
            FrameType.Request => ReadRequest(frame),
            FrameType.Accepted => AcceptedFrame.Read(frame, out _),
            FrameType.Step => ReadStep(frame),
            FrameType.Result => ResultFrame.Read(frame, out _),
            FrameType.End => EndFrame.Read(frame, out _),
            FrameType.Error => ErrorFrame.Read(frame, out _),
            FrameType.Cancel => CancelFrame.Read(frame, out _),
            FrameType.Credit => CreditFrame.Read(frame, out _),
            FrameType.Admin => AdminFrame.Read(frame, out _),
            FrameType.GoAway => GoAwayFrame.Read(frame, out _),
            _ => PingFrame.Read(frame, out _),
        };
    }

    private static FrameFault? ReadRequest(ReadOnlySpan<byte> frame) =>
        RequestFrame.Read(frame, out RequestFrame request) ?? (request.Kind switch
        {
            RequestKind.Generate => RequestContent.Read(request, out InferenceRequest? _),
            RequestKind.Embed => RequestContent.Read(request, out EmbeddingRequest? _),
            RequestKind.Tokenize => RequestContent.Read(request, out TokenizeRequest? _),
            _ => RequestContent.Read(request, out DetokenizeRequest? _),
        });

    private static FrameFault? ReadStep(ReadOnlySpan<byte> frame)
    {
        FrameFault? fault = StepFrame.Read(frame, out StepFrame step);
        if (fault is null)
        {
            int tokens = 0;
            foreach (StepRow row in step)
            {
                tokens += row.Ids.Length;
                _ = row.Details.IsEmpty ? null : StepDetails.Read(row.Details);
            }

            Assert.Equal(step.TokenCount, tokens);
        }

        return fault;
    }
}
