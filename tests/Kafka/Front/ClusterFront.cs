using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamActors.Kafka.Tests.Front;

/// <summary>
/// A cluster over real ports that does what the mock of librdkafka does not: a proxy before each of its brokers hands on
/// what the mock knows, and answers the rest itself: topics that are made, deleted and grown, groups, look-ups by time,
/// transactions, and who may come in.
/// </summary>
internal sealed class ClusterFront : IDisposable
{
    // The mock has newer versions of these, which are flexible: the front reads the older ones.
    private static readonly Dictionary<short, short> s_newest = new()
    {
        [Api.Produce] = 7,
        [Api.Fetch] = 11,
        [Api.ListOffsets] = 5,
        [Api.OffsetCommit] = 7,
        [Api.OffsetFetch] = 5,
        [Api.FindCoordinator] = 2,
        [Api.JoinGroup] = 5,
        [Api.Heartbeat] = 3,
        [Api.LeaveGroup] = 3,
        [Api.SyncGroup] = 3,
        [Api.AddPartitionsToTxn] = 1,
        [Api.EndTxn] = 1,
    };

    private static readonly Dictionary<short, short> s_own = new()
    {
        [Api.DescribeGroups] = 0,
        [Api.ListGroups] = 0,
        [Api.SaslHandshake] = 1,
        [Api.CreateTopics] = 4,
        [Api.DeleteTopics] = 3,
        [Api.SaslAuthenticate] = 1,
        [Api.CreatePartitions] = 1,
        [Api.OffsetDelete] = 0,
    };

    // Of the new protocol of groups, whose requests are all flexible.
    private static readonly short[] s_left = [68, 71, 72, 76, 78, 79];

    private readonly List<TcpListener> _listeners = [];
    private readonly int[] _ports;
    private readonly ConcurrentDictionary<FrontConnection, byte> _connections = [];
    private readonly ConcurrentDictionary<int, BackConnection> _back = [];
    private readonly ConcurrentDictionary<short, ConcurrentQueue<short>> _errors = [];
    private readonly ConcurrentDictionary<short, long> _requests = [];
    private readonly ConcurrentDictionary<short, byte> _unanswered = [];
    private readonly FrontPartitions _partitions;
    private readonly bool _fetchesById;
    private volatile int _controller = 1;
    private readonly (short Kind, short Newest)[] _versions;

    /// <summary>Starts the brokers.</summary>
    /// <param name="brokers">How many; their ids count from 1, and the first is the controller.</param>
    /// <param name="fetchesById">Whether messages are fetched by the ids of topics; such requests the front only hands on.</param>
    public ClusterFront(int brokers = 1, bool fetchesById = false)
    {
        _fetchesById = fetchesById;
        Mock = new MockCluster(brokers);
        _ports = [.. Mock.BootstrapServers.Split(',').Select(server => int.Parse(server.Split(':')[1], CultureInfo.InvariantCulture))];
        _partitions = new FrontPartitions((broker, frame) => _back.GetOrAdd(broker, id => new BackConnection(PortOf(id))).Ask(frame));
        Topics = new FrontTopics(Mock, brokers, Deleted);
        _versions = [.. VersionsOfMock().GetAwaiter().GetResult()];
        Control(_controller);
        for (var broker = 1; broker <= brokers; broker++)
            Listen(broker);
        BootstrapServers = string.Join(',', _listeners.Select(listener => listener.LocalEndpoint));
    }

    public string BootstrapServers { get; }

    public MockCluster Mock { get; }

    public FrontTopics Topics { get; }

    public FrontGroups Groups { get; } = new();

    /// <summary>Whoever wants in has to say these; null: everybody may.</summary>
    public (string User, string Password)? Credentials { get; private set; }

    /// <summary>Makes a topic.</summary>
    public ClusterFront With(string topic, int partitions = 1, int replication = 1)
    {
        var error = Topics.Create(topic, partitions, replication, new Dictionary<string, string?>());
        return error == KafkaError.None ? this : throw new InvalidOperationException($"topic {topic} can't be made, error {error}");
    }

    /// <summary>Lets nobody in without a user and a password. Who is in with others is sent away.</summary>
    public ClusterFront Guard(string user, string password)
    {
        Credentials = (user, password);
        foreach (var connection in _connections.Keys)
            connection.Dispose();
        return this;
    }

    /// <summary>Answers the next requests of a kind with errors, in this order; only requests that the front answers itself.</summary>
    public void Fail(short api, params short[] errors)
    {
        var queue = _errors.GetOrAdd(api, _ => new ConcurrentQueue<short>());
        foreach (var error in errors)
            queue.Enqueue(error);
    }

    /// <summary>Makes a broker the controller.</summary>
    public void Control(int broker)
    {
        Mock.Control(broker);
        _controller = broker;
    }

    /// <summary>Never answers requests of a kind, from now on.</summary>
    public void Swallow(short api) => _unanswered[api] = 0;

    /// <summary>How many requests of a kind came.</summary>
    public long Requests(short api) => _requests.GetValueOrDefault(api);

    /// <summary>How many messages of a topic were sent to those who fetch.</summary>
    public long Delivered(string topic) => _partitions.Delivered(topic);

