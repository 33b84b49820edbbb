using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamActors.Kafka;

/// <summary>
/// What is called of librdkafka itself, because its wrapper takes one message at a time. It is the library that the wrapper
/// has loaded, and clients of the wrapper's.
/// </summary>
internal static class Librdkafka
{
    /// <summary>What imports name.</summary>
    public const string Library = "librdkafka";

    static Librdkafka()
    {
        // The structures that are read here are those of 64 bits.
        if (IntPtr.Size != sizeof(long))
            throw new PlatformNotSupportedException("Kafka volumes need a 64-bit process");
        NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, Load);
    }

    /// <summary>Has imports of other classes find the library; called before their first is used.</summary>
    public static void Use()
    {
        // The static constructor has done it.
    }

    /// <summary>The native client behind one of the wrapper's.</summary>
    /// <param name="client">The wrapper's.</param>
    /// <returns>It; the wrapper closes it.</returns>
    public static SafeHandle HandleOf(Handle client) => (SafeHandle)NativeHandle(client);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_LibrdkafkaHandle")]
    [return: UnsafeAccessorType("Confluent.Kafka.Impl.SafeKafkaHandle, Confluent.Kafka")]
    private static extern object NativeHandle(Handle client);

    /// <summary>The package has one build for each family of Linux; the wrapper takes the first whose own libraries are here.</summary>
    private static IntPtr Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var build in new[] { Library, $"centos8-{Library}", $"alpine-{Library}" })
            if (name == Library && NativeLibrary.TryLoad(build, typeof(Handle).Assembly, null, out var handle))
                return handle;
        return IntPtr.Zero;
    }

#pragma warning disable CA5392, SYSLIB1054 // Found by the resolver above; source-generated imports would be unsafe code.
    [DllImport(Library)]
    internal static extern IntPtr rd_kafka_queue_get_consumer(IntPtr client);

    [DllImport(Library)]
    internal static extern void rd_kafka_queue_destroy(IntPtr queue);

    [DllImport(Library)]
    internal static extern void rd_kafka_queue_yield(IntPtr queue);

    [DllImport(Library)]
    internal static extern nint rd_kafka_consume_batch_queue(IntPtr queue, int milliseconds, ref IntPtr messages, nint size);

    [DllImport(Library)]
    internal static extern void rd_kafka_message_destroy(IntPtr message);

    [DllImport(Library)]
    internal static extern IntPtr rd_kafka_message_errstr(IntPtr message);

    [DllImport(Library), SuppressGCTransition]
    internal static extern long rd_kafka_message_timestamp(IntPtr message, out int type);

    [DllImport(Library)]
    internal static extern int rd_kafka_message_headers(IntPtr message, out IntPtr headers);

    [DllImport(Library)]
    internal static extern nint rd_kafka_header_cnt(IntPtr headers);

    [DllImport(Library)]
    internal static extern int rd_kafka_header_get_all(IntPtr headers, nint index, out IntPtr name, out IntPtr value, out nint size);

    [DllImport(Library)]
    internal static extern IntPtr rd_kafka_topic_name(IntPtr topic);
#pragma warning restore CA5392, SYSLIB1054
}
