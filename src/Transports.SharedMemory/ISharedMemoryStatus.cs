namespace ThemisBridge.Transports.SharedMemory;

/// <summary>Says why connections that this process opened stay on their sockets. From AddSharedMemory().</summary>
public interface ISharedMemoryStatus
{
    /// <summary>Why the last connection to a socket did not move.</summary>
    /// <param name="path">The socket's path, as it was connected to.</param>
    /// <returns>
    /// The reason, or the likely one where neither side has said one. Meaningless while the connection is in shared
    /// memory, or before there was one.
    /// </returns>
    string WhyOnSocket(string path);
}
