using System.Reflection;
using System.Runtime.InteropServices;

namespace StreamActors.Kafka.Tests;

/// <summary>
/// librdkafka's own mock of a cluster: brokers of this process on loopback ports that speak the real protocol. It makes
/// and deletes no topics by request, looks up no times, tells nothing of groups, and keeps 5 MiB of each partition.
/// </summary>
internal sealed class MockCluster : IDisposable
{
    /// <summary>API keys of the protocol, by which errors are injected.</summary>
    public const short Produce = 0, Fetch = 1, ListOffsets = 2, Metadata = 3;

    private const string Library = "librdkafka";

    private readonly IntPtr _client;
    private readonly IntPtr _cluster;

    static MockCluster() => NativeLibrary.SetDllImportResolver(typeof(MockCluster).Assembly, Load);

    /// <summary>Starts the brokers.</summary>
    /// <param name="brokers">How many; their ids count from 1.</param>
    public MockCluster(int brokers = 1)
    {
        var conf = rd_kafka_conf_new();
        // It must not write to the test's output.
        Check(rd_kafka_conf_set(conf, "log_level", "0", new byte[512], 512));
        _client = rd_kafka_new(0, conf, new byte[512], 512);
        _cluster = rd_kafka_mock_cluster_new(_client, brokers);
        Control(1);
        BootstrapServers = Marshal.PtrToStringUTF8(rd_kafka_mock_cluster_bootstraps(_cluster))!;
    }

    /// <summary>Where the brokers are.</summary>
    public string BootstrapServers { get; }

    /// <summary>Makes a topic.</summary>
    public MockCluster With(string topic, int partitions = 1, int replication = 1)
    {
        Check(rd_kafka_mock_topic_create(_cluster, topic, partitions, replication));
        return this;
    }

    /// <summary>Deletes a topic with its messages.</summary>
    public void Without(string topic) => Check(rd_kafka_mock_topic_delete(_cluster, topic));

    /// <summary>Removes the messages of a partition before an offset, as retention does.</summary>
    public void Cut(string topic, int partition, long before) => Check(rd_kafka_mock_partition_delete_records(_cluster, topic, partition, before));

    /// <summary>Lets metadata tell another address of a broker.</summary>
    public void Advertise(int broker, string host, int port) => Check(rd_kafka_mock_broker_set_host_port(_cluster, broker, host, port));

    /// <summary>Makes a broker the controller.</summary>
    public void Control(int broker) => Check(rd_kafka_mock_set_controller_id(_cluster, broker));

    /// <summary>Ends a broker's connections, and refuses further ones; −1: all of them.</summary>
    public void Down(int broker = -1) => Check(rd_kafka_mock_broker_set_down(_cluster, broker));

    /// <summary>Lets a broker accept connections again; −1: all of them.</summary>
    public void Up(int broker = -1) => Check(rd_kafka_mock_broker_set_up(_cluster, broker));

    /// <summary>Makes another broker the leader of a partition.</summary>
    public void Lead(string topic, int partition, int broker) => Check(rd_kafka_mock_partition_set_leader(_cluster, topic, partition, broker));

    /// <summary>Lets a topic's metadata say an error.</summary>
    public void FailTopic(string topic, int error) => rd_kafka_mock_topic_set_error(_cluster, topic, error);

    /// <summary>Answers the next requests of a kind with errors, in this order.</summary>
    public void Fail(short api, params int[] errors) => rd_kafka_mock_push_request_errors_array(_cluster, api, errors.Length, errors);

    /// <summary>Lets every answer of a broker take longer; −1: of all.</summary>
    public void Delay(int broker, int milliseconds) => Check(rd_kafka_mock_broker_set_rtt(_cluster, broker, milliseconds));

    /// <inheritdoc/>
    public void Dispose()
    {
        rd_kafka_mock_cluster_destroy(_cluster);
        rd_kafka_destroy(_client);
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"the mock cluster refused, error {error}");
    }

    /// <summary>The package has one build for each family of Linux; the first whose own libraries are here is taken, as the client does.</summary>
    private static IntPtr Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var build in new[] { Library, $"centos8-{Library}", $"alpine-{Library}" })
            if (name == Library && NativeLibrary.TryLoad(build, assembly, path, out var handle))
                return handle;
        return IntPtr.Zero;
    }

#pragma warning disable CA2101, CA5392, SYSLIB1054 // Names of librdkafka, found by the resolver above; source-generated imports would be unsafe code.
    [DllImport(Library)]
    private static extern IntPtr rd_kafka_conf_new();

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_conf_set(IntPtr conf, string name, string value, byte[] error, nint size);

    [DllImport(Library)]
    private static extern IntPtr rd_kafka_new(int type, IntPtr conf, byte[] error, nint size);

    [DllImport(Library)]
    private static extern void rd_kafka_destroy(IntPtr client);

    [DllImport(Library)]
    private static extern IntPtr rd_kafka_mock_cluster_new(IntPtr client, int brokers);

    [DllImport(Library)]
    private static extern void rd_kafka_mock_cluster_destroy(IntPtr cluster);

    [DllImport(Library)]
    private static extern IntPtr rd_kafka_mock_cluster_bootstraps(IntPtr cluster);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_mock_topic_create(IntPtr cluster, string topic, int partitions, int replication);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_mock_topic_delete(IntPtr cluster, string topic);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_mock_partition_delete_records(IntPtr cluster, string topic, int partition, long before);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_mock_broker_set_host_port(IntPtr cluster, int broker, string host, int port);

    [DllImport(Library)]
    private static extern int rd_kafka_mock_set_controller_id(IntPtr cluster, int broker);

    [DllImport(Library)]
    private static extern int rd_kafka_mock_broker_set_down(IntPtr cluster, int broker);

    [DllImport(Library)]
    private static extern int rd_kafka_mock_broker_set_up(IntPtr cluster, int broker);

    [DllImport(Library)]
    private static extern int rd_kafka_mock_broker_set_rtt(IntPtr cluster, int broker, int milliseconds);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern int rd_kafka_mock_partition_set_leader(IntPtr cluster, string topic, int partition, int broker);

    [DllImport(Library, CharSet = CharSet.Ansi)]
    private static extern void rd_kafka_mock_topic_set_error(IntPtr cluster, string topic, int error);

    [DllImport(Library)]
    private static extern void rd_kafka_mock_push_request_errors_array(IntPtr cluster, short api, nint count, int[] errors);
#pragma warning restore CA2101, CA5392, SYSLIB1054
}
