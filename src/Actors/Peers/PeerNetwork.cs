using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using StreamActors.Cluster;
using StreamActors.Runtime;

namespace StreamActors.Peers;

/// <summary>A host's part of the network between members: HTTP/2, one stream of messages to each other member, and requests
/// for bytes beside them.</summary>
public sealed class PeerNetwork : IPeers, IPeerByteClient, IAsyncDisposable
{
    private readonly PeerContext _context;
    private readonly PeerSessions _sessions = new();
    private readonly ConcurrentDictionary<string, PeerLink> _links = new(StringComparer.Ordinal);
    private Func<PeerMessage, bool>? _receiver;
    private PeerListener? _listener;

    /// <summary>Makes one, which is silent until it is started.</summary>
    /// <param name="system">Clock, chance and log.</param>
    /// <param name="options">How members speak.</param>
    /// <param name="codec">Knows what is asked and answered.</param>
    /// <exception cref="ArgumentException">Members could not know each other.</exception>
    public PeerNetwork(ActorSystem system, PeerOptions options, IPeerCodec codec)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _context = new PeerContext(
            options, codec, new PeerConnections(options), system.TimeProvider, system.Random, system.Log, message => _receiver?.Invoke(message));
    }

    /// <summary>Raised when this host has become a member, in a step of the node: whoever is told must not block.</summary>
    public event Action? Joined;

    /// <summary>Raised when members have come, changed or gone, as <see cref="Joined"/>.</summary>
    public event Action? MembersChanged;

    /// <summary>Where this host listens.</summary>
    public IPEndPoint EndPoint => _listener?.EndPoint ?? throw new InvalidOperationException("The network was not started.");

    /// <summary>The incarnations of members that can't be reached now.</summary>
    public IReadOnlyList<string> Unreachable =>
        [.. _links.Where(link => link.Value.IsDown).Select(link => link.Key).Order(StringComparer.Ordinal)];

    /// <summary>Begins to listen. Others are refused until this host is a member.</summary>
    /// <param name="bytes">Serves the bytes that others ask for.</param>
    /// <exception cref="IOException">The address can't be had.</exception>
    public async Task StartAsync(IPeerByteServer bytes)
    {
        var server = new PeerServer(_context, _sessions, bytes, Send);
        _listener = await PeerListener.StartAsync(_context.Options, server.HandleAsync).ConfigureAwait(false);
    }

    /// <summary>Says who takes what other members send; until then it is lost.</summary>
    /// <param name="receiver">Takes a message; false where nobody is there for it.</param>
    public void ReceiveBy(Func<PeerMessage, bool> receiver) => Volatile.Write(ref _receiver, receiver);

    /// <inheritdoc/>
    public void Send(string member, PeerMessage message)
    {
        if (_links.TryGetValue(member, out var link)) link.Send(message);
    }

    /// <inheritdoc/>
    public void MembersAre(string? self, IReadOnlyList<MemberRecord> members)
    {
        var others = self is null ? ImmutableSortedDictionary<string, MemberRecord>.Empty : members
            .Where(member => member.Uid != self)
            .DistinctBy(member => member.Uid)
            .ToImmutableSortedDictionary(member => member.Uid, member => member, StringComparer.Ordinal);
        var isAnother = _sessions.Members.Self != self;
        _sessions.MembersAre(new Membership(self, others));
        foreach (var (uid, link) in _links)
        {
            if (!isAnother && others.ContainsKey(uid)) continue;
            _links.TryRemove(uid, out _);
            link.Dispose();
        }
        foreach (var (uid, member) in others)
            if (!_links.ContainsKey(uid)) _links[uid] = new PeerLink(_context, self!, member);
        if (isAnother && self is not null) Joined?.Invoke();
        MembersChanged?.Invoke();
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Length, IPeerByteClient.MaxRequestBytes);
        if (_sessions.Members.Self is not { } self || !_links.TryGetValue(member, out var link))
            throw new PeerUnavailableException($"There is no member {member} (any more).");
        var agreement = await link.Agreement.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var post = _context.Connections.Post(link.Member.Address, PeerConnections.BytesPath, new ReadOnlyMemoryContent(request));
        post.Headers.Authorization = new AuthenticationHeaderValue(PeerConnections.Scheme, $"{self} {agreement.Token}");
        HttpResponseMessage? response = null;
        try
        {
            response = await _context.Connections.Bytes.SendAsync(post, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new PeerUnavailableException($"Member {link.Member.Name} at {link.Member.Address} answers {(int)response.StatusCode}.");
            return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException broken)
        {
            response?.Dispose();
            throw new PeerUnavailableException($"Member {link.Member.Name} at {link.Member.Address} can't be reached.", broken);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        MembersAre(null, []);
        if (_listener is not null) await _listener.DisposeAsync().ConfigureAwait(false);
        _context.Connections.Dispose();
        _context.Options.Tls?.Dispose();
    }
}
