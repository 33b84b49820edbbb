namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>What was read by a named cursor of a partition, one open file after the other.</summary>
internal sealed class CursorTruth(Truth partition)
{
    private readonly List<Session> _sessions = [];

    /// <summary>The partition.</summary>
    public Truth Partition => partition;

    /// <summary>Who reads by it, or did.</summary>
    public Program? Reader { get; set; }

    /// <summary>Whether somebody reads by it.</summary>
    public bool IsRead => Reader is { IsDead: false };

    public Session Opened()
    {
        var session = new Session();
        _sessions.Add(session);
        return session;
    }

    /// <summary>Each open file began where the one before had left off for sure at the earliest, left nothing out, and went on in order.</summary>
    public void Check()
    {
        var (sure, delivered) = (0, 0);
        foreach (var session in _sessions.Where(session => session.Messages.Count > 0))
        {
            var begin = partition.Messages.IndexOf(session.Messages[0]);
            if (begin < sure) throw partition.Broken($"a cursor had acknowledged {sure} messages, and began again at {begin}");
            if (begin > delivered) throw partition.Broken($"a cursor left out the messages from {delivered} to {begin}");
            if (!partition.Messages.Skip(begin).Take(session.Messages.Count).SequenceEqual(session.Messages))
                throw partition.Broken($"a cursor that began at {begin} did not read one message after the other");
            sure = Math.Max(sure, begin + session.Sure);
            delivered = Math.Max(delivered, begin + session.Messages.Count);
        }
    }

    /// <summary>What one open file has read.</summary>
    internal sealed class Session
    {
        public List<string> Messages { get; } = [];

        /// <summary>How many of them are acknowledged for sure.</summary>
        public int Sure { get; set; }
    }
}
