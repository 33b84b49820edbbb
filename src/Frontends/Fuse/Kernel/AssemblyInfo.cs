using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("StreamActors.Fuse")]
[assembly: InternalsVisibleTo("StreamActors.Fuse.Tests")]