    public void Dispose()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
        foreach (var connection in _connections.Keys)
            connection.Dispose();
        foreach (var back in _back.Values)
            back.Dispose();
        Mock.Dispose();
    }

    /// <summary>The port of the mock's broker.</summary>
    public int PortOf(int broker) => _ports[broker - 1];

    /// <summary>Answers a request.</summary>
    public async Task<byte[]> Handle(Request request, int broker, FrontConnection connection)
    {
        _requests.AddOrUpdate(request.Kind, 1, (_, count) => count + 1);
        if (_unanswered.ContainsKey(request.Kind))
            await Task.Delay(Timeout.Infinite, connection.Ended);
        if (Credentials is not null && !connection.IsAuthenticated && request.Kind is not (Api.ApiVersions or Api.SaslHandshake or Api.SaslAuthenticate))
            throw new IOException("who does not say who he is is not served");
        return request.Kind switch
        {
            Api.ApiVersions => Versions(request),
            Api.SaslHandshake => Handshake(request),
            Api.SaslAuthenticate => Authenticate(request, connection),
            Api.Metadata => Topics.Filter(await connection.Forward(request), request.Version),
            Api.CreateTopics => Topics.Create(request, ErrorFor(request.Kind, broker)),
            Api.DeleteTopics => Topics.Delete(request, ErrorFor(request.Kind, broker)),
            Api.CreatePartitions => Topics.Grow(request, ErrorFor(request.Kind, broker)),
            Api.Produce => await _partitions.Produced(request, broker, () => connection.Forward(request)),
            Api.Fetch when !_fetchesById => await _partitions.Fetched(request, connection.Forward(request)),
            Api.ListOffsets => await _partitions.Listed(request, connection.Forward(request)),
            Api.EndTxn => await _partitions.Ended(request, connection.Forward(request)),
            Api.JoinGroup => await Groups.Joined(request, connection, connection.Forward(request)),
            Api.LeaveGroup => await Leave(request, connection),
            Api.ListGroups => Groups.List(request, ErrorFor(request.Kind)),
            Api.DescribeGroups => Groups.Describe(request, ErrorFor(request.Kind)),
            Api.OffsetCommit => Groups.Commit(request, ErrorFor(request.Kind)),
            Api.OffsetFetch => Groups.Fetch(request, ErrorFor(request.Kind)),
            Api.OffsetDelete => Groups.Delete(request, ErrorFor(request.Kind)),
            _ => await connection.Forward(request),
        };
    }

    private void Deleted(string topic)
    {
        _partitions.Forget(topic);
        Groups.Forget(topic);
    }

    private void Listen(int broker)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _listeners.Add(listener);
        Mock.Advertise(broker, "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        _ = Accept(listener, broker);
    }

    private async Task Accept(TcpListener listener, int broker)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                client.NoDelay = true;
                _ = Serve(new FrontConnection(this, broker, client));
            }
        }
        catch (Exception ended) when (Frames.IsLoss(ended))
        {
            // The cluster is over.
        }
    }

    private async Task Serve(FrontConnection connection)
    {
        _connections[connection] = 0;
        await connection.Run();
        _connections.TryRemove(connection, out _);
    }

    private async Task<byte[]> Leave(Request request, FrontConnection connection)
    {
        Groups.Leaves(request);
        return await connection.Forward(request);
    }

    private short ErrorFor(short api) => _errors.TryGetValue(api, out var errors) && errors.TryDequeue(out var error) ? error : KafkaError.None;

    /// <summary>What concerns topics is for the controller only.</summary>
    private short ErrorFor(short api, int broker) => ErrorFor(api) is var error and not KafkaError.None ? error : broker == _controller ? KafkaError.None : KafkaError.NotController;

    private byte[] Versions(Request request)
    {
        // The newest request that the mock knows is not flexible; who asks by another is told, in the oldest form.
        const short Newest = 2;
        var reply = request.Reply().Short(request.Version > Newest ? KafkaError.UnsupportedVersion : KafkaError.None).Int(_versions.Length);
        foreach (var (kind, newest) in _versions)
            reply.Short(kind).Short(0).Short(newest);
        return (request.Version is >= 1 and <= Newest ? reply.Int(0) : reply).ToArray();
    }

    private async Task<IEnumerable<(short, short)>> VersionsOfMock()
    {
        using var connection = new BackConnection(_ports[0]);
        var reply = new WireReader(await connection.Ask(new WireWriter().Short(Api.ApiVersions).Short(0).Int(0).Text("front").ToArray()), 6);
        var found = new List<(short, short)>();
        for (var left = reply.Int(); left > 0; left--)
        {
            var (kind, _, newest) = (reply.Short(), reply.Short(), reply.Short());
            if (!s_left.Contains(kind))
                found.Add((kind, kind == Api.Fetch && _fetchesById ? newest : Math.Min(newest, s_newest.GetValueOrDefault(kind, newest))));
        }
        return found.Concat(s_own.Select(own => (own.Key, own.Value)));
    }

    private static byte[] Handshake(Request request)
    {
        var isKnown = request.Body.Text() == "PLAIN";
        return request.Reply().Short(isKnown ? KafkaError.None : KafkaError.UnsupportedMechanism).Int(1).Text("PLAIN").ToArray();
    }

    private byte[] Authenticate(Request request, FrontConnection connection)
    {
        var said = Encoding.UTF8.GetString(request.Body.Bytes()!).Split('\0');
        connection.IsAuthenticated = Credentials is not { } wanted || (said[^2], said[^1]) == wanted;
        var reply = request.Reply().Short(connection.IsAuthenticated ? KafkaError.None : KafkaError.SaslAuthenticationFailed);
        // Brokers quote what they were told now and then.
        reply.Text(connection.IsAuthenticated ? null : $"Authentication failed: invalid credentials {said[^2]}/{said[^1]}").Bytes([]);
        return (request.Version >= 1 ? reply.Long(0) : reply).ToArray();
    }
}
