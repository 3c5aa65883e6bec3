using System.Reflection;

namespace ThemisBridge.Transports.Conformance;

/// <summary>Tells which conformance classes a transport's tests leave out.</summary>
public static class ConformanceCoverage
{
    /// <summary>The names of the classes that no class of an assembly derives.</summary>
    /// <param name="tests">The transport's tests.</param>
    /// <param name="harness">Over which harness; null where the tests have only one.</param>
    public static IReadOnlyList<string> Missing(Assembly tests, Type? harness = null)
    {
        ArgumentNullException.ThrowIfNull(tests);
        HashSet<Type> derived = [.. tests.GetTypes()
            .Where(type => type is { IsAbstract: false, BaseType.IsGenericType: true }
                && (harness is null || type.BaseType.GetGenericArguments()[0] == harness))
            .Select(type => type.BaseType!.GetGenericTypeDefinition())];
        return [.. typeof(ConformanceCoverage).Assembly.GetExportedTypes()
            .Where(type => type.IsAbstract && type.BaseType is { IsGenericType: true } parent
                && parent.GetGenericTypeDefinition() == typeof(ConformanceTests<>) && !derived.Contains(type))
            .Select(type => type.Name)];
    }
}
