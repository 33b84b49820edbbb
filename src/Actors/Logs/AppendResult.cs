namespace StreamActors.Logs;

/// <summary>What became of an append.</summary>
/// <param name="Fault">Why it failed, or null.</param>
/// <param name="BaseOffset">The first message's offset.</param>
/// <param name="Count">How many messages were appended.</param>
/// <param name="End">The partition's committed end after it.</param>
/// <param name="Lsn">What the journal has to be synced up to for it to survive power loss.</param>
/// <param name="Duplicate">Whether the batch was there already; this is the first append's result.</param>
public readonly record struct AppendResult(
    LogFault? Fault, long BaseOffset, int Count, LogPlace End, long Lsn, bool Duplicate)
{
    internal static AppendResult Failed(LogFault fault) => new(fault, -1, 0, default, 0, Duplicate: false);
}
