using ThemisBridge.NativeFallback.Internal;

namespace ThemisBridge.NativeFallback.Tests.Internal;

public sealed class CpuTopologyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("themis-cpu-");

    [Theory]
    [InlineData("0-7", 8, 3)] // four cores of two threads, less one
    [InlineData("0-7", 2, 1)] // a quota of two processors
    [InlineData("0,4", 2, 1)] // both threads of one core
    [InlineData("0-1,5", 3, 1)] // cores 0 and 1: processor 5 is the second thread of core 1
    [InlineData("0-7", 1, 1)]
    public void Threads_are_the_physical_cores_in_reach_less_one(string allowed, int share, int expected)
    {
        for (int cpu = 0; cpu < 8; cpu++)
        {
            DirectoryInfo topology = _folder.CreateSubdirectory(Path.Combine($"cpu{cpu}", "topology"));
            File.WriteAllText(Path.Combine(topology.FullName, "physical_package_id"), "0\n");
            File.WriteAllText(Path.Combine(topology.FullName, "core_id"), $"{cpu % 4}\n");
        }

        string status = Path.Combine(_folder.FullName, "status");
        File.WriteAllText(status, $"Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t{allowed}\n");

        Assert.Equal(expected, CpuTopology.DefaultThreads(_folder.FullName, status, share));
    }

    [Fact]
    public void Hidden_files_leave_the_share_less_one()
    {
        string nowhere = Path.Combine(_folder.FullName, "no");

        Assert.Equal(5, CpuTopology.DefaultThreads(nowhere, nowhere, 6));
        Assert.Equal(1, CpuTopology.DefaultThreads(nowhere, nowhere, 1));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
