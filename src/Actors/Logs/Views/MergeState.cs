namespace StreamActors.Logs;

/// <summary>A boundary between messages of a merged view, from which the merge can go on.</summary>
/// <param name="Position">The view's byte there.</param>
/// <param name="Counts">How many messages of each partition lie before it, from that partition's own start.</param>
/// <param name="Ends">Up to which count of each the cut reaches that it lies in.</param>
/// <param name="Next">Where the history tells of the next cut.</param>
internal sealed record MergeState(long Position, long[] Counts, long[] Ends, MergeHistory.Place Next);
