using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Sources.Log;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>The contract, for the table of names that a log of one host keeps itself.</summary>
public sealed class LocalNamesTests : NamesContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("streamactors-names-").FullName;
    private LogStore _store = null!;

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override Task<ISharedNames> OpenAsync()
    {
        var options = new LogOptions { OwnsNames = true, NewDirectoryId = Guid.NewGuid(), Holder = "a test" };
        _store = LogStore.Open(DiskFileSystem.Instance, $"{_directory}/log", options, TimeProvider.System, NullLogger.Instance).Value;
        return Task.FromResult<ISharedNames>(new Local(_store));
    }

    /// <summary>The catalog of a log, in the words of shared names.</summary>
    private sealed class Local(LogStore store) : ISharedNames
    {
        public NamesSnapshot Now => store.Names;

        public Task<LogFault?> Refresh() => Task.FromResult<LogFault?>(null);

        public bool IsUsed(ulong stream) => Now.Topics.Values.Any(topic => topic.Stream == stream && HasMessages(topic.Partitions[0]));

        public IReadOnlyDictionary<string, ulong> CursorsOf(ulong topic) => throw new NotSupportedException();

        public async Task<LogResult<NamedStream>> CreateStream(string name, Framing framing) =>
            await store.ChangeNamesAsync(names => names.CreateStream(name, framing));

        public async Task<LogFault?> RenameStream(ulong stream, string name) => await store.ChangeNamesAsync(names => names.RenameStream(stream, name));

        public async Task<LogFault?> SetFraming(ulong stream, Framing framing) => await store.ChangeNamesAsync(names => names.SetFraming(stream, framing));

        public async Task<LogResult<NamedStream>> Use(ulong stream)
        {
            var batch = new Batch();
            batch.Add("a"u8, 0);
            var topic = Now.Topics.Values.First(topic => topic.Stream == stream);
            Assert.Null((await store.AppendAsync(topic.Partitions[0], batch)).Fault);
            return Now.Streams[stream];
        }

        public async Task<LogFault?> DeleteStream(ulong stream) => await store.ChangeNamesAsync(names => names.DeleteStream(stream));

        public async Task<LogResult<NamedTopic>> CreateTopic(ulong stream, string name, int partitions) =>
            await store.ChangeNamesAsync(names => names.CreateTopic(stream, name, partitions));

        public async Task<LogResult<NamedTopic>> AddPartition(ulong topic, int index) => await store.ChangeNamesAsync(
            names => names.Now.Topics[topic].Partitions.Length is var count && index < count
                ? new LogFault(LogError.Exists, "there is one")
                : index > count ? new LogFault(LogError.Invalid, "another is the next") : names.AddPartition(topic));

        public async Task<LogFault?> RenameTopic(ulong topic, ulong from, ulong to, string name) => await store.ChangeNamesAsync(
            names => names.Now.Topics.GetValueOrDefault(topic)?.Stream == from
                ? names.RenameTopic(topic, to, name) : new LogFault(LogError.NotFound, "it is elsewhere"));

        public async Task<LogFault?> DeleteTopic(ulong topic, ulong stream) => await store.ChangeNamesAsync(names => names.DeleteTopic(topic));

        public Task<LogFault?> CreateCursor(ulong topic, string name) => throw new NotSupportedException();

        public Task<LogFault?> ForgetCursor(ulong topic, string name) => throw new NotSupportedException();

        private bool HasMessages(IncarnationId id)
        {
            using var reader = store.OpenReaderAsync(id).AsTask().GetAwaiter().GetResult().Value;
            return reader.Now.Count > 0;
        }
    }
}
