using ThemisBridge.Bench.Measuring;

namespace ThemisBridge.Bench.Scenarios;

/// <summary>Something that can be measured. Stateless: every opening is an instance of its own.</summary>
internal interface ISubject
{
    /// <summary>Its name in the report's baseline column, and between the two processes.</summary>
    string Name { get; }

    /// <summary>Opens the near side, and through the scope the far side where there is one.</summary>
    /// <param name="scope">The row's processes and clock.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    Task<IProbe> OpenAsync(ProbeScope scope, CancellationToken cancellationToken);
}
