using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.SharedLogs;
using StreamActors.Sources.Log;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>The contract, for names in the model of etcd, whose time goes on while somebody waits.</summary>
public sealed class ModelNamesTests : NamesContract
{
    private readonly VirtualTime _time = new();
    private EtcdNames _names = null!;

    public override ValueTask DisposeAsync()
    {
        _names.Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    protected override async Task<ISharedNames> OpenAsync()
    {
        var etcd = new ModelEtcd(_time, 7);
        _names = new EtcdNames(etcd.Connect(), "/names/", _time, TimeSpan.FromSeconds(30), NullLogger.Instance);
        Assert.True(await Complete(_time, _names.ReadyAsync()));
        return new Driven(_names, _time);
    }

    private static Task<T> Complete<T>(VirtualTime time, Task<T> task)
    {
        var limit = time.GetTimestamp() + TimeSpan.FromMinutes(5).Ticks;
        while (!task.IsCompleted)
            Assert.True(time.FireNext(limit), "nothing happens any more, and nobody has answered");
        return task;
    }

    private sealed class Driven(EtcdNames names, VirtualTime time) : ISharedNames
    {
        public NamesSnapshot Now => names.Now;

        public Task<LogFault?> Refresh() => Complete(time, names.Refresh());

        public bool IsUsed(ulong stream) => names.IsUsed(stream);

        public IReadOnlyDictionary<string, ulong> CursorsOf(ulong topic) => names.CursorsOf(topic);

        public Task<LogResult<NamedStream>> CreateStream(string name, Framing framing) => Complete(time, names.CreateStream(name, framing));

        public Task<LogFault?> RenameStream(ulong stream, string name) => Complete(time, names.RenameStream(stream, name));

        public Task<LogFault?> SetFraming(ulong stream, Framing framing) => Complete(time, names.SetFraming(stream, framing));

        public Task<LogResult<NamedStream>> Use(ulong stream) => Complete(time, names.Use(stream));

        public Task<LogFault?> DeleteStream(ulong stream) => Complete(time, names.DeleteStream(stream));

        public Task<LogResult<NamedTopic>> CreateTopic(ulong stream, string name, int partitions) =>
            Complete(time, names.CreateTopic(stream, name, partitions));

        public Task<LogResult<NamedTopic>> AddPartition(ulong topic, int index) => Complete(time, names.AddPartition(topic, index));

        public Task<LogFault?> RenameTopic(ulong topic, ulong from, ulong to, string name) =>
            Complete(time, names.RenameTopic(topic, from, to, name));

        public Task<LogFault?> DeleteTopic(ulong topic, ulong stream) => Complete(time, names.DeleteTopic(topic, stream));

        public Task<LogFault?> CreateCursor(ulong topic, string name) => Complete(time, names.CreateCursor(topic, name));

        public Task<LogFault?> ForgetCursor(ulong topic, string name) => Complete(time, names.ForgetCursor(topic, name));
    }
}
