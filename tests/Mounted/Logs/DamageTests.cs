using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Log directories in which somebody has removed or moved files by hand: who reads is told, and all else goes on.</summary>
public sealed class DamageTests
{
    private const string Two =
        """
        serve streamactors mount log:kept mnt; mkdir -p mnt/s/a mnt/s/b
        for topic in a b; do seq 100 | sed "s/.*/{\"key\":\"$topic&\",\"value\":\"same\"}/" >mnt/s/$topic/.json/.produce; done
        kill $server; ended 0; set -- kept/partitions/*; is $# 2

        """;

    [Fact]
    public Task Partition_WhoseDirectoryIsRemoved_IsAnErrorAndNeverAnEmptyFile() => Sandbox.Run(Two +
        """
        rm -r $1
        for start in 1 2; do
          serve streamactors mount log:kept mnt
          is "$(ls mnt/s/a)" 0; fails 'Input/output error' cat mnt/s/a/0; fails 'Input/output error' stat mnt/s/a/0
          fails 'Input/output error' cat mnt/s/a/.json/0; fails 'Input/output error' cat mnt/s/a/.merged
          fails 'Input/output error' sh -c 'echo x >>mnt/s/a/0'; fails 'Input/output error' cp mnt/s/b/0 mnt/s/a/.produce
          is "$(wc -l <mnt/s/b/0)" $((99 + start)); echo more >>mnt/s/b/0
          kill $server; ended 0; grep -q "Corrupt.*$1: it is missing" log && grep -q EIO log || fail "$(cat log)"
        done
        serve streamactors mount log:kept mnt
        rmdir mnt/s/a; mkdir mnt/s/a; is "$(cat mnt/s/a/0)" ''; echo new >>mnt/s/a/0; is "$(cat mnt/s/a/0)" new
        kill $server; ended 0
        serve streamactors mount log:kept mnt; is "$(cat mnt/s/a/0)" new; kill $server; ended 0; is "$(cat log)" ''
        """);

    [Theory]
    [InlineData("index")]
    [InlineData("keys")]
    [InlineData("state")]
    public Task Files_OfTwoPartitionsOfTheSameShape_Swapped_AreErrors(string kind) => Sandbox.Run(Two +
        $"""
        mv $1/*{kind} other; mv $2/*{kind} mine; mv other $2/$(basename $2/*.data .data).{kind}; mv mine $1/$(basename $1/*.data .data).{kind}
        [ {kind} != state ] || for path in $1 $2; do mv $path/*.state $path/state; done
        """ +
        """

        serve streamactors mount log:kept mnt
        for topic in a b; do fails 'Input/output error' cat mnt/s/$topic/0; fails 'Input/output error' cat mnt/s/$topic/.json/0; done
        mkdir mnt/s/c; echo fine >>mnt/s/c/0; is "$(cat mnt/s/c/0)" fine
        kill $server; ended 0; grep -q Corrupt log
        """);
}
