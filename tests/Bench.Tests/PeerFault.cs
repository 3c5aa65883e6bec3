namespace ThemisBridge.Bench.Tests;

internal enum PeerFault
{
    Dies,
    FallsSilent,
    CannotServe,
}
