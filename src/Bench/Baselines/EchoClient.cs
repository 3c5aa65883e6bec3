using System.Net.Sockets;

namespace ThemisBridge.Bench.Baselines;

/// <summary>
/// The client side of the Kestrel baselines: default settings, one connection, straight to the address.
/// </summary>
internal static class EchoClient
{
    /// <summary>The base address to use with <see cref="NewConnections"/>.</summary>
    /// <param name="address">What <see cref="KestrelListener"/> returned.</param>
    public static Uri BaseAddress(string address) =>
        new(IsPath(address) ? "http://localhost" : address);

    /// <summary>Connections to a Unix socket or to a loopback port.</summary>
    /// <param name="address">What <see cref="KestrelListener"/> returned.</param>
    public static SocketsHttpHandler NewConnections(string address)
    {
        var connections = new SocketsHttpHandler { UseProxy = false, UseCookies = false };
        if (IsPath(address))
        {
            connections.ConnectCallback = async (_, cancellationToken) =>
                new NetworkStream(await UnixPath.ConnectAsync(address, cancellationToken), ownsSocket: true);
        }
        return connections;
    }

    private static bool IsPath(string address) => address.StartsWith('/');
}
