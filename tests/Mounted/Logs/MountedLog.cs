using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>One mounted log volume for the tests of a class.</summary>
public class MountedLog : IAsyncLifetime
{
    private LogMount? _mount;
    private int _topics;

    /// <summary>Values of <c>-o</c>.</summary>
    protected virtual string Options => "fuse.passthrough=auto,log-volume.message.max-bytes=1500kB";

    internal LogMount Mount => _mount ?? throw new InvalidOperationException("the mount has not started");

    public async ValueTask InitializeAsync() => _mount = await LogMount.Start(Options);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_mount is not null)
            await _mount.DisposeAsync();
    }

    /// <summary>A topic of a stream of its own; the working directory of its commands.</summary>
    /// <param name="framing">The stream's framing; null for lines.</param>
    internal async Task<TopicPlace> NewTopic(string? framing = null)
    {
        var stream = $"s{Interlocked.Increment(ref _topics)}";
        _ = (await Mount.Run(framing is null ? $"mkdir {stream}" : $"mkdir {stream} && printf %s '{framing}' > {stream}/.configuration")).Succeeded;
        _ = (await Mount.Run($"mkdir {stream}/t {stream}/u")).Succeeded;
        return new TopicPlace(Mount, $"{stream}/t");
    }
}

/// <summary>A log volume that is read through the server.</summary>
public sealed class MountedLogWithoutPassthrough : MountedLog
{
    /// <inheritdoc/>
    protected override string Options => "fuse.passthrough=off,log-volume.message.max-bytes=1500kB";
}

/// <summary>A topic, beside which its stream has another one: <c>../u</c>.</summary>
internal sealed record TopicPlace(LogMount Mount, string Path)
{
    private const string Prelude =
        """
        import base64, errno, json, mmap, os, select, signal, struct, subprocess, sys, threading, time
        def error(f, *args):
            try:
                return f(*args)
            except OSError as e:
                return errno.errorcode[e.errno]
        def equal(actual, expected):
            if actual != expected:
                raise AssertionError(f'{actual!r} where {expected!r} was expected')
        def read(path):
            with open(path, 'rb') as file:
                return file.read()
        APPEND = os.O_WRONLY | os.O_APPEND

        """;

    /// <summary>Runs a command line of <c>bash</c> in the topic's directory.</summary>
    public Task<ShellResult> Run(string script) => Mount.Run(script, Path);

    /// <summary>Runs Python in the topic's directory, and fails where it does.</summary>
    public async Task<string> Python(string script) =>
        (await Shell.RunProgram("python3", ["-c", Prelude + script], System.IO.Path.Combine(Mount.Root, Path))).Succeeded;
}
