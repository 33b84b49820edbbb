using Xunit;

namespace StreamActors.Mounted.Logs;

/// <summary>What streams, topics and partitions tell of themselves: extended attributes, times, space.</summary>
public sealed class XattrTests
{
    private const string Up =
        """
        up streamactors mount log:log mnt
        get() { getfattr --only-values -n user.streamactors.$1 mnt/$2; }

        """;

    [Fact]
    public Task Partition_TellsWhatItHolds() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t
        is "$(get messages s/t/0) $(get bytes s/t/0) $(get first_offset s/t/0) $(get next_offset s/t/0) $(get generation s/t/0) $(get complete s/t/0)" '0 0 0 0 0 1'
        is "$(get first_time s/t/0)$(get last_time s/t/0)" ''
        printf 'one\ntwo\n' >>mnt/s/t/0
        is "$(get messages s/t/0) $(get bytes s/t/0) $(get first_offset s/t/0) $(get next_offset s/t/0)" '2 8 0 2'
        is "$(get framing s/t/0)" "$(cat mnt/s/.configuration)"
        is "$(get first_time s/t/0)" "$(sed -n '1s/.*timestamp":"\([^"]*\)".*/\1/p' mnt/s/t/.json/0)"
        is "$(date -ud "$(get last_time s/t/0)" +%s)" "$(stat -c %Y mnt/s/t/0)"
        is "$(getfattr -d mnt/s/t/0 | grep -c streamactors)" 10; is "$(getfattr -d mnt/s/t/.json/0 | grep -c streamactors)" 10
        """);

    [Fact]
    public Task TopicAndStream_TellWhatTheirPartitionsHold() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t mnt/s/u; touch mnt/s/t/1
        is "$(get partitions s/t) $(get messages s/t) $(get topics s) $(get partitions s) $(get messages s)" '2 0 2 3 0'
        printf 'one\ntwo\n' >>mnt/s/t/0; echo three >>mnt/s/t/1; echo four >>mnt/s/u/0
        is "$(get messages s/t) $(get bytes s/t) $(get messages s) $(get bytes s)" '3 14 4 19'
        is "$(get last_time s)" "$(get last_time s/u/0)"
        """);

    [Fact]
    public Task Cursor_TellsItsPlace_AndIsMovedByIt() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t; printf 'a\nb\nc\n' >>mnt/s/t/0; mkdir mnt/s/t/.cursors/me
        file=s/t/.cursors/me/0
        is "$(get offset $file) $(get lag $file)" '0 3'
        is "$(cat mnt/$file | tr -d '\n')" abc; is "$(get offset $file) $(get lag $file)" '3 0'
        setfattr -n user.streamactors.offset -v 1 mnt/$file; is "$(get lag $file) $(cat mnt/$file | tr -d '\n')" '2 bc'
        setfattr -n user.streamactors.offset -v -1 mnt/$file; is "$(cat mnt/$file)" c
        setfattr -n user.streamactors.offset -v 1h mnt/$file; is "$(get offset $file)" 0
        fails 'Invalid argument' setfattr -n user.streamactors.offset -v nonsense mnt/$file
        fails 'Operation not permitted' setfattr -n user.streamactors.lag -v 0 mnt/$file
        is "$(ls mnt/s/t/.cursors)" me; mkdir mnt/s/t/.cursors/you; is "$(ls mnt/s/t/.cursors)" "$(printf 'me\nyou')"
        fails 'exists' mkdir mnt/s/t/.cursors/me
        rmdir mnt/s/t/.cursors/me; fails 'No such file' cat mnt/$file; is "$(ls mnt/s/t/.cursors)" you
        """);

    [Fact]
    public Task OtherAttributes_AreRefusedAsSmallFileSystemsDo() => Sandbox.Run(Up +
        """
        mkdir -p mnt/s/t
        fails 'No such attribute' getfattr -n user.other mnt/s/t/0
        fails 'not supported' setfattr -n user.other -v x mnt/s/t/0
        fails 'Operation not permitted' setfattr -n user.streamactors.messages -v 5 mnt/s/t/0
        fails 'Operation not permitted' setfattr -x user.streamactors.messages mnt/s/t/0
        python3 - <<'PY'
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        small = ctypes.create_string_buffer(3)
        assert libc.getxattr(b"mnt/s/t/0", b"user.streamactors.created", small, 3) == -1 and ctypes.get_errno() == errno.ERANGE
        assert libc.listxattr(b"mnt/s/t/0", small, 3) == -1 and ctypes.get_errno() == errno.ERANGE
        assert libc.getxattr(b"mnt/s/t/0", b"user.streamactors.created", None, 0) == len("2026-11-25T20:00:00.000Z")
        PY
        """);

    [Fact]
    public Task Space_IsThatOfTheLogsFileSystem() => Sandbox.Run(Up +
        """
        is "$(stat -f -c '%b %S %l' mnt)" "$(stat -f -c '%b %S %l' log)"
        mkdir mnt/s; is "$(df --output=size mnt/s | tail -n 1)" "$(df --output=size log | tail -n 1)"
        """);

    [Fact]
    public Task Times_AreThoseOfStreamsAndMessages() => Sandbox.Run(Up +
        """
        before=$(date +%s); mkdir -p mnt/s/t; after=$(date +%s)
        for path in mnt/s mnt/s/t mnt/s/t/0; do at=$(stat -c %Y $path); [ "$at" -ge "$before" ] && [ "$at" -le "$after" ] || fail "$path is of $at"; done
        is "$(date -ud "$(get created s)" +%s)" "$(stat -c %Y mnt/s)"
        is "$(date -ud "$(get created s/t)" +%s)" "$(stat -c %Y mnt/s/t)"
        streamactors umount mnt; made=$(date +%s); up streamactors mount log:log mnt; [ "$(stat -c %Y mnt/s)" -le "$made" ]
        """);
}
