using Xunit;

namespace StreamActors.Mounted.Volumes;

/// <summary>Several directories at several paths of one mount.</summary>
public sealed class OverlayVolumesTests
{
    [Fact]
    public Task Volume_BelowTheRoot_HidesWhatIsCalledSoThere_AndIsListed() => Sandbox.Run(
        """
        mkdir -p other/in src/s src/d; echo other >other/file; echo hidden >src/s/hidden; echo plain >src/plain
        echo 'volumes { "/s" { type = overlay, source = other }, "/new" { type = overlay, source = other/in } }' >conf
        up streamactors mount src mnt --config conf
        is "$(ls mnt)" "$(printf 'd\nnew\nplain\ns')"
        is "$(ls -a mnt | sort | uniq -d)" ''
        is "$(cat mnt/s/file)" other
        is "$(ls mnt/s)" "$(printf 'file\nin')"
        echo more >mnt/new/more; is "$(cat other/in/more)" more
        is "$(ls src/s)" hidden
        is "$(cd mnt/s/in && cd ../.. && ls -d plain)" plain
        is "$(find mnt -name 'hidden')" ''
        is "$(find mnt -type f | sort)" "$(printf 'mnt/new/more\nmnt/plain\nmnt/s/file\nmnt/s/in/more')"
        """);

    [Fact]
    public Task Volume_ByItsName_IsNeitherMadeNorMovedNorRemoved() => Sandbox.Run(
        """
        mkdir other; touch src/plain; echo 'volumes { "/s" { type = overlay, source = other } }' >conf
        up streamactors mount src mnt --config conf
        fails 'busy' rmdir mnt/s
        fails 'busy' mv mnt/s mnt/t
        fails 'Invalid cross-device link' ln mnt/plain mnt/s/linked
        fails 'exists' mkdir mnt/s
        fails 'busy' python3 -c 'import os; os.mkdir("mnt/d"); os.rename("mnt/d", "mnt/s")'
        mv mnt/plain mnt/s/moved; is "$(ls other)" moved; is "$(ls src)" d
        [ -d mnt/s ]
        """);

    [Fact]
    public Task Volume_InADirectoryOfAnother_GoesWithIt() => Sandbox.Run(
        """
        mkdir -p src/a/b other; echo o >other/o; echo b >src/a/b/b
        echo 'volumes { "/a/b/s" { type = overlay, source = other } }' >conf
        up streamactors mount src mnt --config conf
        is "$(cat mnt/a/b/s/o)" o
        rm mnt/a/b/b; fails 'busy' rmdir mnt/a/b; mkdir mnt/empty; fails 'busy' mv -T mnt/empty mnt/a/b; [ -d src/a/b ]; echo b >mnt/a/b/b
        mv mnt/a mnt/moved; is "$(cat mnt/moved/b/s/o)" o; is "$(ls mnt/moved/b)" "$(printf 'b\ns')"
        streamactors umount mnt
        refused 1 'where volume /a/b/s is to be, does not exist' streamactors mount src mnt --config conf
        """);

    [Fact]
    public Task Volumes_WithoutOneAtTheRoot_AreReachedByDirectoriesThatOnlyLeadThere() => Sandbox.Run(
        """
        mkdir one two; echo 1 >one/1; echo 2 >two/2
        echo 'volumes { "/a/one" { type = overlay, source = one }, "/a/b/two" { type = overlay, source = two } }' >conf
        is "$(streamactors mount mnt --config conf --daemon)" 'mounted conf on mnt'
        is "$(cd mnt && find . | sort)" "$(printf '.\n./a\n./a/b\n./a/b/two\n./a/b/two/2\n./a/one\n./a/one/1')"
        is "$(stat -c '%a %F' mnt/a)" '755 directory'
        fails 'not permitted' touch mnt/file
        fails 'not permitted' mkdir mnt/a/dir
        fails 'busy' rmdir mnt/a/b
        stat -f mnt >out
        """);

    [Fact]
    public Task Directory_ShownTwice_HasOtherNumbersBelow_SoThatNobodySeesACircle() => Sandbox.Run(
        """
        echo 'volumes { "/again" { type = overlay, source = src } }' >conf; mkdir src/d; echo x >src/d/file
        up streamactors mount src mnt --config conf
        is "$(find mnt -type f | sort)" "$(printf 'mnt/again/d/file\nmnt/d/file')"
        is "$(stat -c %i mnt/d/file)" "$(stat -c %i src/d/file)"; [ "$(stat -c %i mnt/again)" != "$(stat -c %i mnt)" ]
        is "$(ls -i mnt/again | awk '{ print $1 }')" "$(stat -c %i mnt/again/d)"; is "$(stat -c %i mnt/again/d/..)" "$(stat -c %i mnt/again)"
        """);

    [Fact]
    public Task Volumes_ThatGetIntoEachOthersWay_AreRefused() => Sandbox.Run(
        """
        mkdir one
        echo 'volumes { "/" { type = overlay, source = one } }' >conf
        refused 2 'conf:1:11: volumes."/": a path has one owner, and SOURCE of the command line is at / already' streamactors mount src mnt --config conf
        echo 'volumes { "/s" { type = overlay, source = mnt } }' >conf
        refused 1 'the source itself' streamactors mount src mnt --config conf
        echo 'volumes { "/s" { type = overlay, source = nowhere } }' >conf
        refused 1 'source nowhere does not exist' streamactors mount src mnt --config conf
        echo 'layout = topics' >conf
        refused 2 'expected SOURCE, or volumes in conf' streamactors mount mnt --config conf
        """);
}
