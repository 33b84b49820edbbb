using System.Diagnostics;
using System.Globalization;

namespace StreamActors.Benchmarks.Peers;

/// <summary>
/// A process whose threads all wait in a read at the end of one file. It is a small program in C, compiled here, so that
/// ten thousand threads cost the machine little: 16 KiB of stack each, and no runtime that knows of them.
/// </summary>
internal sealed class WaitingReaders : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private const string Source =
        """
        #include <fcntl.h>
        #include <limits.h>
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        static int file;
        static void *wait_at_the_end(void *unused) { char byte; return (void *)pread(file, &byte, 1, 0); }
        int main(int argc, char **argv)
        {
            pthread_attr_t small;
            pthread_t thread;
            file = open(argv[1], O_RDONLY);
            pthread_attr_init(&small);
            pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
            pthread_attr_setguardsize(&small, 0);
            for (int i = atoi(argv[2]); i > 0; i--)
                if (file < 0 || pthread_create(&thread, &small, wait_at_the_end, NULL)) { perror(argv[1]); return 1; }
            puts("started");
            fflush(stdout);
            pause();
            return 0;
        }
        """;

    private readonly Process _process;

    private WaitingReaders(Process process) => _process = process;

    /// <summary>Starts readers, and returns when all of them wait.</summary>
    /// <param name="work">Where the program is compiled.</param>
    /// <param name="path">The file, at whose end position 0 is.</param>
    /// <param name="count">How many.</param>
    public static WaitingReaders Start(string work, string path, int count)
    {
        var program = CompiledProgram.Make(work, "readers", Source);
        var start = new ProcessStartInfo(program, [path, count.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        if (process.StandardOutput.ReadLine() != "started")
            throw new InvalidOperationException($"{count} readers could not be started");
        var watch = Stopwatch.StartNew();
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process.Id}/task").Where(task => !task.EndsWith($"/{process.Id}", StringComparison.Ordinal)))
            AwaitWaiting(task, watch);
        return new WaitingReaders(process);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>A thread that waits for a FUSE server sleeps in the kernel's request_wait_answer.</summary>
    private static void AwaitWaiting(string task, Stopwatch watch)
    {
        while (!File.ReadAllText($"{task}/wchan").Contains("request_wait", StringComparison.Ordinal))
        {
            if (watch.Elapsed > Deadline)
                throw new TimeoutException("not all readers came to wait");
            Thread.Sleep(1);
        }
    }
}
