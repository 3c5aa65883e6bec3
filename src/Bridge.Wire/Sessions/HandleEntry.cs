using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;

namespace ThemisBridge.Wire.Sessions;

/// <summary>One handle in use.</summary>
internal struct HandleEntry<TCall>
    where TCall : class
{
    /// <summary>What it stands for; null while the handle is free.</summary>
    public TCall? Call;

    public RequestKind Kind;

    public bool IsAccepted;

    public bool HasRow;

    public bool IsCancelled;

    public bool IsExpired;

    /// <summary>Tokens that may still be sent.</summary>
    public long Credit;

    /// <summary>The kind of the results to come.</summary>
    public ResultKind Result;

    /// <summary>How many results are still to come.</summary>
    public int ResultsLeft;

    /// <summary>Length of the vectors; 0 before the first.</summary>
    public int VectorLength;

    /// <summary>When the whole request must be over, as a timestamp.</summary>
    public long Due;

    /// <summary>When its first row must have come.</summary>
    public long FirstDue;

    /// <summary>How far the request has come.</summary>
    public readonly FailureStage Stage =>
        HasRow ? FailureStage.Stream : IsAccepted ? FailureStage.Prefill : FailureStage.Admit;

    /// <summary>When the next of its budgets is over; never once it is ending anyway.</summary>
    public readonly long NextDue => IsExpired || IsCancelled ? long.MaxValue : HasRow ? Due : Math.Min(Due, FirstDue);

    /// <summary>Takes a result of what was asked for.</summary>
    /// <returns>False when it is of another kind or length, or one too many.</returns>
    public bool TryTake(in ResultFrame result)
    {
        bool isVectors = result.Kind == ResultKind.Embedding;
        int count = isVectors ? result.Count : 1;
        if (result.Kind != Result || count > ResultsLeft
            || (isVectors && VectorLength != 0 && VectorLength != result.Extra))
        {
            return false;
        }

        VectorLength = isVectors ? result.Extra : 0;
        ResultsLeft -= count;
        return true;
    }
}
