using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.Runtime;
using StreamActors.Streams;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>A log volume on the machine's own disk, threads and clock.</summary>
public sealed class ThreadsTests : TestKitBase
{
    private const int Writers = 8;
    private const int MessagesOfEach = 100;

    [Fact]
    public async Task Volume_ManyWritersAndFollowers_EachSeesEveryMessageOnceAndWhole()
    {
        var root = Directory.CreateTempSubdirectory("streamactors");
        try
        {
            var options = new LogVolumeOptions
            {
                Directory = Path.Combine(root.FullName, "log"),
                Log = new LogOptions { NewDirectoryId = Sys.NewGuid(), Holder = "a test" },
                Partitions = 2,
            };
            await using var volume = LogVolume.Start(Sys, options, new EntitySettings(), NullLogger.Instance).Value!;
            var partitions = await MakeTopicAsync(volume);
            var followers = partitions.SelectMany(partition => new[] { FollowAsync(volume, partition, 1), FollowAsync(volume, partition, 2) }).ToArray();
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(volume, partitions[writer % partitions.Count], writer)));

            var texts = await Task.WhenAll(followers).WaitAsync(Deadline);

            Assert.Equal((texts[0], texts[2]), (texts[1], texts[3]));
            for (var writer = 0; writer < Writers; writer++)
            {
                var mine = texts[writer % partitions.Count * 2].Split('\n').Where(line => line.StartsWith($"{writer} ", StringComparison.Ordinal));
                Assert.Equal(Enumerable.Range(0, MessagesOfEach).Select(i => $"{writer} {i}"), mine);
            }
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<PartitionId>> MakeTopicAsync(LogVolume volume)
    {
        var stream = await volume.Names.Ask<VolumeReply.Found>(new VolumeRequest.CreateStream(new EntityName("films")), Deadline);
        var topic = await volume.Regions.Streams.Ask<StreamReply.Found>(
            new StreamRequest.CreateTopic(stream.Entry.Id, new EntityName("comedy")), Deadline);
        return (await volume.Regions.Topics.Ask<TopicReply.Partitions>(new TopicRequest.ListPartitions(topic.Entry.Id), Deadline)).Ids;
    }

    private static async Task WriteAsync(LogVolume volume, PartitionId partition, int writer)
    {
        var batch = new MessageBatch();
        for (var i = 0; i < MessagesOfEach; i++)
        {
            batch.Clear();
            batch.Add(Encoding.ASCII.GetBytes($"{writer} {i}"));
            await volume.Regions.Partitions.Ask<PartitionReply.Appended>(new PartitionRequest.Append(partition, batch), Deadline);
            if (i % 25 == 0)
                await volume.Regions.Partitions.Ask<PartitionReply.Done>(new PartitionRequest.Sync(partition), Deadline);
        }
    }

    private static async Task<string> FollowAsync(LogVolume volume, PartitionId partition, long number)
    {
        var handle = new HandleId(Guid.Empty, number);
        var opened = await volume.Regions.Partitions.Ask<PartitionReply.Opened>(new PartitionRequest.Open(partition, handle, ViewId.Default), Deadline);
        using var reader = opened.Reader;
        var text = new StringBuilder();
        var buffer = new byte[1000];
        long position = 0;
        for (long waiter = 1, lines = 0; lines < Writers / 2 * MessagesOfEach;)
        {
            Assert.Equal(Fault.None, reader.Read(position, buffer, out var count));
            position += count;
            lines += buffer.AsSpan(0, count).Count((byte)'\n');
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            if (count == 0)
                await volume.Regions.Partitions.Ask<PartitionReply.Grown>(
                    new PartitionRequest.Wait(partition, handle, new WaiterId(waiter++), position), Deadline);
        }
        volume.Regions.Partitions.Tell(new PartitionRequest.Close(partition, handle), ActorRefs.NoSender);
        return text.ToString();
    }
}
