using ThemisBridge.Transports.SharedMemory.Tests;
using ThemisBridge.Transports.SharedMemory.Tests.Faults;

// The tests that kill a process start this program again, with the part that it plays.
if (args is [ChildProcess.Word, .. string[] part])
{
    return await ChildProcess.RunAsync(part);
}

// As xunit's own entry point, which this replaces.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
        args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
