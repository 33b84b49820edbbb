using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>The dot directories of log volumes as paths: which there are, how they go together, and who does not see them.</summary>
public sealed class ViewDirectoryTests
{
    private const string Up =
        """
        up streamactors mount log:log mnt
        mkdir -p mnt/s/t; printf 'a\nb\nc\n' >>mnt/s/t/0

        """;

    [Fact]
    public Task DotDirectories_GoTogetherInAnyOrderAtEachLevel() => Sandbox.Run(Up +
        """
        for path in s/t/.json/.at/1 s/t/.at/1/.json s/.json/t/.at/1 s/.at/1/t/.json .json/s/t/.at/1 .at/1/s/.json/t; do
          is "$(sed 's/.*"value":"\(.*\)"}/\1/' mnt/$path/0 | tr -d '\n')" bc
          is "$(stat -c %i mnt/$path/0)" "$(stat -c %i mnt/s/t/.json/.at/1/0)"
        done
        is "$(cat mnt/s/t/.at/-1/0 mnt/s/t/.at/1h/0 mnt/s/t/.at/2000-01-01/0 mnt/s/t/.at/3/0 mnt/s/t/.at/-0/0 | tr -d '\n')" cabcabc
        is "$(cat mnt/s/t/.size/0 | od -An -tx1 | tr -d ' \n')" 000000016100000001620000000163
        is "$(cat mnt/s/t/.at/2/.merged)" c
        is "$(head -n 1 mnt/s/t/.at/2/.follow/0)" c
        """);

    [Fact]
    public Task Nonsense_IsNotThere() => Sandbox.Run(Up +
        """
        for path in s/t/.at/nonsense s/t/.at/1x s/t/.at/- s/t/.at/99999999999999999999 s/t/.at/2026-13-01 s/t/.json/.json s/t/.json/.size \
          s/t/.at/1/.at s/t/.follow/.produce s/t/.at/1/.produce s/t/.cursors/nobody s/t/.nothing s/.cursors s/.merged .produce s/t/.json/.configuration; do
          fails 'No such file' ls mnt/$path
        done
        """);

    [Fact]
    public Task DotDirectories_AreNotListed_SoThatNothingWalksThem() => Sandbox.Run(Up +
        """
        is "$(cd mnt && find . | sort)" "$(printf '.\n./s\n./s/.configuration\n./s/t\n./s/t/0')"
        is "$(ls -A mnt/s/t/.json)" 0; is "$(ls -A mnt/s/t/.at)" ''; is "$(ls -A mnt/s/.json)" t
        is "$(grep -r b mnt)" mnt/s/t/0:b
        cp -r mnt/s copy; is "$(cat copy/t/0)" "$(printf 'a\nb\nc')"; is "$(ls -A copy copy/t)" "$(printf 'copy:\n.configuration\nt\n\ncopy/t:\n0')"
        tar -C mnt -cf - s | tar -tf - | sort >out; is "$(cat out)" "$(printf 's/\ns/.configuration\ns/t/\ns/t/0')"
        is "$(du -sb mnt/s | cut -f1)" 59
        """);

    [Fact]
    public Task Parents_OfDotDirectories_AreWhatTheyWereEnteredFrom() => Sandbox.Run(Up +
        """
        is "$(cd mnt/s/t/.json/.at/1h && pwd -P)" "$(cd mnt && pwd -P)/s/t/.json/.at/1h"
        is "$(cd mnt/s/t/.json/.follow && ls -A ../../../t)" 0
        is "$(cat mnt/s/t/.json/.at/../../0 | tr -d '\n')" abc
        for path in s/t/.json s/t/.json/.at s/.follow/t; do is "$(stat -c %i mnt/$path/..)" "$(stat -c %i "mnt/$(dirname $path)")"; done
        """);

