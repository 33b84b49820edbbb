using Xunit;

namespace StreamActors.Mounted.Overlay;

/// <summary>What people run on a file system.</summary>
public sealed class ProgramTests(MountedOverlay overlay) : OverlayTest(overlay), IClassFixture<MountedOverlay>
{
    [Fact]
    public async Task Git_InitCommitCheckoutAndGc_Work()
    {
        await Sh(
            """
            export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1
            git init -q repo && cd repo
            git config user.email a@example.org && git config user.name A
            mkdir -p a/b && for i in $(seq 60); do echo "line $i" > a/b/$i; done
            git add . && git commit -qm one
            git checkout -qb other && echo more >> a/b/1 && git rm -q a/b/2 && git mv a/b/3 moved && git commit -qam two
            git checkout -q - && git merge -q other && git gc -q && git fsck --full --strict
            test -z "$(git status --porcelain)"
            git clone -q . ../clone && diff -r --exclude=.git . ../clone
            """);
    }

    [Fact]
    public async Task Sqlite_WithRollbackAndWriteAheadLog_KeepsItsRows()
    {
        var output = await Sh(
            """
            sqlite3 db 'create table t(x); begin; insert into t values (1),(2); commit; begin; insert into t values (3); rollback;'
            sqlite3 db 'pragma journal_mode=wal; insert into t values (4); pragma wal_checkpoint;' > /dev/null
            for i in 1 2 3; do (for j in $(seq 20); do sqlite3 -cmd '.timeout 20000' db 'insert into t values (9)'; done) & done; wait
            sqlite3 db 'pragma integrity_check; select count(*), sum(x) from t;'
            """);
        Assert.Equal("ok\n63|547\n", output);
    }

    [Fact]
    public Task Copies_ByRsyncCpAndTar_AreEqual() => Sh(
        """
        mkdir -p from/sub && cd from && seq 100000 > numbers && ln -s numbers link && ln numbers hard && mkfifo fifo && chmod 640 numbers && touch -d 2001-02-03 sub
        setfattr -n user.note -v text numbers && truncate -s 1M sparse && cd ..
        rsync -aHX --sparse from/ rsync/ && rsync -aHXi --checksum from/ rsync/ > changes && test ! -s changes
        cp -a from cp && diff -r --no-dereference from/sub cp/sub && cmp from/numbers cp/numbers
        tar -C from -cf - . | (mkdir tar && tar -C tar -xpf -) && cmp from/numbers tar/numbers
        test "$(stat -c '%a %Y' cp/numbers)" = "$(stat -c '%a %Y' from/numbers)" && test "$(stat -c %h rsync/hard)" = 2
        test "$(getfattr --only-values -n user.note cp/numbers)" = text
        """);

    [Fact]
    public async Task GrepFindDuAndDd_SeeTheTree()
    {
        var output = await Sh(
            """
            mkdir -p x/y/z && echo needle > x/y/z/f && echo hay > x/g
            grep -rl needle . && find . -type f | sort && du -s --apparent-size x > /dev/null
            dd if=/dev/zero of=zeros bs=64k count=32 conv=fsync status=none && dd if=zeros bs=1M status=none | wc -c && dd if=/dev/urandom of=zeros bs=4k count=4 seek=3 conv=notrunc status=none && stat -c %s zeros
            """);
        Assert.Equal("./x/y/z/f\n./x/g\n./x/y/z/f\n2097152\n2097152\n", output);
    }

    [Fact]
    public Task EditorsSave_ByWriteSyncRename_IsSeenAtOnce() => Python(
        """
        write('doc', b'old')
        reader = open('doc', 'rb')
        for i in range(50):
            with open('.doc.swp', 'wb') as f:
                f.write(b'version %d' % i); f.flush(); os.fsync(f.fileno())
            os.rename('.doc.swp', 'doc')
            equal(read('doc'), b'version %d' % i); equal(read(s + '/doc'), b'version %d' % i)
        equal(reader.read(), b'old'); equal(os.listdir(s), ['doc'])
        """);

    [Fact]
    public Task Inode_UsedAgainBySource_IsAnotherFile() => Python(
        """
        for i in range(200):
            write('f', b'%d' % i); f = open('f', 'rb'); os.unlink('f'); write('g', b'g%d' % i)
            equal(f.read(), b'%d' % i); f.close(); equal(read('g'), b'g%d' % i); os.unlink('g')
        """);
}
