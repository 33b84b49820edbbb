using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// <c>fusermount3</c>, the set-user-id helper of the fuse3 package: it mounts for users other than root, and passes the
/// descriptor back over the socket that <c>_FUSE_COMMFD</c> names.
/// </summary>
internal static class FuserMount
{
    private const string Program = "fusermount3";

    private const int MayExecute = 1; // X_OK

    // Where packages put it; PATH is for the others. Never the working directory, which Process.Start would try first.
    private static readonly string[] Directories = ["/usr/bin", "/bin"];

    /// <summary>How long the helper may take, milliseconds; then it is killed.</summary>
    private const int Timeout = 10_000;

    /// <summary>Mounts.</summary>
    /// <param name="mountpoint">The canonical path.</param>
    /// <param name="options">Mount options, joined by commas.</param>
    /// <returns>The descriptor of the mount.</returns>
    /// <exception cref="MountException">The helper is missing or refuses; its own words are passed on.</exception>
    public static FileDescriptor Mount(string mountpoint, string options)
    {
        if (Syscall.SocketPair(out var ours, out var theirs) is var error && error != Errno.None)
            throw new MountException($"no socket for {Program}: {error}");
        using (ours)
        {
            using var process = Start(theirs!, "-o", options, "--", mountpoint);
            theirs!.Dispose();
            var refusal = Refusal(process);
            // The helper has ended, so what it sent is there.
            var received = Syscall.ReceiveDescriptor(ours!, out var descriptor);
            if (descriptor is not null)
                return descriptor;
            throw new MountException(refusal.Length > 0 ? refusal : $"{Program} gave no descriptor ({received}, exit {process.ExitCode})");
        }
    }

    /// <summary>Unmounts.</summary>
    /// <param name="mountpoint">The canonical path.</param>
    /// <param name="lazy">Whether a busy mount is taken out of the tree all the same.</param>
    /// <returns>Null, or why not: the helper's own words.</returns>
    public static string? Unmount(string mountpoint, bool lazy)
    {
        try
        {
            using var process = Start(null, lazy ? ["-u", "-z", "--", mountpoint] : ["-u", "--", mountpoint]);
            var refusal = Refusal(process);
            return process.ExitCode == 0 ? null : refusal.Length > 0 ? refusal : $"{Program} -u: exit {process.ExitCode}";
        }
        catch (MountException exception)
        {
            return exception.Message;
        }
    }

    private static Process Start(FileDescriptor? socket, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(), arguments) { RedirectStandardError = true };
        if (socket is not null)
            start.Environment["_FUSE_COMMFD"] = socket.Number.ToString(CultureInfo.InvariantCulture);
        try
        {
            return Process.Start(start) ?? throw new MountException($"{Program} did not start");
        }
        catch (Win32Exception exception)
        {
            throw new MountException($"{Program} can't be run: {((Errno)exception.NativeErrorCode).InWords()}");
        }
    }

    private static string Find()
    {
        foreach (var directory in Directories.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')))
            if (Path.IsPathRooted(directory) && Path.Combine(directory, Program) is var path && IsExecutable(path))
                return path;
        throw new MountException($"{Program} is not installed: without root or CAP_SYS_ADMIN it is needed (Debian package fuse3)");
    }

    private static bool IsExecutable(string path) =>
        Syscall.FAccessAt(FileDescriptor.WorkingDirectory, Encoding.UTF8.GetBytes(path), MayExecute, 0) == Errno.None;

    // What the helper says is shorter than a pipe's buffer, so it can end before it is read.
    private static string Refusal(Process process)
    {
        if (!process.WaitForExit(Timeout))
        {
            process.Kill();
            throw new MountException($"{Program} did not end within {Timeout / 1000} s");
        }
        return process.StandardError.ReadToEnd().Trim().ReplaceLineEndings("; ");
    }
}
