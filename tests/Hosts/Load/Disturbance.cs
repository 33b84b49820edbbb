using System.Diagnostics;

namespace StreamActors.Hosts.Load;

/// <summary>What may fail, from one time until it is disposed of.</summary>
/// <param name="mayFail">Which operations.</param>
/// <param name="mayDouble">Whether what these write may be there twice.</param>
internal sealed class Disturbance(Func<LoadRecord, bool> mayFail, bool mayDouble = false) : IDisposable
{
    private readonly double _from = Now;
    private double _until = double.PositiveInfinity;

    /// <summary>The time of the clock that all processes share, in seconds.</summary>
    public static double Now => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>Whether it explains that an operation failed, or took its time.</summary>
    /// <param name="record">The operation.</param>
    public bool Explains(LoadRecord record) => record.Ended >= _from && record.Began <= _until && mayFail(record);

    /// <summary>Whether it explains that a message is there twice.</summary>
    /// <param name="write">What wrote it.</param>
    public bool ExplainsDouble(LoadRecord write) => mayDouble && Explains(write);

    /// <summary>From now on nothing may fail.</summary>
    public void Dispose() => _until = Now;
}
