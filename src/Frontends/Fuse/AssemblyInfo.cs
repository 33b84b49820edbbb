using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("StreamActors.Fuse.Tests")]
[assembly: InternalsVisibleTo("StreamActors.Simulation.Tests")]
