using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Contracts;

namespace ThemisBridge.NativeFallback;

/// <summary>The scheme <c>native:</c>, which has nothing behind the colon: the models are in the section
/// Native.</summary>
internal sealed class NativeBackendFactory(IOptions<NativeOptions> options, ILoggerFactory loggers, TimeProvider time)
    : IBackendFactory
{
    public IReadOnlyList<string> Schemes { get; } = ["native"];

    public string? Check(BackendAddress address) =>
        address.Address.Equals("native:", StringComparison.OrdinalIgnoreCase) ? null : "expected \"native:\" alone.";

    public IInferenceBackend Create(BackendAddress address) =>
        new NativeBackend($"{address.Engine}/native", options.Value, loggers, time);
}
