using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>Log directories as older programs have left them.</summary>
public sealed class OlderFormatTests
{
    /// <summary>
    /// Stream films: comedy has two messages, a cursor behind the first, and a third message in the journal; drama has one;
    /// western is in the journal only. Its server was killed.
    /// </summary>
    private const string Version2 = "version-2.tar.gz";

    [Fact]
    public void Directory_OfVersion2_HasEverythingAndIsOneOfThisVersionThen()
    {
        using var root = new TemporaryDirectory();
        Unpack(Version2, root.Path);
        for (var start = 0; start < 2; start++)
        {
            using var log = Open(root.Path);
            Assert.Empty(log.Findings);
            Assert.StartsWith("streamactors-log 3\n", File.ReadAllText($"{root.Path}/format"), StringComparison.Ordinal);
            Assert.Equal(start == 0 ? "first\nsecond\nthird\n" : "first\nsecond\nthird\nmore\n", Text(log, "comedy", ViewKind.Default));
            Assert.StartsWith("one\n", Text(log, "drama", ViewKind.Default), StringComparison.Ordinal);
            Assert.StartsWith("new\n", Text(log, "western", ViewKind.Default), StringComparison.Ordinal);
            var lines = Text(log, "comedy", ViewKind.Json).Split('\n');
            Assert.Contains("\"key\":\"k2\",\"headers\":[{\"key\":\"h\",\"value\":\"v\"}],\"value\":\"second\"", lines[1], StringComparison.Ordinal);
            Assert.Contains("\"key\":\"k3\"", lines[2], StringComparison.Ordinal);
            foreach (var topic in log.Catalog.Now.Topics.Values)
                Assert.Null(log.Append(topic.Partitions[0], Keyed("more")).Fault);
            Assert.Contains("\"key\":\"key\",\"value\":\"more\"", Text(log, "comedy", ViewKind.Json), StringComparison.Ordinal);
            Assert.Null(log.Close());
        }
    }

    [Fact]
    public void Directory_OfVersion2_PartitionIsRemovedAfterwards_IsFound()
    {
        using var root = new TemporaryDirectory();
        Unpack(Version2, root.Path);
        IncarnationId drama;
        using (var log = Open(root.Path))
            drama = log.Catalog.Now.Topic("films", "drama")!.Partitions[0];
        Directory.Delete($"{root.Path}/partitions/{drama}", recursive: true);
        using var again = Open(root.Path);
        Assert.Equal(LogError.Corrupt, again.OpenReader(drama).Fault?.Error);
        Assert.Contains(again.Findings, finding => finding.Kind == FindingKind.Corrupt);
    }

    private static LogDirectory Open(string root)
    {
        var log = LogDirectory.Open(DiskFileSystem.Instance, root, Workload.Options, new TestClock()).Value;
        Assert.Null(log.Catalog.Sweep());
        return log;
    }

    private static string Text(LogDirectory log, string topic, ViewKind kind)
    {
        using var reader = log.OpenReader(log.Catalog.Now.Topic("films", topic)!.Partitions[0]).Value;
        var view = PartitionView.Open(reader, kind).Value;
        var bytes = new byte[view.Length];
        Assert.Equal(bytes.Length, view.Read(0, bytes).Value);
        return Encoding.UTF8.GetString(bytes);
    }

    private static Batch Keyed(string value)
    {
        var batch = new Batch();
        Assert.Null(batch.Add(new LogMessage(Encoding.UTF8.GetBytes(value), 1000, Key: "key"u8.ToArray())));
        return batch;
    }

    private static void Unpack(string name, string path)
    {
        using var packed = typeof(OlderFormatTests).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new GZipStream(packed, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(bytes, path, overwriteFiles: true);
    }
}
