namespace ThemisBridge.Transports.Http.Answers;

/// <summary>An error as a server words it, whichever of its shapes it came in.</summary>
/// <param name="Status">The HTTP status: the body's own <c>code</c> where it is a number, else the response's.</param>
/// <param name="Message">What it says; may be empty.</param>
internal sealed record ServerError(int? Status, string Message)
{
    /// <summary>The error's class, such as <c>BadRequestError</c>; null when it names none.</summary>
    public string? Type { get; init; }

    /// <summary>The field at fault; null when it names none.</summary>
    public string? Param { get; init; }

    /// <summary>Whether it speaks of the route, not of the request: <c>{"detail":"Not Found"}</c>, or no JSON at
    /// all.</summary>
    public bool IsAboutRoute { get; init; }
}
