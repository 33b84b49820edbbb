namespace StreamActors.Benchmarks.Workloads;

/// <summary>Something that is timed on a directory, plain or mounted.</summary>
internal abstract class Workload
{
    /// <summary>How long a slice of a workload of many short operations lasts.</summary>
    protected static readonly TimeSpan SliceTime = TimeSpan.FromMilliseconds(100);

    /// <summary>What it does, as a table shows it.</summary>
    public abstract string Name { get; }

    /// <summary>How many slices of each side count.</summary>
    public abstract int Slices { get; }

    /// <summary>Whether the units are bytes; else operations.</summary>
    public virtual bool CountsBytes => false;

    /// <summary>Whether it reads a file's content, which under passthrough the kernel does by itself.</summary>
    public virtual bool IsRead => false;

    /// <summary>Whether the kernel's caching of names and attributes is off, so that the server answers each operation.</summary>
    public virtual bool WithoutCacheTimes => false;

    /// <summary>Makes what the workload needs, in the plain directory.</summary>
    /// <param name="source">The plain directory.</param>
    public abstract void Prepare(string source);

    /// <summary>Runs a slice.</summary>
    /// <param name="root">The plain directory, or where it is mounted.</param>
    /// <returns>What was done in which time.</returns>
    public abstract Slice Run(string root);
}

/// <summary>What was done in a slice.</summary>
/// <param name="Units">Bytes or operations.</param>
/// <param name="Time">In which time.</param>
internal readonly record struct Slice(double Units, TimeSpan Time)
{
    /// <summary>Units a second.</summary>
    public double Rate => Units / Time.TotalSeconds;
}
