namespace StreamActors.Logs.Tests;

/// <summary>The log against the model, on the simulated disk.</summary>
public sealed class ModelTests
{
    [Theory]
    [MemberData(nameof(Seeds.From), 0, 60, MemberType = typeof(Seeds))]
    public void Log_RandomOperations_IsTheModel(int seed)
    {
        var workload = new Workload(seed);
        Assert.False(workload.Run(300));
        workload.Check();
    }

    [Theory]
    [MemberData(nameof(Seeds.From), 10_000, 120, MemberType = typeof(Seeds))]
    public void Log_CrashesAtRandomCalls_IsAStateOfTheModel(int seed)
    {
        var random = new Random(seed);
        var workload = new Workload(seed);
        for (var crash = 0; crash < 6; crash++)
        {
            workload.Disk.KillAt = workload.Disk.Calls + random.Next(1, 400);
            workload.Run(80);
            workload.Crash(random.Next(2) == 0, disk =>
            {
                if (random.Next(3) == 0)
                    disk.KillAt = disk.Calls + random.Next(1, 60);
            });
        }
        Assert.False(workload.Run(40));
        workload.Check();
    }

    [Theory]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    public void Log_CrashInEachCallOfARun_IsAStateOfTheModel(int seed, bool powerLoss)
    {
        var whole = new Workload(seed);
        var first = whole.Disk.Calls;
        Assert.False(whole.Run(60));
        for (var call = first + 1; call <= whole.Disk.Calls; call++)
        {
            var workload = new Workload(seed);
            workload.Disk.KillAt = call;
            Assert.True(workload.Run(60), $"call {call} was not reached");
            workload.Crash(powerLoss);
            Assert.False(workload.Run(10));
            workload.Check();
        }
    }
}
