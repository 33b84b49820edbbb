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

    /// <summary>No message was left out, none was taken apart, and none came again that was acknowledged for sure before the open.</summary>
    public void Check()
    {
        var (sure, delivered) = (0, 0);
        foreach (var session in _sessions.Where(session => session.Messages.Count > 0))
        {
            var last = partition.Messages.IndexOf(session.Messages[0]) - 1;
            if (last + 1 > delivered) throw partition.Broken($"a cursor left out the messages from {delivered} to {last + 1}");
            for (var i = 0; i < session.Messages.Count; i++)
            {
                var place = partition.Messages.IndexOf(session.Messages[i]);
                if (place < 0) throw partition.Broken($"a cursor read \"{session.Messages[i]}\", which is a part of a message");
                if (place < sure) throw partition.Broken($"a cursor had acknowledged {sure} messages, and read {place} again");
                // Where its host lost the partition it may go back to what was acknowledged.
                if (place > last + 1) throw partition.Broken($"a cursor read {place} after {last}");
                last = place;
                delivered = Math.Max(delivered, place + 1);
            }
            if (session.Sure > 0) sure = Math.Max(sure, partition.Messages.IndexOf(session.Messages[session.Sure - 1]) + 1);
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
