using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>Streams, topics and partitions as they are made, listed, moved and deleted by ordinary commands.</summary>
public sealed class NameTests
{
    private const string Up = "up streamactors mount log:log mnt\n";

    [Fact]
    public Task Streams_TopicsAndPartitions_AreMadeListedAndDeleted() => Sandbox.Run(Up +
        """
        mkdir mnt/films; mkdir mnt/films/comedy mnt/films/drama
        is "$(ls -A mnt)" films
        is "$(ls -A mnt/films)" "$(printf '.configuration\ncomedy\ndrama')"
        is "$(ls -A mnt/films/comedy)" 0
        is "$(stat -c '%a %F %U' mnt/films mnt/films/comedy mnt/films/comedy/0 mnt/films/.configuration)" "$(printf '700 directory root\n700 directory root\n600 regular empty file root\n600 regular file root')"
        fails 'exists' mkdir mnt/films
        fails 'exists' mkdir mnt/films/comedy
        mkdir -p mnt/films/comedy mnt/music/jazz
        echo one >>mnt/films/comedy/0
        rmdir mnt/films/comedy; is "$(ls mnt/films)" drama
        fails 'No such file' cat mnt/films/comedy/0
        rmdir mnt/films; is "$(ls -A mnt)" music
        fails 'No such file' rmdir mnt/films
        mkdir -p mnt/films/comedy; is "$(cat mnt/films/comedy/0)" ''
        """);

