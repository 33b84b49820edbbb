using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>
/// Streams, topics, partitions and named cursors by name, where several hosts share them. What it tells is a copy on this host,
/// never blocks, and knows every change that was answered here. Each change is one transaction: it fails with what
/// <see cref="LogCatalog"/> says, or with <see cref="LogError.Unconfirmed"/> where it is unknown whether it was done.
/// Safe for several threads.
/// </summary>
public interface ISharedNames
{
    /// <summary>The names as this host knows them.</summary>
    NamesSnapshot Now { get; }

    /// <summary>Makes sure that this host knows all that was answered anywhere before.</summary>
    /// <returns>Null, or why that can't be told.</returns>
    Task<LogFault?> Refresh();

    /// <summary>Whether a partition of a stream may have had a message: its framing is fixed then.</summary>
    /// <param name="stream">The stream's id.</param>
    /// <returns>True if so.</returns>
    bool IsUsed(ulong stream);

    /// <summary>The named cursors of a topic.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <returns>Their ids by their names, in the order of the names. A cursor that is made again has another id.</returns>
    IReadOnlyDictionary<string, ulong> CursorsOf(ulong topic);

    /// <summary>Makes a stream.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="framing">How messages of its partitions become bytes.</param>
    /// <returns>The stream, or why not.</returns>
    Task<LogResult<NamedStream>> CreateStream(string name, Framing framing);

    /// <summary>Renames a stream.</summary>
    /// <param name="stream">Its id.</param>
    /// <param name="name">Its new name.</param>
    /// <returns>Null, or why not.</returns>
    Task<LogFault?> RenameStream(ulong stream, string name);

    /// <summary>Changes the framing of a stream that is not used.</summary>
    /// <param name="stream">Its id.</param>
    /// <param name="framing">The new framing.</param>
    /// <returns>Null, or why not: <see cref="LogError.NotEmpty"/>.</returns>
    Task<LogFault?> SetFraming(ulong stream, Framing framing);

    /// <summary>Fixes the framing of a stream, before a partition of it gets its first message.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>The stream, with the framing that it keeps; or why not.</returns>
    Task<LogResult<NamedStream>> Use(ulong stream);

    /// <summary>Deletes a stream with its topics.</summary>
    /// <param name="stream">Its id.</param>
    /// <returns>Null, or why not.</returns>
    Task<LogFault?> DeleteStream(ulong stream);

    /// <summary>Makes a topic.</summary>
    /// <param name="stream">Its stream's id.</param>
    /// <param name="name">Its name.</param>
    /// <param name="partitions">How many partitions it has.</param>
    /// <returns>The topic, or why not.</returns>
    Task<LogResult<NamedTopic>> CreateTopic(ulong stream, string name, int partitions);

    /// <summary>Adds the next partition of a topic.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="index">The index that it is to have.</param>
    /// <returns>The topic as it is then, or why not.</returns>
    Task<LogResult<NamedTopic>> AddPartition(ulong topic, int index);

    /// <summary>Renames a topic, or moves it to another stream of the same framing.</summary>
    /// <param name="topic">Its id.</param>
    /// <param name="from">The stream that it has to be in.</param>
    /// <param name="to">The stream that it is in then.</param>
    /// <param name="name">Its new name.</param>
    /// <returns>Null, or why not.</returns>
    Task<LogFault?> RenameTopic(ulong topic, ulong from, ulong to, string name);

    /// <summary>Deletes a topic.</summary>
    /// <param name="topic">Its id.</param>
    /// <param name="stream">The stream that it has to be in.</param>
    /// <returns>Null, or why not.</returns>
    Task<LogFault?> DeleteTopic(ulong topic, ulong stream);

    /// <summary>Makes a named cursor.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="name">The cursor's name.</param>
    /// <returns>Null, or why not: <see cref="LogError.Exists"/>.</returns>
    Task<LogFault?> CreateCursor(ulong topic, string name);

    /// <summary>Forgets a named cursor; one that is not there is no fault.</summary>
    /// <param name="topic">The topic's id.</param>
    /// <param name="name">The cursor's name.</param>
    /// <returns>Null, or why not.</returns>
    Task<LogFault?> ForgetCursor(ulong topic, string name);
}
