using System.Diagnostics;
using StreamActors.Cli;
using StreamActors.Fuse.Kernel;

namespace StreamActors.Host;

/// <summary>
/// <c>--daemon</c>: the command starts itself again in a session of its own, waits for the line that says that the mount
/// answers, and returns. The child gets pipes instead of the terminal, which would else stay in use by copies of its
/// descriptors that the runtime makes; what it says until it has mounted is passed on.
/// </summary>
internal static class Daemon
{
    // Its name has no STREAMACTORS_ in front: it is no setting.
    private const string Marker = "_STREAMACTORS_DAEMON";

    /// <summary>Whether this process is the one in the background.</summary>
    public static bool IsChild { get; } = Environment.GetEnvironmentVariable(Marker) is not null;

    /// <summary>Starts the process in the background.</summary>
    /// <returns>The exit status: success once it has mounted, else its own.</returns>
    public static async Task<int> StartAsync()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, Environment.GetCommandLineArgs()[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Marker] = "1";
        using var child = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        child.ErrorDataReceived += (_, line) => { if (line.Data is not null) Console.Error.WriteLine(line.Data); };
        child.BeginErrorReadLine();
        if (await child.StandardOutput.ReadLineAsync() is { } mounted)
        {
            await Console.Out.WriteLineAsync(mounted);
            return ExitCode.Success;
        }
        await child.WaitForExitAsync();
        return child.ExitCode == ExitCode.Success ? ExitCode.Failure : child.ExitCode;
    }

    /// <summary>Leaves the terminal's session, so that its end does not end the mount.</summary>
    public static void LeaveSession() => Check(Syscall.SetSid(), "setsid");

    /// <summary>Lets go of the terminal and of the directory that the command was typed in, once the mount answers.</summary>
    /// <param name="keepError">Whether standard error is a log file by now, and stays.</param>
    public static void Detach(bool keepError)
    {
        Directory.SetCurrentDirectory("/");
        StandardStreams.Redirect("/dev/null", Linux.O_RDWR, keepError ? [0, 1] : [0, 1, 2]);
    }

    private static void Check(Errno error, string what)
    {
        if (error != Errno.None)
            throw new IOException($"{what}: {error.InWords()}");
    }
}
