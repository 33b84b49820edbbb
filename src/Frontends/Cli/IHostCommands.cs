namespace StreamActors.Cli;

/// <summary>What the command line can ask of the host. The host writes its own messages, and handles signals.</summary>
public interface IHostCommands
{
    /// <summary>Mounts a source, and runs until it is unmounted.</summary>
    /// <param name="command">What to mount, where and how.</param>
    /// <param name="cancellationToken">Ends the mount, as a signal would.</param>
    /// <returns>The exit status, one of <see cref="ExitCode"/>.</returns>
    Task<int> MountAsync(MountCommand command, CancellationToken cancellationToken);

    /// <summary>Unmounts what is mounted at a directory.</summary>
    /// <param name="command">What to unmount.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The exit status, one of <see cref="ExitCode"/>.</returns>
    Task<int> UmountAsync(UmountCommand command, CancellationToken cancellationToken);
}
