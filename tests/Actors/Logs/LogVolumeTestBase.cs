using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Logs.Tests;
using StreamActors.Messages;
using StreamActors.Runtime;
using StreamActors.Sources;
using StreamActors.Streams;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>A log volume on a simulated disk, in one thread and on virtual time, and a client that asks it.</summary>
public abstract class LogVolumeTestBase : TestKitBase
{
    protected const string Root = "/log";

    private readonly EntitySettings _settings;
    private long _lastHandle;
    private long _lastWaiter;

    protected LogVolumeTestBase(int seed = 31, EntitySettings? settings = null, Func<LogVolumeOptions, LogVolumeOptions>? change = null)
        : base(new Simulation(seed))
    {
        _settings = settings ?? new EntitySettings();
        Disk = new SimulatedDisk(seed);
        Options = new LogVolumeOptions
        {
            Directory = Root,
            Log = LogOptions,
            Partitions = 2,
            Disk = Disk,
            Workers = _ => new SimulatedWorker(Sys.Dispatcher),
        };
        Options = change is null ? Options : change(Options);
        var started = LogVolume.Start(Sys, Options, _settings, NullLogger.Instance);
        Assert.Null(started.Failure);
        Volume = started.Value!;
    }

    private protected SimulatedDisk Disk { get; }

    protected LogVolume Volume { get; private set; }

    protected LogVolumeOptions Options { get; }

    protected static LogOptions LogOptions { get; } = new()
    {
        NewDirectoryId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Holder = "pid 1 on here",
        MessageMaxBytes = 2000,
        ReserveBytes = 50_000,
    };

    /// <summary>The options of a volume that does not keep everything; it looks every ten seconds.</summary>
    protected static LogVolumeOptions Keeping(LogVolumeOptions options, RetentionPolicy policy) => options with
    {
        Log = options.Log with { Retention = new RetentionOptions { Policy = policy, Interval = TimeSpan.FromSeconds(10) } },
    };

    /// <summary>Starts a volume of the same directory in another system of the same world.</summary>
    private protected Result<LogVolume> StartAnother(ActorSystem system) => LogVolume.Start(system, Options, _settings, NullLogger.Instance);

    /// <summary>Closes the volume, and goes on with one of the same directory in another system.</summary>
    private protected async Task StartAgainAsync(ActorSystem system)
    {
        await CloseAsync();
        Volume = StartAnother(system).Value!;
    }

    private protected async Task CloseAsync()
    {
        var closed = Volume.DisposeAsync().AsTask();
        Simulation!.RunUntil(() => closed.IsCompleted, TimeSpan.FromSeconds(1));
        await closed;
    }

    protected object Ask(VolumeRequest request) => Ask(Volume.Names, request);

    protected object Ask(StreamRequest request) => Ask(Volume.Regions.Streams, request);

    protected object Ask(TopicRequest request) => Ask(Volume.Regions.Topics, request);

    protected object Ask(PartitionRequest request) => Ask(Volume.Regions.Partitions, request);

    /// <summary>Asks without waiting for the reply.</summary>
    protected Task<object> Send(PartitionRequest request) => Volume.Regions.Partitions.Ask<object>(request);

    protected Task<object> Send(StreamRequest request) => Volume.Regions.Streams.Ask<object>(request);

    protected Task<object> Send(TopicRequest request) => Volume.Regions.Topics.Ask<object>(request);

    protected void Tell(PartitionRequest request) => Volume.Regions.Partitions.Tell(request, ActorRefs.NoSender);

    protected void Tell(TopicRequest request) => Volume.Regions.Topics.Tell(request, ActorRefs.NoSender);

    protected static Fault FaultOf(object reply) => Assert.IsType<Failure>(reply).Fault;

    protected static EntityName Name(string name) => new(name);

    protected StreamId MakeStream(string name) => Assert.IsType<VolumeReply.Found>(Ask(new VolumeRequest.CreateStream(Name(name)))).Entry.Id;

    protected TopicId MakeTopic(StreamId stream, string name) =>
        Assert.IsType<StreamReply.Found>(Ask(new StreamRequest.CreateTopic(stream, Name(name)))).Entry.Id;

    /// <summary>The first partition of a new topic of a new stream.</summary>
    protected PartitionId MakePartition(string stream = "films", string topic = "comedy") => PartitionsOf(MakeTopic(MakeStream(stream), topic))[0];

    protected IReadOnlyList<PartitionId> PartitionsOf(TopicId topic) =>
        Assert.IsType<TopicReply.Partitions>(Ask(new TopicRequest.ListPartitions(topic))).Ids;

    protected long Append(PartitionId partition, params string[] values) =>
        Assert.IsType<PartitionReply.Appended>(Ask(new PartitionRequest.Append(partition, Batch(values)))).FirstOffset;

    protected static MessageBatch Batch(params string[] values)
    {
        var batch = new MessageBatch();
        foreach (var value in values)
            batch.Add(Encoding.UTF8.GetBytes(value));
        return batch;
    }

    protected HandleId NewHandle() => new(Guid.Empty, ++_lastHandle);

    protected WaiterId NewWaiter() => new(++_lastWaiter);

    protected (HandleId Handle, IPartitionReader Reader) Open(PartitionId partition, ViewKind kind = ViewKind.Default, StartPlace? start = null)
    {
        var view = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, kind, start))).View;
        var handle = NewHandle();
        return (handle, Assert.IsType<PartitionReply.Opened>(Ask(new PartitionRequest.Open(partition, handle, view))).Reader);
    }

    protected (HandleId Handle, IPartitionReader Reader) OpenMerged(TopicId topic)
    {
        var handle = NewHandle();
        var reply = Ask(new TopicRequest.OpenMerged(topic, handle, ViewKind.Default, null));
        return (handle, Assert.IsType<TopicReply.Opened>(reply).Reader);
    }

    protected static string TextOf(IPartitionReader reader, long position = 0)
    {
        var target = new byte[Math.Max(1, reader.End - position)];
        Assert.Equal(Fault.None, reader.Read(position, target, out var count));
        Assert.Equal(Math.Max(0, reader.End - position), count);
        return Encoding.UTF8.GetString(target, 0, count);
    }

    protected string Cat(PartitionId partition, ViewKind kind = ViewKind.Default, StartPlace? start = null)
    {
        var (handle, reader) = Open(partition, kind, start);
        using (reader)
        {
            Tell(new PartitionRequest.Close(partition, handle));
            return TextOf(reader);
        }
    }

    /// <summary>Another system in the same world.</summary>
    private protected sealed class Another(Simulation simulation) : TestKitBase(simulation);

    private object Ask(IActorRef actor, object request)
    {
        var reply = actor.Ask<object>(request);
        Simulation!.RunUntilIdle();
        Assert.True(reply.IsCompletedSuccessfully, $"no reply to {request} (seed {Simulation.Seed})");
        return reply.Result;
    }
}
