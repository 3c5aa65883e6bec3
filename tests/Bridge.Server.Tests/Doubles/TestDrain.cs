using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThemisBridge.Server.Endpoints;

namespace ThemisBridge.Server.Tests.Doubles;

/// <summary>A drain of a host that never stops.</summary>
internal static class TestDrain
{
    public static Drain Create() => new(
        new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), Options.Create(new HostOptions()),
        TimeProvider.System);
}
