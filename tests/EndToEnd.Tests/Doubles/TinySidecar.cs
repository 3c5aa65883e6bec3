using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ThemisBridge.Core.Composition;
using ThemisBridge.Core.Configuration;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Transports.Uds.Composition;

namespace ThemisBridge.EndToEnd.Tests.Doubles;

/// <summary>The sidecar with the written-down answers of themis-tiny, in Python, and a bridge whose only engine it
/// is.</summary>
public sealed class TinySidecar : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("themis-sidecar").FullName;
    private readonly Process _process = new();
    private ServiceProvider? _services;

    /// <summary>The bridge that asks it.</summary>
    internal IThemisBridge Bridge => _services!.GetRequiredService<IThemisBridge>();

    public async ValueTask InitializeAsync()
    {
        string path = Path.Combine(_folder, "engine.sock");
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.StartInfo = new ProcessStartInfo("/usr/bin/env")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            ArgumentList =
            {
                "python3", Path.Combine(TinyModel.Root, "python", "vllm_shm_server.py"), "--engine", "scripted",
                "--script", TinyModel.File("expected.json"), "--tokenizer", TinyModel.File("hf"), "--uds", path,
            },
        };
        _process.StartInfo.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains(" listening path=", StringComparison.Ordinal) is true)
            {
                listens.TrySetResult();
            }
        };
        _process.Start();
        _process.BeginErrorReadLine();
        await listens.Task.WaitAsync(Patience);
        var services = new ServiceCollection();
        services.AddThemisBridge(configure: options =>
        {
            options.Engines["sidecar"] = new EngineOptions { Ladder = { $"frames+unix://{path}" } };
            options.Routes[TinyModel.Name] = ["sidecar"];
        }).AddUds();
        _services = services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await (_services?.DisposeAsync() ?? default);
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
