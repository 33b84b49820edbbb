using System.Buffers;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>A name that a directory of a stream lists.</summary>
/// <param name="Name">The file name.</param>
/// <param name="Ino">Its inode number.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="Place">Its place in the listing, rising; the same whenever it is listed.</param>
internal readonly record struct ListedName(byte[] Name, ulong Ino, bool IsDirectory, long Place)
{
    /// <summary>A name whose place follows from its inode number, where nothing else gives it one that stays.</summary>
    public static ListedName ByNumber(byte[] name, ulong ino, bool isDirectory) =>
        new(name, ino, isDirectory, (long)(ino & (long.MaxValue >> 1)));

    /// <summary>Names in the order of their places.</summary>
    public static List<ListedName> InOrder(List<ListedName> names)
    {
        names.Sort(static (one, other) => one.Place.CompareTo(other.Place));
        return names;
    }
}

/// <summary>A directory of a stream, as its handles list it.</summary>
internal interface IListedDirectory
{
    /// <summary>The inode number.</summary>
    ulong Number { get; }

    /// <summary>The inode number of the directory above.</summary>
    ulong ParentNumber { get; }

    /// <summary>Gets the names from the actors.</summary>
    /// <param name="call">The parked call that wants them; answered here where that fails.</param>
    /// <param name="listed">Gets the names, in the order of their places.</param>
    void List(Call call, Action<IReadOnlyList<ListedName>> listed);
}

/// <summary>An open directory of a stream: the names as they were when the listing began.</summary>
internal sealed class ListingHandle : Handle
{
    // An offset says behind which entry to go on; 0 is before all, then come these two.
    private const long OffsetOfSelf = 1;
    private const long OffsetOfParent = 2;
    private const long FirstOffset = 3;
    private const uint DirectoryType = 4;
    private const uint FileType = 8;

    private readonly IListedDirectory _directory;
    private volatile IReadOnlyList<ListedName>? _names;

    public ListingHandle(Inode inode, IListedDirectory directory)
        : base(inode) => _directory = directory;

    /// <inheritdoc/>
    public override void ReadDir(Call call, in ReadDirRequest request, Span<byte> buffer)
    {
        if (request.Offset != 0 && _names is { } names)
        {
            var writer = new DirectoryWriter(call.Tree, buffer[..request.Size], request.Plus);
            Write(ref writer, names, request.Offset);
            call.Data(writer.Written);
            return;
        }
        var (parked, wanted) = (call.Park(), request);
        _directory.List(parked, listed =>
        {
            _names = listed;
            var rented = ArrayPool<byte>.Shared.Rent(wanted.Size);
            var writer = new DirectoryWriter(parked.Tree, rented.AsSpan(0, wanted.Size), wanted.Plus);
            Write(ref writer, listed, wanted.Offset);
            parked.Data(writer.Written);
            ArrayPool<byte>.Shared.Return(rented);
        });
    }

    private void Write(ref DirectoryWriter writer, IReadOnlyList<ListedName> names, long offset)
    {
        if (offset < OffsetOfSelf && !writer.TryAdd("."u8, _directory.Number, DirectoryType, OffsetOfSelf))
            return;
        if (offset < OffsetOfParent && !writer.TryAdd(".."u8, _directory.ParentNumber, DirectoryType, OffsetOfParent))
            return;
        for (var i = FirstBehind(names, offset); i < names.Count; i++)
        {
            var entry = names[i];
            // The kernel looks names up itself when it wants their attributes.
            if (!writer.TryAdd(entry.Name, entry.Ino, entry.IsDirectory ? DirectoryType : FileType, FirstOffset + entry.Place))
                return;
        }
    }

    private static int FirstBehind(IReadOnlyList<ListedName> names, long offset)
    {
        var (low, high) = (0, names.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = FirstOffset + names[middle].Place <= offset ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
