using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

/// <summary>A listener's request that counts what it is told.</summary>
internal sealed class SilentCall : IListenerCall
{
    public int Cancelled { get; private set; }

    public int Credited { get; private set; }

    public int Expired { get; private set; }

    public void OnCancelled() => Cancelled++;

    public void OnCredit() => Credited++;

    public void OnExpired() => Expired++;
}
