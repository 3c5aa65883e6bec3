namespace ThemisBridge.Tokenization.Vocabularies.Added;

/// <summary>An added token found in a text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">The first UTF-16 unit that it takes, stripped white space included.</param>
/// <param name="End">One past the last.</param>
internal readonly record struct AddedTokenMatch(int Id, int Start, int End);
