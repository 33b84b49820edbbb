using System.Globalization;

namespace StreamActors.Simulation.Tests;

/// <summary>What happened, in order: the same for the same seed. The last lines are kept for whoever looks for a fault.</summary>
public sealed class Trace
{
    private const int MaxKept = 100_000;

    private readonly Queue<string> _last = new();

    // FNV-1a, over all lines.
    private ulong _hash = 14695981039346656037;

    public ulong Hash => _hash;

    public int Lines { get; private set; }

    public IEnumerable<string> Last(int count) => _last.Skip(Math.Max(0, _last.Count - count));

    public void Write(TimeSpan now, string line)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{now.TotalSeconds,10:f4} {line}");
        foreach (var c in text) _hash = (_hash ^ c) * 1099511628211;
        _last.Enqueue(text);
        if (_last.Count > MaxKept) _last.Dequeue();
        Lines++;
    }
}
