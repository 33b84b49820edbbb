using Microsoft.Extensions.Logging;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Overlay;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;

namespace StreamActors.Fuse.Streams;

/// <summary>The simulated streams of an overlay: JSON files named <c>*.dir</c>, shown as directories.</summary>
public sealed class OverlayStreams : IOverlayStreams
{
    private static ReadOnlySpan<byte> Suffix => ".dir"u8;

    private readonly StreamsContext _context;
    private readonly ISimulatedCatalog _known;

    /// <summary>Makes the front-end of the streams of one mount.</summary>
    /// <param name="system">Where the actors run.</param>
    /// <param name="addresses">Where they are asked.</param>
    /// <param name="known">Which files are known to be streams.</param>
    /// <param name="options">How streams are shown.</param>
    /// <param name="logger">Told of failures, and of topics that can't be shown.</param>
    public OverlayStreams(ActorSystem system, StreamsAddresses addresses, ISimulatedCatalog known, StreamsOptions options, ILogger logger)
    {
        _context = new StreamsContext(system, addresses, options, logger);
        _known = known;
    }

    /// <inheritdoc/>
    public bool Claims(ReadOnlySpan<byte> name) => name.Length > Suffix.Length && name.EndsWith(Suffix);

    /// <inheritdoc/>
    public void Lookup(Call call, ISimulatedFile file, Inode ordinary, in FuseAttr attr)
    {
        if (_known.Find(file) is { } known)
        {
            Show(call, known, ordinary, attr);
            return;
        }
        var (parked, shown) = (call.Park(), attr);
        _context.Ask<CatalogReply>(parked, _context.Addresses.Names, new CatalogRequest.Resolve(file), found => Show(parked, found, ordinary, shown));
    }

    /// <inheritdoc/>
    public void Remove(Call call, ISimulatedFile file)
    {
        var parked = call.Park();
        if (_known.Find(file) is { } known)
            Remove(parked, known);
        else
            _context.Ask<CatalogReply>(parked, _context.Addresses.Names, new CatalogRequest.Resolve(file), found => Remove(parked, found));
    }

    private void Show(Call call, CatalogReply found, Inode ordinary, FuseAttr attr)
    {
        if (found is not CatalogReply.Stream stream)
        {
            // What is an ordinary file now may be a stream once its writer has closed it.
            call.Entry(ordinary, attr, TimeSpan.Zero);
            return;
        }
        var attributes = new StreamAttributes(attr);
        // It is in a directory of the overlay, whose number the kernel knows; any number but 0 makes its ".." show.
        var directory = StreamDirectory.Of(_context, InodeTable.RootId, stream.Id, attributes, ViewPath.None);
        call.Entry(directory, directory.DirectoryAttr);
    }

    private void Remove(Call parked, CatalogReply found)
    {
        if (found is CatalogReply.Stream stream)
            _context.Ask<StreamReply.Done>(
                parked, _context.Addresses.Streams, new StreamRequest.Delete(stream.Id), _ => parked.Finish(Errno.None));
        else
            parked.Finish(Errno.ENOTDIR);
    }
}
