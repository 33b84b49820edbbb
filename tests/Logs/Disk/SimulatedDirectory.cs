using System.Collections.Immutable;

namespace StreamActors.Logs.Tests;

/// <summary>A directory's names, and every state they had since the last sync: power loss leaves one of those.</summary>
internal sealed class SimulatedDirectory
{
    private readonly List<(ImmutableSortedDictionary<string, SimulatedInode> Files, ImmutableSortedSet<string> Folders)> _states =
        [(ImmutableSortedDictionary.Create<string, SimulatedInode>(StringComparer.Ordinal), ImmutableSortedSet.Create<string>(StringComparer.Ordinal))];

    public ImmutableSortedDictionary<string, SimulatedInode> Now => _states[^1].Files;

    public ImmutableSortedSet<string> Folders => _states[^1].Folders;

    public IEnumerable<SimulatedInode> Everything => _states.SelectMany(state => state.Files.Values);

    public void Change(Action<ImmutableSortedDictionary<string, SimulatedInode>.Builder> change)
    {
        var builder = Now.ToBuilder();
        change(builder);
        _states.Add((builder.ToImmutable(), Folders));
    }

    public void ChangeFolders(Action<ImmutableSortedSet<string>.Builder> change)
    {
        var builder = Folders.ToBuilder();
        change(builder);
        _states.Add((Now, builder.ToImmutable()));
    }

    public void Sync() => _states.RemoveRange(0, _states.Count - 1);

    public void LosePower(Random random)
    {
        var kept = random.Next(3) switch { 0 => 0, 1 => _states.Count - 1, _ => random.Next(_states.Count) };
        var state = _states[kept];
        _states.Clear();
        _states.Add(state);
    }
}
