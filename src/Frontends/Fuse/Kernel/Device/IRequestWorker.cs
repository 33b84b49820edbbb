namespace StreamActors.Fuse.Kernel;

/// <summary>Serves the requests of one device thread.</summary>
public interface IRequestWorker
{
    /// <summary>Serves one request: answers it, parks it, or both fails and answers. Never throws.</summary>
    /// <param name="request">The whole request as it was read, its header included.</param>
    /// <param name="scratch">Where the answer to a READ or a READDIR may be built; the thread's own, as long as the longest.</param>
    void Serve(ReadOnlySpan<byte> request, Span<byte> scratch);
}

/// <summary>Makes the workers of a connection.</summary>
public interface IRequestServer
{
    /// <summary>Makes the worker of one device thread.</summary>
    /// <param name="channel">The thread's descriptor, where it answers.</param>
    /// <returns>The worker.</returns>
    IRequestWorker CreateWorker(IFuseChannel channel);

    /// <summary>The kernel agreed: requests come from now on.</summary>
    /// <param name="connection">The connection.</param>
    void Started(IFuseConnection connection);

    /// <summary>The mount is gone, and no thread serves any more.</summary>
    void Ended();
}

/// <summary>What a file system can do with its mount, beside answering.</summary>
public interface IFuseConnection
{
    /// <summary>What was agreed at INIT; <see cref="FuseFeatures.None"/> before.</summary>
    FuseFeatures Features { get; }

    /// <summary>Tells the kernel what no longer holds.</summary>
    INotifier Notifier { get; }

    /// <summary>Registers a backing file for <see cref="OpenReplyFlags.Passthrough"/>.</summary>
    /// <param name="file">The file, open as the handles will be used; it may be closed afterwards.</param>
    /// <param name="backingId">Its id, over 0; one for an inode.</param>
    /// <returns>None; EOPNOTSUPP where passthrough was not agreed; ELOOP where the file system stacks too deep, or why not.</returns>
    Errno OpenBacking(FileDescriptor file, out int backingId);

    /// <summary>Gives a backing file back; open handles keep it.</summary>
    /// <param name="backingId">The id.</param>
    /// <returns>None, or why not.</returns>
    Errno CloseBacking(int backingId);

    /// <summary>
    /// Runs something when every file has been given up here whose close(2) has returned to its caller, as far as the kernel
    /// has told of it.
    /// </summary>
    /// <param name="then">What is run, at once or soon on another device thread; it does not block.</param>
    void AfterCloses(Action then);
}
