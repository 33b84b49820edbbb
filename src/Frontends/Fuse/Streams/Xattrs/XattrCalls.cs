using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;

namespace StreamActors.Fuse.Streams;

/// <summary>Answers the calls of extended attributes from what an object has.</summary>
internal static class XattrCalls
{
    private const uint CreateOnly = 1;

    /// <summary>What all names begin with.</summary>
    public static ReadOnlySpan<byte> Prefix => "user.streamactors."u8;

    /// <summary>LISTXATTR. Asks nobody, since listing a directory asks it of each file.</summary>
    public static void List(Call call, IXattrs? xattrs, int size)
    {
        var list = new List<byte>();
        foreach (var name in xattrs?.Names ?? [])
        {
            list.AddRange(Prefix);
            list.AddRange(Encoding.ASCII.GetBytes(name));
            list.Add(0);
        }
        Answer(call, [.. list], size);
    }

    /// <summary>GETXATTR.</summary>
    public static void Get(Call call, IXattrs? xattrs, ReadOnlySpan<byte> name, int size)
    {
        var index = IndexOf(xattrs, name);
        if (index < 0)
            call.Finish(Errno.ENODATA);
        else
        {
            var parked = call.Park();
            xattrs!.Describe(parked, values => Answer(parked, Encoding.UTF8.GetBytes(values[index]), size));
        }
    }

    /// <summary>SETXATTR: what only tells is EPERM, and there is no place for others.</summary>
    public static void Set(Call call, IXattrs? xattrs, in SetXattrRequest request)
    {
        var index = IndexOf(xattrs, request.Name);
        if (index < 0)
            call.Finish(Errno.EOPNOTSUPP);
        else if ((request.Flags & CreateOnly) != 0)
            call.Finish(Errno.EEXIST);
        else if (!xattrs!.TrySet(call, xattrs.Names[index], request.Value))
            call.Finish(Errno.EPERM);
    }

    /// <summary>REMOVEXATTR.</summary>
    public static void Remove(Call call, IXattrs? xattrs, ReadOnlySpan<byte> name) =>
        call.Finish(IndexOf(xattrs, name) < 0 ? Errno.ENODATA : Errno.EPERM);

    private static int IndexOf(IXattrs? xattrs, ReadOnlySpan<byte> name)
    {
        if (xattrs is null || !name.StartsWith(Prefix))
            return -1;
        for (var index = 0; index < xattrs.Names.Count; index++)
            if (Ascii.Equals(name[Prefix.Length..], xattrs.Names[index]))
                return index;
        return -1;
    }

    private static void Answer(Call call, ReadOnlySpan<byte> value, int size)
    {
        if (size == 0)
            call.XattrSize(value.Length);
        else if (size < value.Length)
            call.Finish(Errno.ERANGE);
        else
            call.Data(value);
    }
}
