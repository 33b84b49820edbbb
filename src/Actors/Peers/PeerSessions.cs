using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StreamActors.Cluster;

namespace StreamActors.Peers;

/// <summary>The members that are connected to this host, and have proven that they are. A member has one session: a newer one
/// ends the one before, which may hang on a connection that is dead.</summary>
internal sealed class PeerSessions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PeerSession> _sessions = new(StringComparer.Ordinal);
    private volatile Membership _members = new(null, ImmutableSortedDictionary<string, MemberRecord>.Empty);

    /// <summary>Who is a member.</summary>
    public Membership Members => _members;

    /// <summary>Begins a session; null where who it is for is no member any more.</summary>
    public PeerSession? TryBegin(string self, string uid, string token, CancellationToken connection)
    {
        lock (_gate)
        {
            if (_members.Self != self || !_members.Others.ContainsKey(uid)) return null;
            if (_sessions.Remove(uid, out var before)) before.End();
            return _sessions[uid] = new PeerSession(uid, token, connection);
        }
    }

    /// <summary>Whether a member is connected.</summary>
    public bool Has(string uid)
    {
        lock (_gate) return _sessions.ContainsKey(uid);
    }

    /// <summary>Ends a session.</summary>
    public void End(PeerSession session)
    {
        lock (_gate)
        {
            if (_sessions.GetValueOrDefault(session.Uid) == session) _sessions.Remove(session.Uid);
        }
        session.End();
    }

    /// <summary>The session of a member, where the token is its.</summary>
    public bool TryFind(string uid, string token, [NotNullWhen(true)] out PeerSession? session)
    {
        lock (_gate) session = _sessions.GetValueOrDefault(uid);
        if (session?.HasToken(token) != true || session.Ended.IsCancellationRequested) session = null;
        return session is not null;
    }

    /// <summary>Takes who is a member now, and ends the sessions of those who are none.</summary>
    public void MembersAre(Membership members)
    {
        lock (_gate)
        {
            var isAnother = members.Self != _members.Self;
            _members = members;
            foreach (var session in _sessions.Values.Where(session => isAnother || !members.Others.ContainsKey(session.Uid)).ToArray())
            {
                _sessions.Remove(session.Uid);
                session.End();
            }
        }
    }
}

/// <summary>A member that is connected.</summary>
internal sealed class PeerSession
{
    private readonly byte[] _token;
    private readonly CancellationTokenSource _ended;

    public PeerSession(string uid, string token, CancellationToken connection)
    {
        Uid = uid;
        _token = Encoding.ASCII.GetBytes(token);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(connection);
        Ended = _ended.Token;
    }

    /// <summary>Its incarnation.</summary>
    public string Uid { get; }

    /// <summary>Set at its end.</summary>
    public CancellationToken Ended { get; }

    public bool HasToken(string token) => CryptographicOperations.FixedTimeEquals(_token, Encoding.ASCII.GetBytes(token));

    // Not by the caller's thread, which may be the one of a node's steps.
    public void End() => _ = _ended.CancelAsync();
}

/// <summary>Who is a member.</summary>
/// <param name="Self">The incarnation that this host is; null for none.</param>
/// <param name="Others">The other members by incarnation.</param>
internal sealed record Membership(string? Self, ImmutableSortedDictionary<string, MemberRecord> Others);
