namespace StreamActors.Mounted;

/// <summary>The program under test, as <c>./build.sh build</c> leaves it.</summary>
internal static class Launcher
{
    /// <summary>Its path: the environment's LAUNCHER, or where the build of this tree puts it.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("LAUNCHER") ?? Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "artifacts/bin/streamactors");
            if (File.Exists(candidate))
                return candidate;
        }
        throw new FileNotFoundException("artifacts/bin/streamactors: run ./build.sh build first, or set LAUNCHER");
    }
}
