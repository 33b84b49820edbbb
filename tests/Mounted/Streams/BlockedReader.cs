using System.Diagnostics;

namespace StreamActors.Mounted.Streams;

/// <summary>A <c>cat</c> of a followed partition that has come to the end and waits there.</summary>
internal static class BlockedReader
{
    /// <summary>The number of <c>read(2)</c> on x86-64, as <c>/proc/PID/syscall</c> begins.</summary>
    private const string Read = "0 ";

    /// <summary>Starts it, and returns once its read waits for the server.</summary>
    public static async Task<Process> Start(Mount mount, string path)
    {
        var reader = Shell.Start("cat", [path], mount.Root);
        var watch = Stopwatch.StartNew();
        while (!await IsReading(reader.Id))
        {
            if (reader.HasExited || watch.Elapsed > Shell.Deadline)
                throw new InvalidOperationException($"cat does not wait: {(reader.HasExited ? await reader.StandardError.ReadToEndAsync() : "too slow")}");
            await Task.Yield();
        }
        return reader;
    }

    private static async Task<bool> IsReading(int pid)
    {
        // A request of an earlier call may be what it waits for: the call has to be the same before and after.
        var before = await File.ReadAllTextAsync($"/proc/{pid}/syscall");
        return before.StartsWith(Read, StringComparison.Ordinal)
            && (await File.ReadAllTextAsync($"/proc/{pid}/wchan")).Contains("request_wait", StringComparison.Ordinal)
            && await File.ReadAllTextAsync($"/proc/{pid}/syscall") == before;
    }
}
