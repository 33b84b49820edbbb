using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
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
            options, codec, new PeerConnections(options), system.TimeProvider, system.Random, system.Log, message => _receiver?.Invoke(message),
            () => Changed?.Invoke());
    }

    /// <summary>Raised when this host has become a member, in a step of the node: whoever is told must not block.</summary>
    public event Action? Joined;

    /// <summary>Raised when members have come, changed or gone, are reached or can't be, as <see cref="Joined"/>.</summary>
    public event Action? Changed;

    /// <summary>Whether another member and this host have reached each other, each by a connection of its own.</summary>
    public bool HasMet => _links.Any(link => link.Value.IsReached && _sessions.Has(link.Key));

    /// <summary>Where this host listens.</summary>
    public IPEndPoint EndPoint => _listener?.EndPoint ?? throw new InvalidOperationException("The network was not started.");

    /// <summary>The incarnation that this host is; null while it is no member.</summary>
    public string? Self => _sessions.Members.Self;

    /// <summary>The other members, in the order of their incarnations.</summary>
    public IReadOnlyList<MemberRecord> Members => [.. _sessions.Members.Others.Values];

    /// <summary>The incarnations of members that can't be reached now.</summary>
    public IReadOnlyList<string> Unreachable =>
        [.. _links.Where(link => link.Value.IsUnreachable).Select(link => link.Key).Order(StringComparer.Ordinal)];

    /// <summary>Begins to listen. Others are refused until this host is a member.</summary>
    /// <param name="bytes">Serves the bytes that others ask for.</param>
    /// <param name="admin">Answers what others ask about this host (<see cref="AskAsync"/>); null for what it does not know.</param>
    /// <exception cref="IOException">The address can't be had.</exception>
    public async Task StartAsync(IPeerByteServer bytes, Func<string, Task<string?>> admin)
    {
        var server = new PeerServer(_context, _sessions, bytes, admin, Send);
        _listener = await PeerListener.StartAsync(_context.Options, server.HandleAsync).ConfigureAwait(false);
    }

    /// <summary>Says who takes what other members send; until then it is lost.</summary>
    /// <param name="receiver">Takes a message; false where nobody is there for it.</param>
    public void ReceiveBy(Func<PeerMessage, bool> receiver) => Volatile.Write(ref _receiver, receiver);

    /// <inheritdoc/>
    public void Send(string member, PeerMessage message)
    {
        if (_links.TryGetValue(member, out var link)) link.Send(message);
        else _context.GiveBack(message);
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
        Changed?.Invoke();
    }

    /// <summary>Asks another member about itself.</summary>
    /// <param name="member">Its incarnation.</param>
    /// <param name="request">What is asked, a short text.</param>
    /// <param name="cancellationToken">Takes the request back.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="PeerUnavailableException">The member can't be reached, is none any more, or does not know the request.</exception>
    public async Task<string> AskAsync(string member, string request, CancellationToken cancellationToken)
    {
        var answer = await PostAsync(member, PeerConnections.AdminPath, Encoding.UTF8.GetBytes(request), cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(answer);
        return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string member, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        PostAsync(member, PeerConnections.BytesPath, request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        MembersAre(null, []);
        if (_listener is not null) await _listener.DisposeAsync().ConfigureAwait(false);
        _context.Connections.Dispose();
        _context.Options.Tls?.Dispose();
    }

    private async Task<Stream> PostAsync(string member, string path, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Length, IPeerByteClient.MaxRequestBytes);
        if (_sessions.Members.Self is not { } self || !_links.TryGetValue(member, out var link))
            throw new PeerUnavailableException($"There is no member {member} (any more).");
        var agreement = await link.Agreement.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var post = _context.Connections.Post(link.Member.Address, path, new ReadOnlyMemoryContent(request));
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
}
