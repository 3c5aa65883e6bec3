using Microsoft.Extensions.Configuration;

namespace ThemisBridge.Core.Configuration;

/// <summary>The section <c>ThemisBridge</c> that the options were bound from, for transports that bind more of
/// it.</summary>
/// <param name="Section">The section.</param>
public sealed record BridgeConfiguration(IConfigurationSection Section);
