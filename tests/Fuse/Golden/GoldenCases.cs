using static StreamActors.Fuse.Tests.Golden.ByteWriter;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>One request of each opcode: what is sent, what is called, what is answered. Numbers are those of <c>linux/fuse.h</c>.</summary>
/// <param name="Name">The opcode.</param>
/// <param name="Opcode">Its number.</param>
/// <param name="Body">What follows the header.</param>
/// <param name="Call">What the tree is asked; null for nothing.</param>
/// <param name="Answer">The reply; null for none.</param>
internal sealed record GoldenCase(string Name, uint Opcode, byte[] Body, string? Call, byte[]? Answer)
{
    public ulong Node { get; init; } = DispatcherFixture.RootNode;

    public byte[]? Extensions { get; init; }

    public override string ToString() => Name;
}

internal static class GoldenCases
{
    private const ulong Fh = DispatcherFixture.OpenFh;
    private const uint NoLock = 0;

    public static IReadOnlyList<GoldenCase> All { get; } =
    [
        new("LOOKUP", 1, B().Name("näme").ToArray(), "lookup näme", Reply(0, Entry())),
        new("FORGET", 2, B().U64(1).ToArray(), null, null),
        new("GETATTR", 3, B().U32(0, 0).U64(0).ToArray(), "getattr handle=False", Reply(0, Attr())),
        new("GETATTR with handle", 3, B().U32(1, 0).U64(Fh).ToArray(), "getattr handle=True", Reply(0, Attr())),
        new(
            "SETATTR",
            4,
            B().U32(0x3F, 0).U64(0, 12, 99, 5, unchecked((ulong)-6), 7).U32(50, 60, 70, 0x1FF, 0, 3, 4, 0).ToArray(),
            "setattr 3f handle=False 12 1ff 3 4 5.50 -6.60 99",
            Reply(0, Attr())),
        new(
            "SETATTR with handle",
            4,
            B().U32(0x48, 0).U64(Fh, 12, 0, 0, 0, 0).U32(0, 0, 0, 0, 0, 0, 0, 0).ToArray(),
            "setattr 48 handle=True 12 0 0 0 0.0 0.0 0",
            Reply(0, Attr())),
        new("READLINK", 5, [], "readlink", Reply(0, B().Raw("target").ToArray())),
        new("SYMLINK", 6, B().Name("link").Name("../to").ToArray(), "symlink link ../to", Reply(0, Entry())),
        new("MKNOD", 8, B().U32(0x11A4, 0x0103, 0x12, 0).Name("fifo").ToArray(), "mknod fifo 11a4 12 259", Reply(0, Entry())),
        new("MKDIR", 9, B().U32(0x1ED, 0x12).Name("dir").ToArray(), "mkdir dir 41ed 12 0", Reply(0, Entry())),
        new("UNLINK", 10, B().Name("a").ToArray(), "unlink a", Reply(0)),
        new("RMDIR", 11, B().Name("a").ToArray(), "rmdir a", Reply(0)),
        new("RENAME", 12, B().U64(2).Name("old").Name("new").ToArray(), "rename old 2 new 0", Reply(0)),
        new("LINK", 13, B().U64(2).Name("again").ToArray(), "link 2 again", Reply(0, Entry())),
        new("OPEN", 14, B().U32(0x8002, 1).ToArray(), "open 8002 1", Reply(0, B().U64(2).U32(1, 0).ToArray())),
        new("READ", 15, B().U64(Fh, 4096).U32(6, 0).U64(0).U32(0x800, 0).ToArray(), "read 4096+6 800", Reply(0, B().Raw("some b").ToArray())),
        new(
            "WRITE",
            16,
            B().U64(Fh, 512).U32(5, 2).U64(88).U32(0x401, 0).Raw("bytes").ToArray(),
            "write 512 bytes 401 2 88",
            Reply(0, B().U32(5, 0).ToArray())),
        new("STATFS", 17, [], "statfs", Reply(0, B().U64(1, 2, 3, 4, 5).U32(6, 255, 7).Zero(28).ToArray())),
        new("RELEASE", 18, B().U64(Fh).U32(0x8000, 2).U64(88).ToArray(), "release 8000 2 88", Reply(0)),
        new("FSYNC", 20, B().U64(Fh).U32(0, 0).ToArray(), "fsync False", Reply(0)),
        new("FSYNC of data", 20, B().U64(Fh).U32(1, 0).ToArray(), "fsync True", Reply(0)),
        new("SETXATTR", 21, B().U32(3, 1, 1, 0).Name("user.a").Raw("abc").ToArray(), "setxattr user.a=abc 1 1", Reply(0)),
        new("GETXATTR", 22, B().U32(100, 0).Name("user.a").ToArray(), "getxattr user.a 100", Reply(0, B().Raw("value").ToArray())),
        new("GETXATTR of size", 22, B().U32(0, 0).Name("user.a").ToArray(), "getxattr user.a 0", Reply(0, B().U32(5, 0).ToArray())),
        new("LISTXATTR", 23, B().U32(100, 0).ToArray(), "listxattr 100", Reply(0, B().Name("user.a").Name("user.b").ToArray())),
        new("REMOVEXATTR", 24, B().Name("user.a").ToArray(), "removexattr user.a", Reply(0)),
        new("FLUSH", 25, B().U64(Fh).U32(0, 0).U64(88).ToArray(), "flush 88", Reply(0)),
        new("INIT again", 26, B().U32(7, 45, 0, 0).Zero(48).ToArray(), null, Reply(5)),
        new("OPENDIR", 27, B().U32(0x18800, 0).ToArray(), "opendir 18800 0", Reply(0, B().U64(2).U32(8, 0).ToArray())),
        new("READDIR", 28, B().U64(Fh, 0).U32(4096, 0).U64(0).U32(0, 0).ToArray(), "readdir 0+4096 plus=False", Reply(0, Directory(plus: false))),
        new("RELEASEDIR", 29, B().U64(Fh).U32(0x18800, 0).U64(0).ToArray(), "release 18800 0 0", Reply(0)),
        new("FSYNCDIR", 30, B().U64(Fh).U32(0, 0).ToArray(), "fsync False", Reply(0)),
        new("GETLK", 31, Lock(0), "getlk 5 10-20 1 4242 flock=False wait=False", Reply(0, B().U64(10, 19).U32(1, 33).ToArray())),
        new("SETLK", 32, Lock(0), "setlk 5 10-20 1 4242 flock=False wait=False", Reply(11)),
        new("SETLKW", 33, Lock(1), "setlk 5 10-20 1 4242 flock=True wait=True", Reply(11)),
        new("ACCESS", 34, B().U32(4, 0).ToArray(), "access 4", Reply(13)),
        new(
            "CREATE",
            35,
            B().U32(0x8041, 0x81A4, 0x12, 1).Name("new").ToArray(),
            "create new 8041 81a4 12 1 group=50",
            Reply(0, [.. Entry(), .. B().U64(2).U32(0x80, 5).ToArray()]))
        {
            Extensions = B().U32(24, 32, 1, 50, 0, 0).ToArray(),
        },
        new("INTERRUPT", 36, B().U64(4711).ToArray(), null, null),
        new("BMAP", 37, B().U64(1).U32(512, 0).ToArray(), null, Reply(38)),
        new("DESTROY", 38, [], null, Reply(0)),
        new("IOCTL", 39, B().U64(Fh).U32(0, 0x5401).U64(0).U32(0, 0).ToArray(), null, Reply(25)),
        new("POLL", 40, B().U64(Fh, 66).U32(1, 0x5).ToArray(), "poll 66 True 5", Reply(0, B().U32(1, 0).ToArray())),
        new("NOTIFY_REPLY", 41, B().Zero(40).ToArray(), null, null),
        new("BATCH_FORGET", 42, B().U32(2, 0).U64(2, 1, 3, 1).ToArray(), null, null),
        new("FALLOCATE", 43, B().U64(Fh, 10, 20).U32(3, 0).ToArray(), "fallocate 10+20 3", Reply(0)),
        new("READDIRPLUS", 44, B().U64(Fh, 7).U32(4096, 0).U64(0).U32(0, 0).ToArray(), "readdir 7+4096 plus=True", Reply(0, Directory(plus: true))),
        new("RENAME2", 45, B().U64(2).U32(2, 0).Name("old").Name("new").ToArray(), "rename old 2 new 2", Reply(0)),
        new("LSEEK", 46, B().U64(Fh, 100).U32(3, 0).ToArray(), "lseek 100 3", Reply(0, B().U64(8192).ToArray())),
        new("COPY_FILE_RANGE", 47, B().U64(Fh, 1, 2, Fh, 3, 4, 0).ToArray(), "copy 1 same=True 3+4 0", Reply(0, B().U32(4, 0).ToArray())),
        new("SETUPMAPPING", 48, B().U64(Fh, 0, 0, 0, 0).ToArray(), null, Reply(38)),
        new("REMOVEMAPPING", 49, B().U32(0).ToArray(), null, Reply(38)),
        new("SYNCFS", 50, B().U64(0).ToArray(), "syncfs", Reply(0)),
        new("TMPFILE", 51, B().U32(0x418002, 0x8180, 0x12, 0).Name("#7").ToArray(), "tmpfile 418002 8180 12", Reply(0, [.. Entry(), .. B().U64(2).U32(0, 0).ToArray()])),
        new("STATX", 52, B().U32(0, 0).U64(0).U32(0, 0xFFF).ToArray(), null, Reply(38)),
        new("COPY_FILE_RANGE_64", 53, B().U64(Fh, 1, 2, Fh, 3, 4, 0).ToArray(), "copy 1 same=True 3+4 0", Reply(0, B().U64(4).ToArray())),
        new("opcode 7", 7, [], null, Reply(38)),
        new("opcode 19", 19, [], null, Reply(38)),
        new("opcode 999", 999, B().U64(1).ToArray(), null, Reply(38)),
    ];

    private static ByteWriter B() => new();

    private static byte[] Attributes() => B().U64(77, 4097, 16, 1, 2, 3).U32(4, 5, 6, 0x81A4, 1, 1000, 100, 9, 4096, 0).ToArray();

    private static byte[] Attr() => [.. B().U64(2).U32(0, 0).ToArray(), .. Attributes()];

    // Names are cached for 1.5 s, attributes for 2 s.
    private static byte[] Entry() => [.. B().U64(2, 0, 1, 2).U32(500_000_000, 0).ToArray(), .. Attributes()];

    private static byte[] Lock(uint flags) => B().U64(Fh, 5, 10, 20).U32(1, Pid, flags, NoLock).ToArray();

    private static byte[] Directory(bool plus) =>
    [
        .. plus ? new byte[128] : [],
        .. B().U64(1, 1).U32(1, 4).Raw(".").Zero(7).ToArray(),
        .. plus ? Entry() : [],
        .. B().U64(77, 2).U32(4, 8).Raw("name").Zero(4).ToArray(),
    ];
}
