namespace StreamActors.Cli;

/// <summary><c>streamactors mount [SOURCE] MOUNTPOINT</c>.</summary>
/// <param name="Source">What to show, as the user wrote it: a directory, or <c>TYPE:PLACE</c>; null where the file of <c>--config</c> says that.</param>
/// <param name="Mountpoint">The directory to show it at, as the user wrote it.</param>
/// <param name="Options">The values of <c>-o</c>, in order; each may hold several options, separated by commas.</param>
/// <param name="ConfigFile">The value of <c>--config</c>, or null.</param>
/// <param name="Layout">The value of <c>--layout</c>, not yet checked, or null.</param>
/// <param name="Daemon">Whether to return as soon as the mount answers.</param>
/// <param name="Cluster">What the command line says of a cluster.</param>
public sealed record MountCommand(
    string? Source,
    string Mountpoint,
    IReadOnlyList<string> Options,
    string? ConfigFile,
    string? Layout,
    bool Daemon,
    ClusterOptions Cluster);

/// <summary>What the command line says of a cluster, as the user wrote it and not yet checked; null where it says nothing.</summary>
/// <param name="Cluster">The value of <c>--cluster</c>, <c>NAME@ENDPOINT,ENDPOINT…</c>.</param>
/// <param name="Listen">The value of <c>--listen</c>.</param>
/// <param name="Admin">The value of <c>--admin</c>.</param>
/// <param name="Data">The value of <c>--data</c>.</param>
public sealed record ClusterOptions(string? Cluster = null, string? Listen = null, string? Admin = null, string? Data = null);
