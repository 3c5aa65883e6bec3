using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Uds.Handshake;

/// <summary>Decides whom a side talks to. FRAMING.md section 7.</summary>
/// <param name="listedUids">Users that are let in beside our own.</param>
/// <param name="token">What a listed user must show; null refuses them all.</param>
internal sealed class PeerGuard(IReadOnlyCollection<uint> listedUids, string? token)
{
    private readonly byte[]? _digest = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>A listener's look at who connected, before anything is read.</summary>
    /// <returns>Whether that user must show the token.</returns>
    /// <exception cref="BridgeException">The user is not let in.</exception>
    public bool CheckClient(Socket socket)
    {
        uint uid = PeerCredentials.Of(socket).Uid;
        if (uid == PeerCredentials.OwnUid)
        {
            return false;
        }

        return listedUids.Contains(uid) && _digest is not null ? true : throw Refuse(
            $"The user {uid} may not use this listener. Run as the listener's user, or list the user there and show its token.");
    }

    /// <summary>A listener's look at the token of a user that must show it.</summary>
    /// <exception cref="BridgeException">It is missing or wrong.</exception>
    public void CheckToken(string? shown)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(shown ?? ""));
        if (shown is null || _digest is null || !CryptographicOperations.FixedTimeEquals(digest, _digest))
        {
            throw Refuse("The bearer token is missing or wrong. Configure the listener's token for this engine.");
        }
    }

    /// <summary>A client's look at who listens, before anything is sent: an impostor would read prompts.</summary>
    /// <exception cref="BridgeException">The listener runs as a user that is not trusted.</exception>
    public void CheckListener(Socket socket)
    {
        uint uid = PeerCredentials.Of(socket).Uid;
        if (uid != PeerCredentials.OwnUid && uid != 0 && !listedUids.Contains(uid))
        {
            throw Refuse($"The engine's socket is listened at by the user {uid}, who is not trusted. List the user in PeerUids.");
        }
    }

    private static BridgeException Refuse(string message) =>
        new(BridgeFailure.Unauthorized, FailureStage.Connect, message);
}
