using Xunit;

namespace StreamActors.Mounted.Options;

/// <summary>The mount options that users know, as root.</summary>
public sealed class MountOptionTests
{
    [Fact]
    public Task None_Given_MountsAsReferenceSays() => Sandbox.Run(
        """
        cp /usr/bin/id src/id; chown 65534 src/id; chmod 4755 src/id; mknod -m 666 src/null c 1 3
        up streamactors mount src mnt
        grep -q "^streamactors $HOME/mnt fuse.streamactors rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions 0 0" /proc/mounts
        is "$(mnt/id -u)" 0
        fails 'Permission denied' sh -c 'echo >mnt/null'
        fails 'Permission denied' $stranger ls mnt
        """);

    [Fact]
    public Task SuidAndDev_Given_Hold() => Sandbox.Run(
        """
        cp /usr/bin/id src/id; chown 65534 src/id; chmod 4755 src/id; mknod -m 666 src/null c 1 3
        up streamactors mount src mnt -o suid,dev
        grep -q "^streamactors $HOME/mnt fuse.streamactors rw,relatime," /proc/mounts
        is "$(mnt/id -u)" 65534
        sh -c 'echo >mnt/null'
        """);

    [Fact]
    public Task AllowOther_Given_LetsOthersDoWhatTheirBitsAllow() => Sandbox.Run(
        """
        echo text >src/f; echo secret >src/private; chmod 600 src/private; mkdir -m 1777 src/tmp; stream
        up streamactors mount src mnt -o allow_other,simulated.released=all
        is "$($stranger cat mnt/f)" text
        is "$($stranger wc -l <mnt/data.dir/t/0)" 2
        fails 'Permission denied' $stranger cat mnt/private
        fails 'Permission denied' $stranger touch mnt/new
        fails 'Permission denied' $stranger rmdir mnt/data.dir/t
        fails 'Permission denied' $stranger rmdir mnt/data.dir
        fails 'Operation not permitted' $stranger chmod 777 mnt/f
        $stranger touch mnt/tmp/new
        is "$(stat -c %u src/tmp/new)" 1001
        """);

    [Fact]
    public Task NoDefaultPermissions_Given_LeavesTheCheckToTheServer() => Sandbox.Run(
        """
        echo text >src/f
        up streamactors mount src mnt -o no_default_permissions
        not grep -q "$HOME/mnt .*default_permissions" /proc/mounts
        is "$(cat mnt/f)" text
        streamactors umount mnt
        refused 2 'allow_other needs default_permissions' streamactors mount src mnt -o allow_other,no_default_permissions
        """);

    [Fact]
    public Task ReadOnly_Given_RefusesEveryChange() => Sandbox.Run(
        """
        echo text >src/f; mkdir src/d; stream
        find src -printf '%p %s %T@ %m\n' >before
        up streamactors mount src mnt -o ro,simulated.released=all
        grep -q "$HOME/mnt fuse.streamactors ro," /proc/mounts
        for change in 'touch mnt/f' 'touch mnt/new' 'mkdir mnt/new' 'rmdir mnt/d' 'rmdir mnt/data.dir' 'rmdir mnt/data.dir/t' 'mv mnt/f mnt/g' \
          'mv mnt/data.dir mnt/e.dir' 'chmod 600 mnt/f' 'chown 1 mnt/f' 'ln mnt/f mnt/g' 'ln -s f mnt/g' 'mkfifo mnt/g' 'mknod mnt/g c 1 3' \
          'setfattr -n user.k -v v mnt/f' 'truncate -s 0 mnt/f' 'dd if=/dev/null of=mnt/f' 'rm mnt/f' 'fallocate -l 9 mnt/f'; do
          fails 'Read-only file system' $change
        done
        is "$(cat mnt/f)" text; is "$(wc -l <mnt/data.dir/t/0)" 2
        find src -printf '%p %s %T@ %m\n' | cmp - before
        """);

    [Fact]
    public Task OwnerAndUmask_Given_ShowOnEverything() => Sandbox.Run(
        """
        echo text >src/f; chmod 4640 src/f; mkdir src/d; stream
        up streamactors mount src mnt -o allow_other,uid=1001,gid=1002,umask=027
        is "$(stat -c '%u %g %a' mnt mnt/d mnt/data.dir mnt/data.dir/t mnt/data.dir/t/0 | uniq)" '1001 1002 750'
        is "$(stat -c '%u %g %a' mnt/f)" '1001 1002 4750'
        is "$(stat -c '%u %g %a' src/f)" '0 0 4640'
        is "$($stranger cat mnt/f)" text
        fails 'Permission denied' $nobody ls mnt
        """);

    [Fact]
    public Task FsName_Given_IsInTheTableOfMounts() => Sandbox.Run(
        """
        up streamactors mount src mnt -o 'fsname=my fs\,two'
        is "$(findmnt -no SOURCE mnt)" 'my fs,two'
        is "$(df --output=source mnt | tail -n 1)" 'my fs,two'
        streamactors umount mnt
        for_nobody
        up $nobody streamactors mount src mnt -o 'fsname=my fs\,two'
        is "$(findmnt -no SOURCE mnt)" 'my fs,two'
        """);

    [Fact]
    public Task Timeouts_OfZero_ShowTheChangesOfOthersAtOnce() => Sandbox.Run(
        """
        echo text >src/f
        up streamactors mount src mnt -o attr_timeout=0,entry_timeout=0
        for i in 1 2 3; do
          stat mnt/f >before; fails 'No such file' stat mnt/new
          echo more >>src/f; touch src/new; chmod 600 src/f
          is "$(stat -c '%s %a' mnt/f)" "$((5 + 5 * i)) 600"
          stat mnt/new >before
          rm src/new; chmod 644 src/f
        done
        rm src/f; fails 'No such file' stat mnt/f
        mkdir src/f; is "$(stat -c %F mnt/f)" directory
        """);

    [Fact]
    public Task Timeouts_Long_KeepWhatWasSeen() => Sandbox.Run(
        """
        echo text >src/f
        up streamactors mount src mnt -o attr_timeout=1000,entry_timeout=1000.5
        stat mnt/f >before; chmod 600 src/f
        is "$(stat -c %a mnt/f)" 644
        """);

    [Fact]
    public Task NonEmpty_Given_MountsOverFiles() => Sandbox.Run(
        """
        touch mnt/hidden src/shown
        refused 1 'mountpoint mnt is not empty (mount over it with -o nonempty)' streamactors mount src mnt
        up streamactors mount src mnt -o nonempty
        is "$(ls mnt)" shown
        streamactors umount mnt
        is "$(ls mnt)" hidden
        """);

    [Fact]
    public Task Options_OfSeveralKinds_GoTogether() => Sandbox.Run(
        """
        stream
        up streamactors mount -o ro,allow_other -ofsname=x,simulated.released=all src -o simulated.separator='"\n--\n"' mnt -o rw --layout topics -o layout=partitions
        is "$(head -c 7 mnt/data.dir/t)" "$(printf 'one\n--')"
        is "$(findmnt -no SOURCE mnt)" x
        is "$(findmnt -no OPTIONS mnt)" 'rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other'
        """);
}
