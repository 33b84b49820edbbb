using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Log volumes from the command line and from settings: where their directories may be, and who owns them.</summary>
public sealed class OwnerTests
{
    [Fact]
    public Task Directory_IsMadeForItsOwnerAlone_ByWhateverPath() => Sandbox.Run(
        """
        is "$(streamactors mount log:kept mnt --daemon)" 'mounted log:kept on mnt'
        is "$(stat -c '%a %U' kept)" '700 root'; mkdir mnt/s; streamactors umount mnt
        up streamactors mount "log:$PWD/kept" mnt; is "$(ls mnt)" s; streamactors umount mnt
        cd src; up streamactors mount log:../kept/ ../mnt; is "$(ls ../mnt)" s; streamactors umount ../mnt
        find ../kept ! -user root -o -perm /077 >../out; is "$(cat ../out)" ''
        refused 1 'nowhere' streamactors mount log:nowhere/log ../mnt
        """);

    [Fact]
    public Task Mount_ThatCanNotBe_MakesNoDirectory() => Sandbox.Run(
        """
        refused 1 'nowhere' streamactors mount log:kept nowhere
        touch mnt/file; refused 1 'not empty' streamactors mount log:kept mnt
        [ ! -e kept ]
        """);

    [Fact]
    public Task Directory_HasOneOwner_WhoIsNamed() => Sandbox.Run(
        """
        mkdir other; serve streamactors mount log:kept mnt
        got=0; streamactors mount log:kept other >out 2>err || got=$?; is "$got" 1; is "$(wc -l <err)" 1
        grep -qF "process $server, mounted on mnt" err || fail "$(cat err)"
        kill $server; ended 0
        up streamactors mount log:kept other; streamactors umount other
        """);

    [Fact]
    public Task Directory_OfANewerFormat_IsRefusedByName() => Sandbox.Run(
        """
        up streamactors mount log:kept mnt; streamactors umount mnt
        sed -i '1s/.*/streamactors-log 9/' kept/format
        refused 1 'streamactors-log 9' streamactors mount log:kept mnt
        """);

    [Fact]
    public Task Messages_OutliveTheMount_AndItsServer() => Sandbox.Run(
        """
        serve streamactors mount log:kept mnt; mkdir -p mnt/s/t; echo one >>mnt/s/t/0; kill $server; ended 0
        serve streamactors mount log:kept mnt; is "$(cat mnt/s/t/0)" one; echo two >>mnt/s/t/0
        kill -9 $server; wait $server || true
        up streamactors mount log:kept mnt; is "$(cat mnt/s/t/0)" "$(printf 'one\ntwo')"
        """);

    [Fact]
    public Task Umount_ClosesTheLog_SoThatTheNextStartRecoversNothing() => Sandbox.Run(
        """
        serve streamactors mount log:kept mnt -o log.level=debug; mkdir -p mnt/s/t; seq 1 1000 >>mnt/s/t/0
        streamactors umount mnt; ended 0
        cp -r kept copy
        up streamactors mount log:kept mnt; is "$(tail -n 1 mnt/s/t/0)" 1000; streamactors umount mnt
        up streamactors mount log:copy mnt; is "$(wc -l <mnt/s/t/0)" 1000
        """);

    [Fact]
    public Task Volume_InTheSettings_HidesTheSameNameInTheOverlay() => Sandbox.Run(
        """
        mkdir src/s; echo hidden >src/s/file; echo plain >src/plain
        echo 'log-volume.partitions = 2, volumes { "/s" { type = log, dir = kept }, "/t" { type = log, dir = other, partitions = 3, delete = deny } }' >conf
        up streamactors mount src mnt --config conf
        is "$(ls mnt)" "$(printf 'plain\ns\nt')"; is "$(ls mnt/s)" ''
        mkdir -p mnt/s/a/b mnt/t/a/b; is "$(ls mnt/s/a/b | wc -l) $(ls mnt/t/a/b | wc -l)" '2 3'
        rmdir mnt/s/a; fails 'Operation not permitted' rmdir mnt/t/a
        fails 'busy' rmdir mnt/s; fails 'busy' mv mnt/s mnt/u
        is "$(cat src/s/file)" hidden; cp mnt/plain mnt/t/a/b/.produce; is "$(cat mnt/t/a/b/.merged)" plain
        """);

    [Fact]
    public Task Directories_ThatGetIntoEachOthersWay_AreRefused() => Sandbox.Run(
        """
        wrong() { echo "volumes { \"/s\" { type = log, dir = $1 } }" >conf; refused 1 "$2" streamactors mount src mnt --config conf; }
        wrong src/log 'src of volume / holds src/log of volume /s'; [ ! -e src/log ]; mkdir src/log; wrong src/log 'holds src/log'
        ln -s src/log link; wrong link 'holds link'
        wrong mnt/log 'mnt/log'; [ ! -e mnt/log ]
        wrong mnt 'the source itself'
        wrong . 'src of volume / is in . of volume /s'
        echo 'volumes { "/s" { type = log, dir = kept }, "/t" { type = log, dir = ./kept } }' >conf
        refused 1 'a directory has one owner' streamactors mount src mnt --config conf; [ ! -e kept ]
        echo 'volumes { "/s" { type = log, dir = kept }, "/s/t" { type = overlay, source = src } }' >conf
        refused 2 'everything below /s belongs to the volume there' streamactors mount src mnt --config conf
        echo 'volumes { "/" { type = log, dir = kept } }' >conf
        refused 2 'a path has one owner' streamactors mount src mnt --config conf
        up streamactors mount mnt --config conf; mkdir mnt/s; is "$(ls mnt)" s
        """);

    [Fact]
    public Task OtherUsers_SeeNothing_UnlessTheSettingsSaySo() => Sandbox.Run(
        """
        up streamactors mount log:kept mnt -o allow_other; mkdir -p mnt/s/t; echo one >>mnt/s/t/0
        fails 'Permission denied' $stranger ls mnt; fails 'Permission denied' $stranger cat mnt/s/t/0
        streamactors umount mnt
        up streamactors mount log:kept mnt -o allow_other,umask=022,uid=1001; is "$($stranger cat mnt/s/t/0)" one
        is "$(stat -c '%a %u' mnt/s mnt/s/t/0)" "$(printf '755 1001\n755 1001')"
        """);

    [Fact]
    public Task Mount_ThatIsReadOnly_RefusesEveryChange() => Sandbox.Run(
        """
        up streamactors mount log:kept mnt; mkdir -p mnt/s/t; echo one >>mnt/s/t/0; streamactors umount mnt
        up streamactors mount log:kept mnt -o ro
        is "$(cat mnt/s/t/0)" one
        fails 'Read-only file system' mkdir mnt/x; fails 'Read-only file system' touch mnt/s/t/1; fails 'Read-only file system' rmdir mnt/s
        fails 'Read-only file system' sh -c 'echo x >>mnt/s/t/0'
        """);

    [Fact]
    public Task Nobody_MayHaveALogVolume() => Sandbox.Run(
        """
        for_nobody; mkdir home; chown 65534:65534 home
        up $nobody streamactors mount log:home/log mnt
        $nobody sh -c 'mkdir -p mnt/s/t && echo one >>mnt/s/t/0 && cat mnt/s/t/0' >out; is "$(cat out)" one
        is "$(stat -c '%a %u' home/log)" '700 65534'; is "$($nobody stat -c '%a %u' mnt/s/t/0)" '600 65534'
        $nobody streamactors umount mnt
        """);
}
