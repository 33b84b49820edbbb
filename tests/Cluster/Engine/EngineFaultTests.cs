namespace StreamActors.Cluster.Tests.Engine;

/// <summary>Hosts with actors, and faults from a seed. STREAMACTORS_SEEDS=100 tries a hundred times as many.</summary>
public sealed class EngineFaultTests
{
    private const int Entities = 12;
    private const int Steps = 300;
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Mended = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(
        0, 6 * (int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), out var factor) ? factor : 1))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Hosts_FaultsFromASeed_OneAnswersAndEveryAskEnds(int seed)
    {
        var random = new Random(seed);
        var world = new EngineWorld(seed);
        world.Start(Names);
        var asks = new List<(EngineHost Host, Task<string> Ask)>();
        for (var step = 0; step < Steps; step++)
        {
            if (random.Next(10) == 0) await StrikeAsync(world, random);
            foreach (var host in world.Hosts.Values)
                asks.Add((host, host.AskAsync(random.Next(Entities), random.Next(4) == 0 ? "wait" : "where")));
            world.Simulation.RunUntil(() => !OneAnswers(world), Step);
            Assert.True(OneAnswers(world), $"Seed {seed}: an entity answers on two hosts");
        }

        Mend(world);
        world.Simulation.Advance(Mended);
        // Whoever still waits was put where somebody can wake him.
        foreach (var host in world.Hosts.Values)
            for (var entity = 0; entity < Entities; entity++) await world.Simulation.Complete(host.AskAsync(entity, "wake"), Patience);
        world.Simulation.Advance(TimeSpan.FromSeconds(1));

        Assert.All(asks, ask => Assert.True(ask.Host.IsKilled || ask.Ask.IsCompleted, $"Seed {seed}: an ask did not end"));
        for (var entity = 0; entity < Entities; entity++)
        {
            var places = new List<string>();
            foreach (var host in world.Hosts.Values) places.Add(await world.Simulation.Complete(host.AskAsync(entity, "where"), Patience));
            Assert.Single(places.Distinct());
        }
    }

    private static bool OneAnswers(EngineWorld world) => Enumerable.Range(0, Entities)
        .All(entity => world.Hosts.Values.Count(host => host.Answers($"e{entity}")) <= 1);

    private static async Task StrikeAsync(EngineWorld world, Random random)
    {
        var host = world.Hosts[Names[random.Next(Names.Length)]];
        switch (random.Next(7))
        {
            case 0:
                await world.RestartAsync(host.Name);
                break;
            case 1:
                host.Etcd.IsCutOff = true;
                break;
            case 2 or 3:
                host.Etcd.IsCutOff = false;
                break;
            case 4:
                world.Etcd.IsAway = !world.Etcd.IsAway;
                break;
            case 5:
                (world.LossPerMille, world.DoublePerMille) = (random.Next(300), random.Next(300));
                break;
            case 6:
                world.Etcd.ElectLeader();
                break;
        }
    }

    private static void Mend(EngineWorld world)
    {
        (world.LossPerMille, world.DoublePerMille, world.Etcd.IsAway) = (0, 0, false);
        foreach (var host in world.Hosts.Values) host.Etcd.IsCutOff = false;
    }
}
