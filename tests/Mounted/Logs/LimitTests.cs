using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>What a log volume does at its limits.</summary>
public sealed class LimitTests
{
    [Fact]
    public Task Descriptors_RunOut_IsEnfileAndNothingIsLost() => Sandbox.Run(
        """
        serve streamactors mount log:data mnt -o log-volume.partitions=50
        mkdir -p mnt/s/t; for i in 1 2 3; do echo $i >>mnt/s/t/$i; done
        soft=$(prlimit --pid $server --nofile -o SOFT --noheadings | tr -d ' ')
        # The last 64 are left to the runtime, which could start no thread without.
        prlimit --pid $server --nofile=$(($(ls /proc/$server/fd | wc -l) + 64)):
        fails 'Too many open files' bash -c 'for i in $(seq 10 49); do echo x >>mnt/s/t/$i || exit 1; done'
        fails 'Too many open files' cat mnt/s/t/{4..9} mnt/s/t/0
        is "$(ls mnt/s/t | wc -l)" 50
        prlimit --pid $server --nofile=$soft:
        for i in 1 2 3 44; do echo z >>mnt/s/t/$i; done; sync mnt/s/t/1
        is "$(cat mnt/s/t/{1,2,3,44} | tr -d '\n')" 1z2z3zz
        kill $server; ended 0
        """);
}
