using StreamActors.Kafka.Tests;
using StreamActors.Kafka.Tests.Front;

namespace StreamActors.Mounted.Kafka;

/// <summary>
/// Runs scripts beside a cluster. In them <c>put</c> and <c>get</c> are kcat, and <c>cluster</c> does something to it: <c>down</c>
/// and <c>up</c> end and begin its brokers; of a front, <c>remake</c> deletes the topic films and makes it again, <c>guard</c>
/// changes the password and <c>regard</c> changes it back.
/// </summary>
internal static class KafkaSandbox
{
    /// <summary>The password of a front's user <c>me</c>.</summary>
    public const string Password = "correct-horse";

    public static async Task Run(MockCluster cluster, string script)
    {
        using (cluster)
            await Run(cluster.BootstrapServers, new Dictionary<string, Action> { ["down"] = () => cluster.Down(), ["up"] = () => cluster.Up() }, script);
    }

    public static async Task Run(ClusterFront cluster, string script)
    {
        using (cluster)
        {
            var commands = new Dictionary<string, Action>
            {
                ["remake"] = () =>
                {
                    cluster.Topics.Delete("films");
                    cluster.With("films");
                },
                ["guard"] = () => cluster.Guard("me", "changed"),
                ["regard"] = () => cluster.Guard("me", Password),
            };
            await Run(cluster.BootstrapServers, commands, script);
        }
    }

    private static async Task Run(string servers, Dictionary<string, Action> commands, string script)
    {
        var control = Directory.CreateTempSubdirectory("streamactors-cluster-");
        using (var watcher = new FileSystemWatcher(control.FullName))
        {
            watcher.Created += (_, made) =>
            {
                commands[made.Name!]();
                File.Delete(made.FullPath);
            };
            watcher.EnableRaisingEvents = true;
            await Sandbox.Run(
                $$"""
                SERVERS={{servers}} CONTROL={{control.FullName}}
                put() { local topic=$1; shift; kcat -P -q -b "$SERVERS" -t "$topic" "$@"; }
                get() { local topic=$1; shift; kcat -C -q -e -b "$SERVERS" -t "$topic" "$@"; }
                cluster() { touch "$CONTROL/$1"; until [ ! -e "$CONTROL/$1" ]; do sleep 0.05; done; }

                """ + script);
        }
        control.Delete(recursive: true);
    }
}
