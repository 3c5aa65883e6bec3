using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ThemisBridge.Bench.Placing;

/// <summary>Which cores a process may run on, for each of its threads.</summary>
internal static partial class Affinity
{
    private const int BitsPerWord = 64;
    private const int MaskWords = 16;
    private const int NoSuchProcess = 3;

    /// <summary>The cores that the calling thread may use, ascending.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static IReadOnlyList<int> Get() => Get(0);

    /// <summary>The cores that a thread may use, ascending.</summary>
    /// <param name="threadId">The kernel's thread id; 0 for the calling thread.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static IReadOnlyList<int> Get(int threadId)
    {
        var mask = new ulong[MaskWords];
        if (GetAffinity(threadId, MaskWords * sizeof(ulong), mask) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        return [.. Enumerable.Range(0, MaskWords * BitsPerWord)
            .Where(cpu => (mask[cpu / BitsPerWord] >> (cpu % BitsPerWord) & 1) != 0)];
    }

    /// <summary>
    /// Restricts every thread of a process. Threads that start later inherit it from the thread that starts them, so
    /// the pass is repeated until it meets no thread that it has not seen.
    /// </summary>
    /// <param name="processId">The process.</param>
    /// <param name="cpus">The cores it may use.</param>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void SetForProcess(int processId, IReadOnlyList<int> cpus)
    {
        var mask = new ulong[MaskWords];
        foreach (var cpu in cpus)
            mask[cpu / BitsPerWord] |= 1UL << (cpu % BitsPerWord);

        var seen = new HashSet<int>();
        bool fresh;
        do
        {
            fresh = false;
            foreach (var task in Directory.EnumerateDirectories($"/proc/{processId}/task"))
            {
                var thread = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
                if (!seen.Add(thread))
                    continue;
                fresh = true;
                if (SetAffinity(thread, MaskWords * sizeof(ulong), mask) < 0)
                {
                    var error = Marshal.GetLastPInvokeError();
                    // A thread may end between the listing and the call.
                    if (error != NoSuchProcess)
                        throw new Win32Exception(error);
                }
            }
        }
        while (fresh);
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetAffinity(int threadId, nuint size, [Out] ulong[] mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetAffinity(int threadId, nuint size, ulong[] mask);
}
