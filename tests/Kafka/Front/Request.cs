namespace StreamActors.Kafka.Tests.Front;

/// <summary>The kinds of requests that the front knows.</summary>
internal static class Api
{
    public const short Produce = 0, Fetch = 1, ListOffsets = 2, Metadata = 3, OffsetCommit = 8, OffsetFetch = 9, FindCoordinator = 10, JoinGroup = 11,
        Heartbeat = 12, LeaveGroup = 13, SyncGroup = 14, DescribeGroups = 15, ListGroups = 16, SaslHandshake = 17, ApiVersions = 18, CreateTopics = 19,
        DeleteTopics = 20, InitProducerId = 22, AddPartitionsToTxn = 24, EndTxn = 26, SaslAuthenticate = 36, CreatePartitions = 37, OffsetDelete = 47;
}

/// <summary>The errors of the protocol that the front gives.</summary>
internal static class KafkaError
{
    public const short None = 0, UnknownTopic = 3, LeaderNotAvailable = 5, NotLeader = 6, RequestTimedOut = 7, MessageTooLarge = 10,
        UnknownMember = 25, TopicAuthorizationFailed = 29, GroupAuthorizationFailed = 30, ClusterAuthorizationFailed = 31,
        UnsupportedMechanism = 33, UnsupportedVersion = 35, TopicExists = 36, InvalidPartitions = 37, InvalidReplication = 38, InvalidConfig = 40,
        NotController = 41, PolicyViolation = 44, SaslAuthenticationFailed = 58, NonEmptyGroup = 68, GroupNotFound = 69, InvalidRecord = 87;
}

/// <summary>A request as it came.</summary>
internal sealed class Request
{
    public Request(byte[] frame)
    {
        Frame = frame;
        var header = new WireReader(frame);
        (Kind, Version, Correlation) = (header.Short(), header.Short(), header.Int());
        header.NullableText();
        _body = header.Position;
    }

    private readonly int _body;

    public byte[] Frame { get; }

    public short Kind { get; }

    public short Version { get; }

    public int Correlation { get; }

    /// <summary>What comes after the header, of a version that is not flexible.</summary>
    public WireReader Body => new(Frame, _body);

    /// <summary>The beginning of the answer, of a version that is not flexible.</summary>
    public WireWriter Reply() => new WireWriter().Int(Correlation);
}
