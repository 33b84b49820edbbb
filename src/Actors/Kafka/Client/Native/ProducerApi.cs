using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Kafka;

/// <summary>
/// What a producer calls of librdkafka directly: messages are handed over, and answered, many in one call. Confluent's client
/// has a delegate and a handle for each.
/// </summary>
internal static class ProducerApi
{
    /// <summary>Room for the library's texts of errors, in bytes.</summary>
    public const int ErrorBytes = 512;

    public const int CopiesBytes = 2;

    public const int DeliveryEvent = 1, LogEvent = 4, ErrorEvent = 8;

    public const int PurgesAll = 1 | 2;

    private const string Library = Librdkafka.Library;

    static ProducerApi() => Librdkafka.Use();

    /// <summary>A message as the library has it, <c>rd_kafka_message_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Error;
        public IntPtr Topic;
        public int Partition;
        public IntPtr Value;
        public nint ValueLength;
        public IntPtr Key;
        public nint KeyLength;
        public long Offset;
        public IntPtr Tag;
    }

    /// <summary>One argument of a message that is handed over alone, <c>rd_kafka_vu_t</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 72)]
    public struct Argument
    {
        public const int Topic = 2, Partition = 3, Value = 4, Key = 5, Tag = 6, Flags = 7, Timestamp = 8, Headers = 10;

        [FieldOffset(0)]
        public int Kind;

        [FieldOffset(8)]
        public long Number;

        [FieldOffset(8)]
        public IntPtr Pointer;

        [FieldOffset(16)]
        public nint Length;
    }

    /// <summary>A producer; it is destroyed when the last call that uses it has returned.</summary>
    public sealed class ProducerHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public ProducerHandle()
            : base(ownsHandle: true)
        {
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            rd_kafka_destroy(handle);
            return true;
        }
    }

#pragma warning disable CA2101, CA5392, SYSLIB1054 // Names of librdkafka, found by the resolver; source-generated imports would be unsafe code.
    [DllImport(Library)]
    public static extern IntPtr rd_kafka_conf_new();

    [DllImport(Library)]
    public static extern void rd_kafka_conf_destroy(IntPtr conf);

    [DllImport(Library)]
    public static extern int rd_kafka_conf_set(
        IntPtr conf, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, [Out] byte[] error, nint size);

    [DllImport(Library)]
    public static extern void rd_kafka_conf_set_events(IntPtr conf, int events);

    [DllImport(Library)]
    public static extern ProducerHandle rd_kafka_new(int type, IntPtr conf, [Out] byte[] error, nint size);

    [DllImport(Library)]
    private static extern void rd_kafka_destroy(IntPtr client);

    [DllImport(Library)]
    public static extern int rd_kafka_set_log_queue(ProducerHandle client, IntPtr queue);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_queue_get_main(ProducerHandle client);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_queue_poll(IntPtr queue, int milliseconds);

    [DllImport(Library)]
    public static extern int rd_kafka_flush(ProducerHandle client, int milliseconds);

    [DllImport(Library)]
    public static extern int rd_kafka_purge(ProducerHandle client, int flags);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_topic_new(ProducerHandle client, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, IntPtr conf);

    [DllImport(Library)]
    public static extern void rd_kafka_topic_destroy(IntPtr topic);

    [DllImport(Library)]
    public static extern int rd_kafka_last_error();

    [DllImport(Library)]
    public static extern int rd_kafka_produce_batch(IntPtr topic, int partition, int flags, [In, Out] Message[] messages, int count);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_produceva(ProducerHandle client, [In] Argument[] arguments, nint count);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_headers_new(nint count);

    [DllImport(Library)]
    public static extern void rd_kafka_headers_destroy(IntPtr headers);

    [DllImport(Library)]
    public static extern int rd_kafka_header_add(IntPtr headers, [In] byte[] name, nint nameLength, IntPtr value, nint valueLength);

    [DllImport(Library)]
    public static extern int rd_kafka_error_code(IntPtr error);

    [DllImport(Library)]
    public static extern void rd_kafka_error_destroy(IntPtr error);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_err2str(int error);

    [DllImport(Library)]
    public static extern int rd_kafka_event_type(IntPtr told);

    [DllImport(Library)]
    public static extern void rd_kafka_event_destroy(IntPtr told);

    [DllImport(Library)]
    public static extern nint rd_kafka_event_message_array(IntPtr told, [Out] IntPtr[] messages, nint size);

    [DllImport(Library)]
    public static extern int rd_kafka_event_error(IntPtr told);

    [DllImport(Library)]
    public static extern int rd_kafka_event_error_is_fatal(IntPtr told);

    [DllImport(Library)]
    public static extern IntPtr rd_kafka_event_error_string(IntPtr told);

    [DllImport(Library)]
    public static extern int rd_kafka_event_log(IntPtr told, out IntPtr facility, out IntPtr line, out int level);

    [DllImport(Library)]
    public static extern int rd_kafka_message_status(IntPtr message);
#pragma warning restore CA2101, CA5392, SYSLIB1054
}
