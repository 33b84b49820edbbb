using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamActors.Kafka.Tests.Front;

namespace StreamActors.Benchmarks.Kafka;

/// <summary>A hundred partitions that ten readers each follow: every message is fetched once.</summary>
internal sealed class Followers(KafkaBenchmarks benchmarks)
{
    private const int Partitions = 100, Readers = 10, Messages = 10, StackBytes = 128 << 10;

    public void Run()
    {
        using var cluster = new ClusterFront().With("followed", Partitions);
        using var mount = benchmarks.Mount("followers", cluster.BootstrapServers);
        using var waiting = new CountdownEvent(Partitions * Readers);
        using var ended = new CountdownEvent(Partitions * Readers);
        for (var reader = 0; reader < Partitions * Readers; reader++)
        {
            var path = Path.Combine(mount.Root, $"kafka/followed/.follow/{reader % Partitions}");
            new Thread(() => Follow(path, waiting, ended), StackBytes).Start();
        }
        waiting.Wait();
        var watch = Stopwatch.StartNew();
        using (var producer = KafkaBenchmarks.NewProducer(cluster.BootstrapServers))
        {
            for (var number = 0; number < Messages; number++)
                for (var partition = 0; partition < Partitions; partition++)
                    producer.Produce(new TopicPartition("followed", partition), new Message<Null, byte[]> { Value = Encoding.ASCII.GetBytes($"{number}") });
            producer.Flush(TimeSpan.FromMinutes(1));
        }
        ended.Wait();
        KafkaBenchmarks.Row(
            $"{Partitions} partitions followed by {Readers} readers each: messages that brokers sent, of {Partitions * Messages}",
            $"{cluster.Delivered("followed")} (seen by all after {watch.Elapsed.TotalMilliseconds:0} ms)", "", "each once");
        KafkaBenchmarks.Row($"memory then (RSS)", $"{KafkaBenchmarks.ResidentMegabytes(mount.Server):0} MB", "", "");
    }

    private static void Follow(string path, CountdownEvent waiting, CountdownEvent ended)
    {
        var fd = Libc.Open(path, Libc.O_RDONLY);
        waiting.Signal();
        var buffer = new byte[4096];
        // Each message is a digit and its newline.
        for (long position = 0; position < 2 * Messages;)
            position += Libc.Read(fd, buffer, position);
        Libc.Close(fd);
        ended.Signal();
    }
}
