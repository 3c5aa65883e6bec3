using System.Runtime.Versioning;

// Sockets' modes and peers' users are Linux's.
[assembly: SupportedOSPlatform("linux")]
