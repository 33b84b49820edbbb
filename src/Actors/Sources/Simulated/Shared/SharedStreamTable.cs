using System.Security.Cryptography;
using System.Text;
using StreamActors.Etcd;
using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// Which incarnations the files of a directory are that several hosts show: a row for each path, so that all know a file by the same
/// id, and whoever gets an id finds the file. Methods that change it block. Safe for several threads.
/// </summary>
/// <param name="table">The rows; whoever made it disposes of it.</param>
/// <param name="prefix">What all ids begin with.</param>
/// <param name="separator">What follows each message, on this host.</param>
/// <param name="newId">Makes ids that no other has.</param>
public sealed class SharedStreamTable(EtcdTable table, string prefix, ReadOnlyMemory<byte> separator, Func<Guid> newId)
{
    private const int KeyBytes = 16;
    private const int MaxTries = 20;

    /// <summary>Told when rows have changed; it does not block.</summary>
    public Action? Changed
    {
        get => table.Changed;
        set => table.Changed = value;
    }

    /// <summary>The id of a row's stream.</summary>
    internal StreamId IdOf(SharedStreamRow row) => new($"{prefix}{KeyOf(row.Path)}-{row.Id}");

    /// <summary>What is known here of a stream; null where that is nothing, or the path is another stream's by now. Never blocks.</summary>
    internal SharedStreamRow? Known(StreamId stream) => table.Rows.TryGetValue(KeyIn(stream), out var row) ? RowOf(row, stream) : null;

    /// <summary>Whether a path is a stream's, as far as is known here. Never blocks.</summary>
    internal bool IsAt(string path, StreamId stream) =>
        table.Rows.TryGetValue(KeyOf(path), out var row) && RowOf(row, stream) is { IsDeleted: false };

    /// <summary>Finds a stream, as of now.</summary>
    internal Result<SharedStreamRow> Find(StreamId stream)
    {
        if (Known(stream) is { } known)
            return known;
        var read = Wait(table.ReadAsync(KeyIn(stream)));
        if (read.Value is not { } row)
            return read.Failure!;
        return RowOf(row, stream) is { } found ? found : new Failure(Fault.Stale, $"stream {stream} is no file any more");
    }

    /// <summary>Finds which incarnation a file is; where it has another content than any that is known, it is a new one.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="hash">The content's.</param>
    /// <param name="topics">How many topics are in it.</param>
    internal Result<SharedStreamRow> Begin(string path, string hash, int topics)
    {
        if (path.Contains('\uFFFD', StringComparison.Ordinal))
            return new Failure(Fault.Invalid, $"{path} can't be told to other hosts: its name is no UTF-8");
        var read = Wait(table.ReadAsync(KeyOf(path)));
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (read.Value is not { } row)
                return read.Failure!;
            if (SharedStreamRow.TryRead(row.Value) is { IsDeleted: false } known && known.Find(hash) is not null)
                return known.Separator.AsSpan().SequenceEqual(separator.Span)
                    ? known : new Failure(Fault.InputOutput, $"{path} can't be shown: another host is set to another simulated.separator");
            var made = new SharedStreamRow(newId().ToString("n"), path, separator.ToArray(), topics, [new SharedContent(hash, [])]);
            read = Wait(table.ChangeAsync(row, made.Write()));
        }
        return new Failure(Fault.Busy, $"{path} is being changed by others");
    }

    /// <summary>Changes a stream's row.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="change">Makes the new row of the one that stands there.</param>
    /// <returns>Null, or why it was not changed.</returns>
    internal Failure? Change(StreamId stream, Func<SharedStreamRow, SharedStreamRow> change)
    {
        var read = Wait(table.ReadAsync(KeyIn(stream)));
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (read.Value is not { } row)
                return read.Failure;
            if (RowOf(row, stream) is not { } known)
                return new Failure(Fault.Stale, $"stream {stream} is no file any more");
            var wanted = change(known).Write();
            if (row.Value == wanted)
                return null;
            read = Wait(table.ChangeAsync(row, wanted));
        }
        return new Failure(Fault.Busy, $"stream {stream} is being changed by others");
    }

    private SharedStreamRow? RowOf(EtcdRow row, StreamId stream) =>
        SharedStreamRow.TryRead(row.Value) is { } read && IdOf(read) == stream ? read : null;

    private string KeyIn(StreamId stream)
    {
        var rest = stream.Value.StartsWith(prefix, StringComparison.Ordinal) ? stream.Value.AsSpan(prefix.Length) : [];
        return rest.Length > 2 * KeyBytes ? rest[..(2 * KeyBytes)].ToString() : "none";
    }

    private static string KeyOf(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, KeyBytes));

    private static Result<EtcdRow> Wait(Task<EtcdResult<EtcdRow>> asked)
    {
        var answer = asked.GetAwaiter().GetResult();
        return answer.Succeeded
            ? answer.Value
            : new Failure(
                answer.Fault.Error switch
                {
                    EtcdError.NoSpace => Fault.NoSpace,
                    EtcdError.Denied => Fault.AccessDenied,
                    EtcdError.Invalid => Fault.TooLarge,
                    _ => Fault.TimedOut,
                },
                $"etcd: {answer.Fault.Detail}", answer.Fault.Cause);
    }
}
