using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("StreamActors.Fuse.Tests")]
