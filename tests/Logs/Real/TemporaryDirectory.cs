namespace StreamActors.Logs.Tests;

/// <summary>A directory on the real disk, gone at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("streamactors-logs-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
