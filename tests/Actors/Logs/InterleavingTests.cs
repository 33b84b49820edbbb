using System.Text;
using StreamActors.Messages;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>Writers, readers that wait, closes, deletes and passivation in orders that come from seeds.</summary>
public sealed class InterleavingTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(4000, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task AppendsAndWaits_InAnyOrder_LoseNoMessageAndNoWakeUp(int seed)
    {
        await using var world = new World(seed);
        world.Run(steps: 400);
        world.Settle();
        world.Leave();
    }

    /// <summary>One partition with writers and followers; each follower collects what it reads.</summary>
    private sealed class World : LogVolumeTestBase
    {
        private readonly Random _random;
        private readonly List<Follower> _followers = [];
        private readonly List<(string Text, Task<object> Reply)> _appends = [];
        private PartitionId _partition;
        private int _next;

        public World(int seed)
            : base(seed) => _random = new Random(seed);

        public void Run(int steps)
        {
            _partition = MakePartition();
            for (var step = 0; step < steps; step++)
            {
                switch (_random.Next(10))
                {
                    case < 4:
                        var text = $"{_next++} {new string('x', _random.Next(20))}";
                        _appends.Add((text, Send(new PartitionRequest.Append(_partition, Batch(text)))));
                        break;
                    case 4 when _followers.Count < 20:
                        var (handle, reader) = Open(_partition);
                        _followers.Add(new Follower(this, handle, reader));
                        break;
                    case 5 when _followers.Count > 0:
                        var leaver = _followers[_random.Next(_followers.Count)];
                        _followers.Remove(leaver);
                        leaver.Leave();
                        break;
                    case 6:
                        Simulation!.Advance(TimeSpan.FromSeconds(_random.Next(200)));
                        break;
                    case 7:
                        Assert.IsType<PartitionReply.Done>(Ask(new PartitionRequest.Sync(_partition)));
                        break;
                    default:
                        foreach (var follower in _followers)
                            follower.Step();
                        break;
                }
            }
        }

        /// <summary>Everyone reads to the end, and waits there; nobody may wait for what is there.</summary>
        public void Settle()
        {
            Simulation!.RunUntilIdle();
            var expected = string.Concat(_appends
                .Select(append => (append.Text, Assert.IsType<PartitionReply.Appended>(append.Reply.Result).FirstOffset))
                .OrderBy(append => append.FirstOffset).Select(append => $"{append.Text}\n"));
            Assert.Equal(expected, Cat(_partition));
            for (var round = 0; _followers.Any(follower => follower.Step()); round++)
                Assert.True(round < 1000, $"a follower never comes to the end (seed {Simulation.Seed})");
            Assert.All(_followers, follower => Assert.Equal(expected, follower.Text));

            Append(_partition, "last");
            Assert.All(_followers, follower => Assert.True(follower.Step(), $"a wake-up was lost (seed {Simulation.Seed})"));
        }

        public void Leave()
        {
            foreach (var follower in _followers)
                follower.Leave();
        }

        private sealed class Follower(World world, HandleId handle, IPartitionReader reader)
        {
            private readonly byte[] _buffer = new byte[64];
            private long _position;
            private Task<object>? _wait;

            public string Text { get; private set; } = "";

            /// <summary>Reads, or waits at the end, as a blocking read does. False where it waits.</summary>
            public bool Step()
            {
                world.Simulation!.RunUntilIdle();
                if (_wait is { IsCompleted: false })
                    return false;
                if (_wait is not null)
                {
                    Assert.True(Assert.IsType<PartitionReply.Grown>(_wait.Result).End > _position);
                    _wait = null;
                }
                Assert.Equal(Fault.None, reader.Read(_position, _buffer, out var count));
                Text += Encoding.UTF8.GetString(_buffer, 0, count);
                _position += count;
                if (count == 0)
                    _wait = world.Send(new PartitionRequest.Wait(world._partition, handle, world.NewWaiter(), _position));
                return true;
            }

            public void Leave()
            {
                world.Tell(new PartitionRequest.Close(world._partition, handle));
                world.Simulation!.RunUntilIdle();
                Assert.True(_wait is null or { Result: Failure { Fault: Fault.Cancelled } or PartitionReply.Grown });
                reader.Dispose();
            }
        }
    }
}
