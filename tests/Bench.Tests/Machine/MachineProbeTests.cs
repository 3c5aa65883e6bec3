using ThemisBridge.Bench.Machine;
using ThemisBridge.Bench.Placing;

namespace ThemisBridge.Bench.Tests.Machine;

public sealed class MachineProbeTests
{
    [Fact]
    public void Steal_is_the_share_of_stolen_ticks_since_the_earlier_reading()
    {
        var before = CpuTimes.Parse("cpu  100 0 100 700 50 10 20 20 999 0\ncpu0 1 2 3");
        var after = CpuTimes.Parse("cpu  150 0 120 800 50 10 20 50 1999 0\ncpu0 1 2 3");

        // 200 ticks passed, 30 of them stolen; guest ticks are in user's already.
        Assert.Equal(15, after.StealPercentSince(before), precision: 9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("intr 1 2 3 4 5 6 7 8 9")]
    [InlineData("cpu 1 2 3")]
    public void Other_text_than_the_kernels_is_refused(string stat)
    {
        Assert.Throws<FormatException>(() => CpuTimes.Parse(stat));
    }

    [Fact]
    public void Field_of_the_first_processor_is_found()
    {
        const string Info = "processor\t: 0\nmodel name\t: Some CPU @ 2:1\nprocessor\t: 1\nmodel name\t: Other\n";

        Assert.Equal("Some CPU @ 2:1", MachineProbe.CpuInfoField(Info, "model name"));
        Assert.Null(MachineProbe.CpuInfoField(Info, "flags"));
    }

    [Fact]
    public void Pressure_total_is_the_first_lines()
    {
        Assert.Equal(
            32507322,
            MachineProbe.PressureTotal("some avg10=0.42 avg60=0.79 avg300=2.63 total=32507322\nfull avg10=0 total=5"));
        Assert.Null(MachineProbe.PressureTotal("nothing here"));
    }

    [Fact]
    public void Record_of_this_machine_is_plausible()
    {
        var record = new MachineProbe(TimeProvider.System).Finish([0, 1], new CpuPair(0, 1, false));

        Assert.NotEqual("unknown", record.Cpu);
        Assert.True(record.LogicalCpus >= 1);
        Assert.True(record.MemoryBytes > 0);
        Assert.Equal(3, record.LoadBefore.Count);
        Assert.InRange(record.StealPercent, 0, 100);
    }
}
