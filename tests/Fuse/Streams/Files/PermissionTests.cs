using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>Who may open a file, where the kernel does not check that.</summary>
public sealed class PermissionTests() : PlayedActors(kernelChecksPermissions: false)
{
    [Fact]
    public void Open_ByAnotherUserThanTheOwner_IsRefused()
    {
        CallerUid = 1234;
        var partition = Partitioned(FileView.Plain);
        foreach (var flags in new[] { 0u, WriteOnly | Append })
            Assert.Equal(Errno.EACCES, Answered(Ask(call => partition.Open(call, new OpenRequest(flags, 0)))).Error);
        foreach (var file in new[] { Merged(FileView.Plain), Partitioned(FileView.Plain with { Cursor = new("c") }) })
            Assert.Equal(Errno.EACCES, Answered(Ask(call => file.Open(call, new OpenRequest(0, 0)))).Error);
        var sink = Sink(Messages.ViewKind.Default);
        Assert.Equal(Errno.EACCES, Answered(Ask(call => sink.Open(call, new OpenRequest(WriteOnly, 0)))).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Open_ByTheOwner_IsAllowed()
    {
        CallerUid = OwnerUid;
        Open(Partitioned(FileView.Plain), WriteOnly | Append, new Lines());
        Open(Partitioned(FileView.Plain), 0, new Lines());
        Assert.Equal(2, Mounted.Handles.Count);
    }
}
