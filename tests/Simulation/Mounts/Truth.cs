using System.Text;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>What anyone was told of a partition, and what can't be so.</summary>
internal sealed class Truth(string path)
{
    private readonly Dictionary<string, Sent> _sent = new(StringComparer.Ordinal);
    private readonly List<Sent> _acknowledged = [];
    private byte[] _bytes = new byte[4096];
    private int _line;

    public string Path => path;

    /// <summary>How many of its bytes are known.</summary>
    public int Known { get; private set; }

    /// <summary>The messages whose places are known, in order.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>How far anyone knows that it goes: whoever asks from now on must be told at least that.</summary>
    public long Seen { get; private set; }

    /// <summary>How many messages are acknowledged: whoever opens it from now on must find these.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>A program is about to write a message.</summary>
    public void Sending(string message, string writer)
    {
        if (!_sent.TryAdd(message, new Sent(message, writer))) throw Broken($"{message} is written twice");
    }

    /// <summary>A write was answered.</summary>
    /// <param name="message">The message.</param>
    /// <param name="error">None where it is stored.</param>
    public void Answered(string message, Errno error)
    {
        var sent = _sent[message];
        if (error == Errno.None)
        {
            sent.IsAcknowledged = true;
            _acknowledged.Add(sent);
            if (sent.End > 0) Seen = Math.Max(Seen, sent.End);
        }
        else if (error is Errno.ENOSPC or Errno.EMSGSIZE or Errno.EACCES or Errno.EPERM or Errno.EAGAIN)
        {
            sent.IsRefused = true;
            if (sent.End > 0) throw Broken($"{message} was refused with {error}, and is there");
        }
    }

    /// <summary>Bytes were read.</summary>
    public void Read(long position, ReadOnlySpan<byte> bytes)
    {
        if (position > Known) throw Broken($"bytes at {position} were read before those at {Known}");
        var known = (int)Math.Min(bytes.Length, Known - position);
        if (!_bytes.AsSpan((int)position, known).SequenceEqual(bytes[..known]))
        {
            var at = _bytes.AsSpan((int)position, known).CommonPrefixLength(bytes);
            throw Broken($"at {position + at} stood {Shown(_bytes.AsSpan((int)position + at, known - at))}, and now {Shown(bytes[at..])}");
        }
        Add(bytes[known..]);
        Seen = Math.Max(Seen, position + bytes.Length);
    }

    /// <summary>A size was told.</summary>
    /// <param name="size">The size.</param>
    /// <param name="seenBefore">What was known before it was asked.</param>
    public void SizeIs(long size, long seenBefore)
    {
        if (size < seenBefore) throw Broken($"the size went back from {seenBefore} to {size}");
        Seen = Math.Max(Seen, size);
    }

    /// <summary>Somebody read it to its end.</summary>
    /// <param name="end">The end.</param>
    /// <param name="acknowledgedBefore">How many messages were acknowledged before it was opened.</param>
    public void EndIs(long end, int acknowledgedBefore)
    {
        foreach (var sent in _acknowledged.Take(acknowledgedBefore))
            if (sent.End == 0 || sent.End > end) throw Broken($"{sent.Message} was acknowledged, and is not in the first {end} bytes");
    }

    /// <summary>All that was acknowledged is there, once, and in the order of each open file.</summary>
    public void Check()
    {
        EndIs(Known, Acknowledged);
        foreach (var writer in _acknowledged.GroupBy(sent => sent.Writer))
        {
            var last = 0;
            foreach (var sent in writer)
            {
                if (sent.End <= last) throw Broken($"{sent.Message} stands before what was acknowledged earlier");
                last = sent.End;
            }
        }
        if (Seen > Known) throw Broken($"{Seen} bytes were there, and {Known} are left");
    }

    public InvariantException Broken(string what) => new($"{path}: {what}");

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (Known + bytes.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(Known + bytes.Length, 2 * _bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(Known));
        Known += bytes.Length;
        while (_bytes.AsSpan(_line, Known - _line).IndexOf((byte)'\n') is >= 0 and var length)
        {
            Place(Encoding.ASCII.GetString(_bytes, _line, length), _line + length + 1);
            _line += length + 1;
        }
    }

    private void Place(string message, int end)
    {
        if (!_sent.TryGetValue(message, out var sent)) throw Broken($"nobody wrote {Shown(Encoding.ASCII.GetBytes(message))}, which ends at {end}");
        if (sent.End > 0) throw Broken($"{message} ends at {sent.End} and at {end}");
        if (sent.IsRefused) throw Broken($"{message} was refused, and ends at {end}");
        sent.End = end;
        Messages.Add(message);
    }

    private static string Shown(ReadOnlySpan<byte> bytes) =>
        Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, 60)]).Replace('\n', '|').Replace('\0', '0');

    private sealed class Sent(string message, string writer)
    {
        public string Message => message;

        public string Writer => writer;

        public bool IsAcknowledged { get; set; }

        public bool IsRefused { get; set; }

        /// <summary>Where it ends; 0 while nobody has read it.</summary>
        public int End { get; set; }
    }
}
