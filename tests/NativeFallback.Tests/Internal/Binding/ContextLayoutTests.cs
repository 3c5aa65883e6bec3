using ThemisBridge.NativeFallback.Internal.Binding;

namespace ThemisBridge.NativeFallback.Tests.Internal.Binding;

public sealed class ContextLayoutTests
{
    [Theory]
    [InlineData(24, 16, 112)]
    [InlineData(32, 20, 120)]
    [InlineData(36, 24, 128)]
    [InlineData(40, 28, 128)]
    public void Known_layout_is_recognised_by_its_default_values(int enums, int threads, int flags)
    {
        ContextLayout? layout = ContextLayout.Recognise(Defaults(enums, threads, flags));

        Assert.NotNull(layout);
        Assert.Equal((threads, enums + 4, flags), (layout.Threads, layout.Pooling, layout.Flags));
    }

    [Theory]
    [InlineData(44, 28, 128)] // one field more before the enums
    [InlineData(28, 16, 112)]
    [InlineData(40, 24, 128)]
    [InlineData(40, 28, 136)] // a field more behind the enums
    [InlineData(24, 16, 120)]
    public void Shifted_fields_are_not_a_known_layout(int enums, int threads, int flags) =>
        Assert.Null(ContextLayout.Recognise(Defaults(enums, threads, flags)));

    [Fact]
    public void Nothing_and_garbage_are_not_a_known_layout()
    {
        Assert.Null(ContextLayout.Recognise(default));
        Assert.False(ModelLayout.Fits(default));

        Random random = new(1);
        for (int round = 0; round < 1000; round++)
        {
            ParamBlob garbage = default;
            for (int i = 0; i < ParamBlob.ByteLength; i += 4)
            {
                garbage.Write(i, random.Next(-2, 3));
            }

            Assert.Null(ContextLayout.Recognise(garbage));
        }
    }

    private static ParamBlob Defaults(int enums, int threads, int flags)
    {
        ParamBlob blob = default;
        blob.Write(0, 512);
        blob.Write(4, 2048);
        blob.Write(8, 512);
        blob.Write(12, 1);
        blob.Write(threads, 4);
        blob.Write(threads + 4, 4);
        for (int i = 0; i < 4; i++)
        {
            blob.Write(enums + 4 * i, -1);
        }

        for (int i = 1; i < 5; i++)
        {
            blob.Write(flags + i, true);
        }

        return blob;
    }
}
