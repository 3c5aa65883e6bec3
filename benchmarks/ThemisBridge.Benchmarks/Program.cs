using BenchmarkDotNet.Running;
using ThemisBridge.Benchmarks.Gateway;
using ThemisBridge.Benchmarks.Http;
using ThemisBridge.Benchmarks.Native;
using ThemisBridge.Benchmarks.Ratio;
using ThemisBridge.Benchmarks.Router;
using ThemisBridge.Benchmarks.Tokenization;

// `ratio [NAME]`: interleaved ratios with their limits, exit code 1 when one is missed. `native`: the embedded
// engine beside a plain loop over its binding. `router`: what the router adds.
// `gateway`: serve beside nginx. `mock-openai` is the gateway run's own server. Anything else: BenchmarkDotNet.
switch (args)
{
    case ["ratio", ..]:
        IRatioScenario[] scenarios = [new ManyStreamsScenario(), new TokenizeScenario()];
        return await RatioRun.RunAsync(scenarios.Where(one => args.Length < 2 || one.Name == args[1]));
    case ["native"]:
        return await NativeRatio.RunAsync();
    case ["router"]:
        return await RouterOverhead.RunAsync();
    case ["gateway"]:
        return await GatewayComparison.RunAsync();
    case ["mock-openai"]:
        await MockOpenAi.RunAsync(CancellationToken.None);
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(RatioRun).Assembly).Run(args);
        return 0;
}
