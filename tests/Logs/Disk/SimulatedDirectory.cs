using System.Collections.Immutable;

namespace StreamActors.Logs.Tests;

/// <summary>A directory's names, and every state they had since the last sync: power loss leaves one of those.</summary>
internal sealed class SimulatedDirectory
{
    private readonly List<State> _states = [new State(
        ImmutableSortedDictionary.Create<string, SimulatedInode>(StringComparer.Ordinal), ImmutableSortedSet.Create<string>(StringComparer.Ordinal))];

    // What led from each state to the next one, and which host did it.
    private readonly List<(int Writer, Func<State, State> Change)> _changes = [];

    public ImmutableSortedDictionary<string, SimulatedInode> Now => _states[^1].Files;

    public ImmutableSortedSet<string> Folders => _states[^1].Folders;

    public IEnumerable<SimulatedInode> Everything => _states.SelectMany(state => state.Files.Values);

    public void Change(int writer, Action<ImmutableSortedDictionary<string, SimulatedInode>.Builder> change) => Add(writer, state =>
    {
        var builder = state.Files.ToBuilder();
        change(builder);
        return state with { Files = builder.ToImmutable() };
    });

    public void ChangeFolders(int writer, Action<ImmutableSortedSet<string>.Builder> change) => Add(writer, state =>
    {
        var builder = state.Folders.ToBuilder();
        change(builder);
        return state with { Folders = builder.ToImmutable() };
    });

    public void Sync()
    {
        _states.RemoveRange(0, _states.Count - 1);
        _changes.Clear();
    }

    public void LosePower(Random random)
    {
        var kept = random.Next(3) switch { 0 => 0, 1 => _states.Count - 1, _ => random.Next(_states.Count) };
        var state = _states[kept];
        _states.Clear();
        _states.Add(state);
        _changes.Clear();
    }

    /// <summary>One of several hosts loses its power: of its own changes the first ones are kept.</summary>
    public void LosePower(Random random, int writer)
    {
        var own = _changes.Where(change => change.Writer == writer).Select(change => change.Change).ToArray();
        if (own.Length == 0)
            return;
        var others = _changes.Where(change => change.Writer != writer).ToArray();
        var kept = own.Take(random.Next(own.Length + 1)).Aggregate(_states[0], (state, change) => change(state));
        _states.Clear();
        _changes.Clear();
        _states.Add(kept);
        foreach (var (other, change) in others)
            Add(other, change);
    }

    private void Add(int writer, Func<State, State> change)
    {
        _states.Add(change(_states[^1]));
        _changes.Add((writer, change));
    }

    private sealed record State(ImmutableSortedDictionary<string, SimulatedInode> Files, ImmutableSortedSet<string> Folders);
}