    /// <summary>Of a view that begins elsewhere, too: what it shows follows from where that is in each partition.</summary>
    [Fact]
    public Task Listing_OfEachViewDirectory_HasTheNumbersThatALookUpFinds() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t mnt/s/u; touch mnt/s/t/1 mnt/s/t/2; seq 9 >>mnt/s/t/0; seq 5 >>mnt/s/t/1; mkdir mnt/s/t/.cursors/me
        for view in . .json .size .follow .at/3 .at/-2 .at/0 .at/1h .at/99 .at/2199-01-01T00:00Z .json/.at/-1 .at/4/.follow .cursors .cursors/me .cursors/me/.json; do
          is "$(ls -i mnt/s/t/$view | sed 's/^ *//')" "$(stat -c '%i %n' mnt/s/t/$view/* | sed "s#mnt/.*/##" | sort -k 2)"
          is "$(ls mnt/s/t/$view | wc -l)" $([ $view = .cursors ] && echo 1 || echo 3)
        done
        for view in mnt/.at/3 mnt/s/.at/3 mnt/.json/s; do is "$(ls -i $view | sed 's/^ *//')" "$(stat -c '%i %n' $view/* | sed "s#mnt/.*/##")"; done
        is "$(stat -c %i mnt/s/t/.at/3/0)" "$(stat -c %i mnt/s/t/.at/-9/0)"
        """);

    [Fact]
    public Task DotDirectories_CanNotBeChanged() => Sandbox.Run(Up +
        """
        fails 'Operation not permitted' rmdir mnt/s/t/.json
        fails 'Operation not permitted' mv mnt/s/t/.json mnt/s/x
        fails 'Operation not permitted' mkdir mnt/s/.json/x
        fails 'Operation not permitted' rmdir mnt/s/.json/t
        fails 'Operation not permitted' touch mnt/s/t/.json/1
        fails 'Operation not permitted' mkdir mnt/s/t/.at/x
        fails 'exists' mkdir mnt/s/t/.json
        fails 'Invalid argument' mkdir mnt/s/.other
        is "$(ls mnt/s/t)" 0
        """);

    [Fact]
    public Task Layout_OfTopics_ShowsOnePartitionAsAFile() => Sandbox.Run(
        """
        up streamactors mount log:log mnt --layout topics
        mkdir mnt/s; echo one >>mnt/s/new; touch mnt/s/touched; mkdir mnt/s/made
        is "$(stat -c '%n %F' mnt/s/*)" "$(printf 'mnt/s/made regular empty file\nmnt/s/new regular file\nmnt/s/touched regular empty file')"
        echo two >>mnt/s/new; is "$(cat mnt/s/new)" "$(printf 'one\ntwo')"
        is "$(sed 's/.*value/value/' mnt/s/.json/.at/1/new)" 'value":"two"}'
        is "$(head -n 2 mnt/s/new.follow)" "$(printf 'one\ntwo')"
        is "$(sed 's/.*value/value/' mnt/s/new.json.at=1)" 'value":"two"}'; is "$(cat mnt/s/new.at=-1)" two
        echo '{"key":"k","value":"three"}' >>mnt/s/new.json; cp mnt/s/new.json.at=2 mnt/s/new.json.produce; echo plain >mnt/s/new.produce
        is "$(tail -n 3 mnt/s/new)" "$(printf 'three\nthree\nplain')"; is "$(grep -c '"key":"k"' mnt/s/new.json)" 2
        mkdir mnt/s/new.cursors/c; is "$(head -n 2 mnt/s/new.cursors/c/0)" "$(printf 'one\ntwo')"; is "$(ls mnt/s/new.cursors)" c
        is "$(ls mnt/s)" "$(printf 'made\nnew\ntouched')"; fails 'Operation not permitted' rm mnt/s/new.json
        mv mnt/s/new mnt/s/old; is "$(ls mnt/s)" "$(printf 'made\nold\ntouched')"
        fails 'exists' mv -T mnt/s/old mnt/s/made
        rm mnt/s/old; rm mnt/s/made; is "$(ls mnt/s)" touched
        fails 'No such file' cat mnt/s/old
        streamactors umount mnt
        up streamactors mount log:log mnt --layout topics -o log-volume.partitions=2
        mkdir mnt/s/two; is "$(ls mnt/s/two)" "$(printf '0\n1')"; fails 'Operation not permitted' touch mnt/s/three
        is "$(ls mnt/s)" "$(printf 'touched\ntwo')"
        """);
}
