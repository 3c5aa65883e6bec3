namespace ThemisBridge.Wire.Sessions;

/// <summary>What a listener's handle stands for: a request under way.</summary>
public interface IListenerCall
{
    /// <summary>The client cancelled it. It must still be ended.</summary>
    void OnCancelled();

    /// <summary>It may send more.</summary>
    void OnCredit();

    /// <summary>A budget of the request is over. It must be ended with an error.</summary>
    void OnExpired();
}
