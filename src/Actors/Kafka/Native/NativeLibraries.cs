using System.Reflection;
using System.Runtime.InteropServices;

namespace StreamActors.Kafka.Native;

/// <summary>Finds the library of librdkafka for what is called of it directly.</summary>
internal static class NativeLibraries
{
    /// <summary>What imports name.</summary>
    public const string Librdkafka = "librdkafka";

    // The package has one build for each family of Linux; the first whose own libraries are here is taken, as Confluent's client does.
    private static readonly string[] s_builds = [Librdkafka, $"centos8-{Librdkafka}", $"alpine-{Librdkafka}"];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Load);

    /// <summary>Has imports of this assembly find it; called by each class that has some, before the first is used.</summary>
    public static void Use()
    {
        // The static constructor has done it.
    }

    private static IntPtr Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var build in name == Librdkafka ? s_builds : [])
            if (NativeLibrary.TryLoad(build, assembly, path, out var handle))
                return handle;
        return IntPtr.Zero;
    }
}
