using System.Runtime.Versioning;

// Memory files and futexes are Linux's.
[assembly: SupportedOSPlatform("linux")]