    [Fact]
    public Task Partition_IsAddedByItsNumber_AndNeverRemoved() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t
        touch mnt/s/t/1; echo two >>mnt/s/t/2; fails 'Operation not permitted' mknod mnt/s/t/3 p
        is "$(ls mnt/s/t)" "$(printf '0\n1\n2')"; is "$(cat mnt/s/t/2)" two
        touch mnt/s/t/1; is "$(ls mnt/s/t | wc -l)" 3
        for name in 4 5 01 x 3.tmp .swp -1 3x; do fails 'Invalid argument' touch -- mnt/s/t/$name; done
        fails 'Invalid argument' mkdir mnt/s/t/x
        fails 'Operation not permitted' mkdir mnt/s/t/3
        fails 'Operation not permitted' rm mnt/s/t/2
        fails 'Operation not permitted' mv mnt/s/t/2 mnt/s/t/3
        fails 'Operation not permitted' ln mnt/s/t/2 mnt/s/t/3
        fails 'Operation not permitted' ln -s x mnt/s/t/3
        fails 'Operation not permitted' touch mnt/x
        fails 'Operation not permitted' touch mnt/s/x
        fails 'Operation not permitted' chmod 666 mnt/s/t/0
        fails 'Operation not permitted' chown 1 mnt/s
        is "$(ls mnt/s/t)" "$(printf '0\n1\n2')"
        """);

    [Fact]
    public Task Partitions_OfANewTopic_AreTheSettings() => Sandbox.Run(
        """
        up streamactors mount log:log mnt -o log-volume.partitions=12
        mkdir -p mnt/s/t; is "$(ls -v mnt/s/t | tr '\n' ' ')" '0 1 2 3 4 5 6 7 8 9 10 11 '
        touch mnt/s/t/12; is "$(ls mnt/s/t | wc -l)" 13
        """);

    [Fact]
    public Task Rename_MovesNamesAtOnce_AndReplacesNothing() => Sandbox.Run(Up +
        """
        mkdir -p mnt/a/t mnt/b/u; echo one >>mnt/a/t/0; ino=$(stat -c %i mnt/a/t/0)
        exec 5<mnt/a/t/0
        mv mnt/a mnt/c; is "$(cat mnt/c/t/0)" one; is "$(ls mnt)" "$(printf 'b\nc')"
        mv mnt/c/t mnt/c/v; is "$(cat mnt/c/v/0)" one
        mv mnt/c/v mnt/b; is "$(cat mnt/b/v/0)" one; is "$(ls mnt/c)" ''
        is "$(stat -c %i mnt/b/v/0)" "$ino"
        echo two >>mnt/b/v/0; is "$(cat <&5)" "$(printf 'one\ntwo')"; exec 5<&-
        fails 'not empty' mv -T mnt/b/v mnt/b/u
        fails 'exists' python3 -c '
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(-100, b"mnt/b/v", -100, b"mnt/b/u", 1): raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))'
        fails 'Invalid argument' python3 -c '
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(-100, b"mnt/b/v", -100, b"mnt/b/u", 2): raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))'
        fails 'Operation not permitted' mv -T mnt/b mnt/c/b
        fails 'Operation not permitted' mv -T mnt/b/v mnt/v
        fails 'Operation not permitted' mv mnt/b/.configuration mnt/b/x
        fails 'Operation not permitted' mv -T mnt/b mnt/.hidden
        is "$(cat mnt/b/v/0)" "$(printf 'one\ntwo')"
        """);

    [Fact]
    public Task Names_ThatTheKernelKeeps_AreNeverThoseOfBefore() => Sandbox.Run(
        """
        up streamactors mount log:log mnt -o mount.entry-timeout=1h
        mkdir -p mnt/a/t mnt/b; echo one >>mnt/a/t/0; ino=$(stat -c %i mnt/a/t/0); is "$(cat mnt/.json/a/t/0 mnt/a/.json/t/0 | wc -l)" 2
        exec 5<mnt/a/t/0 6<mnt/a
        rmdir mnt/a/t; fails 'No such file' stat mnt/a/t/0; fails 'No such file' stat mnt/a/t; fails 'No such file' cat mnt/a/.json/t/0
        mkdir mnt/a/t; is "$(stat -c %s mnt/a/t/0)" 0; [ "$(stat -c %i mnt/a/t/0)" != "$ino" ]; is "$(cat mnt/a/.json/t/0)" ''
        is "$(cat <&5)" one; echo new >>mnt/a/t/0; is "$(cat mnt/a/t/0)" new
        rmdir mnt/a; fails 'No such file' cat mnt/a/t/0; fails 'No such file' ls mnt/.json/a
        mkdir -p mnt/a/t; is "$(cat mnt/a/t/0)" ''; echo x >>mnt/a/t/0
        mv mnt/a/t mnt/b/u; fails 'No such file' cat mnt/a/t/0; is "$(cat mnt/b/u/0 mnt/b/.json/u/0 | wc -l)" 2; fails 'No such file' cat mnt/a/.json/t/0
        is "$(ls -ai mnt/b/u | awk '$2 == ".." {print $1}')" "$(stat -c %i mnt/b)"
        mv mnt/b mnt/c; is "$(cat mnt/c/u/0)" x; fails 'No such file' cat mnt/b/u/0; fails 'No such file' ls mnt/.json/b
        mkdir -p mnt/b/u; is "$(cat mnt/b/u/0)" ''; touch mnt/b/u/1; echo y >>mnt/b/u/1; is "$(cat mnt/b/u/1)" y
        """);

    [Fact]
    public Task Sizes_ThatTheKernelKeeps_AreThoseOfNow() => Sandbox.Run(
        """
        up streamactors mount log:log mnt -o mount.entry-timeout=1h,mount.attr-timeout=1h,log-volume.partitions=1
        mkdir -p mnt/s/t; cd mnt/s/t; bytes=0
        size() { bytes=$((bytes + $1)); is "$(stat -c %s 0)" $bytes; is "$(wc -c <0)" $bytes; is "$(stat -c %s 0)" $bytes; }
        size 0; echo one >>0; size 4
        for i in 1 2 3; do
            echo two >>0; size 4; echo three >>.json/0; size 6; echo four >.produce; size 5; printf x >>0; size 2
            printf '\0\0\0\2ab' >>.size/0; size 3; echo '{"key":"k","value":"v"}' >.json/.produce; size 2
        done
        { printf y; stat -c %s 0 >../../../held; } >>0; is "$(cat ../../../held)" $bytes; size 2
        exec 5<0; tail -f -n 0 0 >../../../tailed & tailing=$!; echo five >>0; size 5
        python3 - <<'PY'
        import os
        f = os.open('0', os.O_WRONLY | os.O_APPEND); r = os.open('0', os.O_RDONLY); size = os.fstat(r).st_size
        for i in range(200):
            os.write(f, b'x\n'); size += 2
            assert os.fstat(r).st_size == size and os.stat('0').st_size == size and os.lseek(r, 0, os.SEEK_END) == size, i
        os.write(f, b'z'); assert os.fstat(r).st_size == size; os.fsync(f); assert os.fstat(r).st_size == size + 2
        PY
        size 402; kill $tailing; cd ../../..
        rmdir mnt/s/t; is "$(python3 -c 'import os; print(os.fstat(5).st_nlink)')" 0
        """);

    [Fact]
    public Task Names_OfFilesWhoseHeadIsRemoved_AreNotKept() => Sandbox.Run(
        """
        up streamactors mount log:log mnt -o mount.entry-timeout=1h,log-volume.retention.max-bytes=1,log-volume.retention.step-bytes=0,log-volume.retention.check-interval=10ms
        mkdir -p mnt/s/t; echo one >>mnt/s/t/0; ino=$(stat -c %i mnt/s/t/0); echo two >>mnt/s/t/0
        until [ "$(stat -c %i mnt/s/t/0)" != "$ino" ]; do sleep 0.01; done
        """);

    [Fact]
    public Task Rename_ToAnotherVolume_IsOfAnotherDevice() => Sandbox.Run(
        """
        echo 'volumes { "/a" { type = log, dir = a }, "/b" { type = log, dir = b } }' >conf
        up streamactors mount src mnt --config conf
        mkdir -p mnt/a/s/t mnt/b/s; touch mnt/plain
        rename() { python3 -c 'import os, sys; os.rename(sys.argv[1], sys.argv[2])' "$@"; }
        fails 'Invalid cross-device link' rename mnt/a/s mnt/b/u
        fails 'Invalid cross-device link' rename mnt/a/s/t mnt/b/s/t
        fails 'Invalid cross-device link' rename mnt/a/s/t/0 mnt/x
        fails 'Invalid cross-device link' rename mnt/plain mnt/a/s/t/1
        is "$(ls mnt/a/s mnt/b/s)" "$(printf 'mnt/a/s:\nt\n\nmnt/b/s:')"
        """);

    [Fact]
    public Task Delete_WhereItIsDenied_IsRefused() => Sandbox.Run(
        """
        up streamactors mount log:log mnt -o log-volume.delete=deny
        mkdir -p mnt/s/t
        fails 'Operation not permitted' rmdir mnt/s/t
        fails 'Operation not permitted' rmdir mnt/s
        is "$(ls mnt/s)" t
        """);

    [Fact]
    public Task Topic_OfTenThousandPartitions_IsMadeAndRemovedInOneStep() => Sandbox.Run(
        """
        serve streamactors mount log:data mnt -o log-volume.partitions=10000
        mkdir -p mnt/s/t mnt/s/u; is "$(ls mnt/s/t | wc -l)" 10000; is "$(ls data/partitions | wc -l)" 0
        is "$(stat -c '%s %F' mnt/s/t/9999)" '0 regular empty file'; is "$(cat mnt/s/t/9998)" ''
        for i in 7 5000 9999; do echo $i >>mnt/s/t/$i; done; is "$(cat mnt/s/t/{7,5000,9999} | tr -d '\n')" 750009999
        kill -KILL $server; not wait $server; umount -l mnt
        up streamactors mount log:data mnt -o log-volume.partitions=10000
        is "$(cat mnt/s/t/{7,5000,9999} | tr -d '\n')" 750009999; is "$(ls mnt/s/t | wc -l)" 10000
        exec 5<mnt/s/t/7
        rmdir mnt/s/t; is "$(ls mnt/s)" u; is "$(cat <&5)" 7
        until is_empty=$(ls data/partitions | wc -l) && [ "$is_empty" = 0 ]; do sleep 0.1; done
        mkdir mnt/s/t; is "$(cat mnt/s/t/7)" ''; rmdir mnt/s; is "$(ls mnt)" ''
        """);

    [Fact]
    public Task Names_OfAnyText_AreEncodedWhereNoFileCanHaveThem() => Sandbox.Run(Up +
        """
        mkdir 'mnt/100%25' mnt/%2Ehidden 'mnt/a%2Fb' 'mnt/ä ö' mnt/%2E%2E "mnt/$(printf 'x%.0s' $(seq 255))"
        is "$(ls mnt | wc -l)" 6; is "$(ls -d 'mnt/ä ö')" 'mnt/ä ö'; is "$(ls -d mnt/%2E%2E)" mnt/%2E%2E
        for name in '100%' .hidden %61 'a%2fb' '%zz' "$(printf '\377')"; do fails 'Invalid argument' mkdir "mnt/$name"; done
        fails 'too long' mkdir "mnt/$(printf 'x%.0s' $(seq 256))"
        streamactors umount mnt; up streamactors mount log:log mnt
        is "$(ls mnt | wc -l)" 6; [ -d 'mnt/ä ö/' ]; [ -d 'mnt/a%2Fb' ]
        """);

    [Fact]
    public Task Listing_OfThousands_GivesEachOnceAtStablePlaces() => Sandbox.Run(Up +
        """
        mkdir mnt/s; (cd mnt/s && seq 1 1500 | xargs mkdir)
        is "$(ls mnt/s | wc -l)" 1500; is "$(ls -f mnt/s | sort | uniq -d)" ''
        ls -f mnt/s >first; ls -f mnt/s >second; cmp first second
        python3 - <<'PY'
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        class Dirent(ctypes.Structure):
            _fields_ = [("ino", ctypes.c_ulong), ("off", ctypes.c_long), ("reclen", ctypes.c_ushort), ("type", ctypes.c_ubyte), ("name", ctypes.c_char * 256)]
        libc.opendir.restype = ctypes.c_void_p
        libc.readdir.argtypes = libc.rewinddir.argtypes = [ctypes.c_void_p]
        libc.readdir.restype = ctypes.POINTER(Dirent)
        libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
        at = libc.opendir(b"mnt/s")
        entries = []
        while entry := libc.readdir(at):
            entries.append((entry.contents.name, entry.contents.off))
        other = libc.opendir(b"mnt/s")
        for place in (3, 700, 1400):
            libc.seekdir(other, entries[place][1])
            assert libc.readdir(other).contents.name == entries[place + 1][0], place
        PY
        """);

    [Fact]
    public Task InodeNumbers_AreTheSameAfterTheNextMount_AndNeverThoseOfFiles() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t; echo 1 >>mnt/s/t/0; touch mnt/s/t/1; mkdir mnt/s/t/.cursors/c
        paths='mnt/s mnt/s/t mnt/s/t/0 mnt/s/t/1 mnt/s/t/.json/0 mnt/s/t/.at/0/0 mnt/s/t/.merged mnt/s/t/.produce mnt/s/t/.cursors/c/0 mnt/s/.configuration'
        stat -c '%i' $paths >before; is "$(sort -u before | wc -l)" 10
        while read -r ino; do [ "${#ino}" -ge 19 ] || fail "$ino is small"; done <before
        streamactors umount mnt; up streamactors mount log:log mnt; stat -c '%i' $paths >after; cmp before after
        is "$(ls -i mnt/s/t | awk '{print $1}')" "$(stat -c %i mnt/s/t/0 mnt/s/t/1)"
        old=$(stat -c %i mnt/s/t/0); rmdir mnt/s/t; mkdir mnt/s/t; [ "$(stat -c %i mnt/s/t/0)" != "$old" ]
        """);
}
