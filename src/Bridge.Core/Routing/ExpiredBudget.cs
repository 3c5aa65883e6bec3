namespace ThemisBridge.Core.Routing;

/// <summary>Which budget of a request ran out.</summary>
internal enum ExpiredBudget
{
    None,
    Idle,
    Total,
}
