namespace StreamActors.Benchmarks.Workloads;

/// <summary>Something that is timed on a directory, plain or mounted.</summary>
internal abstract class Workload
{
    /// <summary>What it does, as a table shows it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the kernel's caching of names and attributes is off, so that the server answers each operation.</summary>
    public virtual bool WithoutCacheTimes => false;

    /// <summary>Makes what the workload needs, in the plain directory.</summary>
    /// <param name="source">The plain directory.</param>
    public abstract void Prepare(string source);

    /// <summary>Runs once.</summary>
    /// <param name="root">The plain directory, or where it is mounted.</param>
    /// <returns>Units a second (bytes or operations): more is better.</returns>
    public abstract double Run(string root);
}
