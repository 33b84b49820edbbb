using System.Text;
using StreamActors.Messages.Simulated;

namespace StreamActors.Actors.Tests.Sources;

/// <summary>A file in memory. Its clock stands, so that a second write leaves the times as they were.</summary>
internal sealed class FakeFile : ISimulatedFile
{
    private const int Stale = 116;

    private FileVersion _now;

    public FakeFile(string path, string content, ulong inode = 1, long changedAt = 1_500_000_001)
    {
        Path = path;
        Bytes = Encoding.UTF8.GetBytes(content);
        _now = Version = new FileVersion(8, inode, 0, changedAt, changedAt, Bytes.Length);
    }

    public string Path { get; init; }

    public FileVersion Version { get; private init; }

    public byte[] Bytes { get; private set; }

    public bool IsBeingWritten { get; set; }

    public bool IsGone { get; set; }

    public int Errno { get; set; }

    public int Reads { get; private set; }

    /// <summary>The same file as a later look-up finds it.</summary>
    public ISimulatedFile Again => new Found(this, _now);

    /// <summary>Writes in place.</summary>
    public void Write(string content, long changedAt)
    {
        Bytes = Encoding.UTF8.GetBytes(content);
        _now = _now with { ModifiedAt = changedAt, ChangedAt = changedAt, Size = Bytes.Length };
    }

    /// <summary>Changes the owner or the mode.</summary>
    public void ChangeMode(long changedAt) => _now = _now with { ChangedAt = changedAt };

    public FileReadResult Read(long maxBytes)
    {
        Reads++;
        if (IsGone)
            return new FileReadResult.Failed(2);
        if (Errno != 0)
            return new FileReadResult.Failed(Errno);
        if (IsBeingWritten)
            return new FileReadResult.BeingWritten();
        return Bytes.Length > maxBytes ? new FileReadResult.TooLarge(Bytes.Length) : new FileReadResult.Content(Bytes, _now);
    }

    public int Rewrite(FileVersion expected, ReadOnlySpan<byte> content)
    {
        if (Errno != 0 || expected != _now)
            return Errno != 0 ? Errno : Stale;
        Bytes = content.ToArray();
        _now = _now with { Inode = _now.Inode + 1000, ChangedAt = _now.ChangedAt + 1, Size = Bytes.Length };
        return 0;
    }

    public int Remove(FileVersion expected)
    {
        if (expected != _now)
            return Stale;
        IsGone = true;
        return 0;
    }

    private sealed class Found(FakeFile file, FileVersion version) : ISimulatedFile
    {
        public string Path => file.Path;

        public FileVersion Version => version;

        public FileReadResult Read(long maxBytes) => file.Read(maxBytes);

        public int Rewrite(FileVersion expected, ReadOnlySpan<byte> content) => file.Rewrite(expected, content);

        public int Remove(FileVersion expected) => file.Remove(expected);
    }
}
