using System.Diagnostics;
using System.Globalization;

namespace StreamActors.Benchmarks.Peers;

/// <summary>
/// A process whose threads follow one file. Each checks that it gets every message, in order: they are numbers of eight
/// digits, one a line, from 0 on. A follower that is alone tells when it got each one.
/// </summary>
internal sealed class Followers : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private const string Source =
        """
        #include <fcntl.h>
        #include <limits.h>
        #include <pthread.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <time.h>
        #include <unistd.h>
        enum { size = 9, most = 512 };
        static const char *path;
        static int followers, messages;
        static void *follow(void *unused)
        {
            char got[size * most];
            int file = open(path, O_RDONLY), next = 0;
            while (file >= 0 && next < messages) {
                ssize_t count = read(file, got, sizeof got);
                if (count <= 0 || count % size) return "a read failed, or was not of whole messages";
                for (char *at = got; at < got + count; at += size)
                    if (at[size - 1] != '\n' || atoi(at) != next++) return "a message was not the next one";
                if (followers == 1) {
                    struct timespec now;
                    clock_gettime(CLOCK_MONOTONIC, &now);
                    printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
                    fflush(stdout);
                }
            }
            return file < 0 ? "the file could not be opened" : NULL;
        }
        int main(int argc, char **argv)
        {
            pthread_attr_t small;
            path = argv[1], followers = atoi(argv[2]), messages = atoi(argv[3]);
            pthread_t *threads = malloc(followers * sizeof *threads);
            pthread_attr_init(&small);
            pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 16384);
            for (int i = 0; i < followers; i++)
                if (pthread_create(threads + i, &small, follow, NULL)) { perror("thread"); return 1; }
            puts("started");
            fflush(stdout);
            for (int i = 0; i < followers; i++) {
                void *wrong;
                pthread_join(threads[i], &wrong);
                if (wrong) { fprintf(stderr, "%s\n", (char *)wrong); return 1; }
            }
            return 0;
        }
        """;

    private readonly Process _process;

    private Followers(Process process) => _process = process;

    /// <summary>Starts followers, and returns when all wait at the end of the file, which is empty.</summary>
    public static Followers Start(string work, string path, int count, int messages)
    {
        var program = CompiledProgram.Make(work, "followers", Source);
        var start = new ProcessStartInfo(program, [path, $"{count}", $"{messages}"]) { RedirectStandardOutput = true };
        var followers = new Followers(Process.Start(start)!);
        if (followers._process.StandardOutput.ReadLine() != "started")
            throw new InvalidOperationException($"{count} followers could not be started");
        followers.AwaitWaiting();
        return followers;
    }

    /// <summary>A message that the followers expect.</summary>
    public static byte[] Message(int number) => System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number:00000000}\n"));

    /// <summary>When the only follower got the next message, in nanoseconds of the monotonic clock.</summary>
    public long ReadTime() => long.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);

    /// <summary>Waits until all followers wait for the server, in the kernel's request_wait_answer.</summary>
    public void AwaitWaiting()
    {
        var watch = Stopwatch.StartNew();
        foreach (var task in Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Where(task => !task.EndsWith($"/{_process.Id}", StringComparison.Ordinal)))
            while (!File.ReadAllText($"{task}/wchan").Contains("request_wait", StringComparison.Ordinal))
                if (watch.Elapsed > Deadline)
                    throw new TimeoutException("not all followers came to wait");
    }

    /// <summary>Waits until each has got every message.</summary>
    public void Join()
    {
        _process.WaitForExit();
        if (_process.ExitCode != 0)
            throw new InvalidDataException("a follower did not get every message in order");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
