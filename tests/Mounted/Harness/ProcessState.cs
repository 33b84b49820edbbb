using System.Diagnostics;

namespace StreamActors.Mounted;

/// <summary>What a process is doing, as <c>/proc</c> tells.</summary>
internal static class ProcessState
{
    /// <summary>Returns once the process waits for the answer of a FUSE server.</summary>
    /// <param name="pid">The process.</param>
    public static async Task UntilInFuseRequest(int pid)
    {
        var watch = Stopwatch.StartNew();
        while (!(await File.ReadAllTextAsync($"/proc/{pid}/wchan")).Contains("request_wait", StringComparison.Ordinal))
        {
            if (watch.Elapsed > Shell.Deadline)
                throw new TimeoutException($"process {pid} does not wait for the file system");
            await Task.Yield();
        }
    }
}
