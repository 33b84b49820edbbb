namespace StreamActors.Cli;

/// <summary><c>streamactors umount MOUNTPOINT</c>.</summary>
/// <param name="Mountpoint">The directory to unmount, as the user wrote it.</param>
public sealed record UmountCommand(string Mountpoint);
