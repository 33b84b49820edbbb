using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>A reader of this host that another one reads from. Safe for several threads.</summary>
/// <param name="member">Who reads.</param>
/// <param name="handle">The handle that it was opened for.</param>
/// <param name="reader">The reader.</param>
/// <param name="lease">The right to its shard: without it nothing is told of the reader.</param>
internal sealed class ServedReader(string member, HandleId handle, IPartitionReader reader, ShardLease lease)
{
    private readonly Lock _gate = new();
    private int _users;
    private bool _isGivenUp;

    public string Member => member;

    public HandleId Handle => handle;

    public IPartitionReader Reader => reader;

    /// <summary>The right to its shard.</summary>
    public ShardLease Lease => lease;

    /// <summary>Whether what is known of it now may be told.</summary>
    public bool MayAnswer => lease.MayAnswer;

    /// <summary>Somebody uses the reader, until <see cref="Leave"/>.</summary>
    /// <returns>False where it was given up.</returns>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_isGivenUp)
                return false;
            _users++;
            return true;
        }
    }

    public void Leave()
    {
        bool isLast;
        lock (_gate)
            isLast = --_users == 0 && _isGivenUp;
        if (isLast)
            reader.Dispose();
    }

    /// <summary>It is served no longer, and disposed of when nobody uses it.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            if (_isGivenUp)
                return;
            _isGivenUp = true;
            if (_users > 0)
                return;
        }
        reader.Dispose();
    }
}
