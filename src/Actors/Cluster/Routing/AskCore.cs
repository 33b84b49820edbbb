namespace StreamActors.Cluster;

/// <summary>
/// What a host asks of shards, wherever they are: each ask is sent to the shard's owner, kept while there is none or the
/// owner changes, and sent again until it is answered or its deadline has passed. Asks that are sent twice are told apart by
/// whoever answers: reads may be done twice, writes carry their writer's sequence. Since an ask that waits for a message is
/// kept like any other, a new owner learns of all waiters from those who wait, and needs no memory of them.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class AskCore<TAsker>
{
    // An ask is sent again when it has waited for an eighth of the time more.
    private const int WaitsPerResend = 8;

    // Clocks take no timers of years, which those have that wait for what may never come.
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromHours(1);

    private readonly AskSettings _settings;
    private readonly SortedDictionary<long, Asked> _asks = [];
    private readonly SortedDictionary<int, SortedDictionary<long, Asked>> _byShard = [];
    private readonly SortedSet<(TimeSpan Due, long Id)> _due = [];
    private readonly Dictionary<int, string> _owners = [];

    // What must arrive, the oldest first.
    private readonly SortedSet<long> _deliveries = [];

    // Members that have said that they go: whatever is told of them yet is late. Only such as are members.
    private readonly HashSet<string> _going = new(StringComparer.Ordinal);
    private HashSet<string>? _members;
    private long _lastId;
    private TimeSpan? _timer;
    private List<AskEffect<TAsker>> _effects = [];

    /// <summary>Makes the core of a host that has asked nothing yet.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="lastId">Ids are larger than this one.</param>
    public AskCore(AskSettings settings, long lastId = 0) => (_settings, _lastId) = (settings, lastId);

    /// <summary>How many asks wait for their answers.</summary>
    public int Count => _asks.Count;

    /// <summary>Asks.</summary>
    /// <param name="now">The time.</param>
    /// <param name="asker">Who asks.</param>
    /// <param name="shard">Of which shard.</param>
    /// <param name="message">What.</param>
    /// <param name="deadline">When it ends without an answer.</param>
    /// <param name="id">The ask's id, for <see cref="Cancel"/>; 0 where it was refused.</param>
    /// <param name="mayRepeat">
    /// Whether it may be carried out twice. One that may not is sent again only after a member that surely has not done it; where
    /// the member that has it is none any more it ends soon, and whether it was done is unknown.
    /// </param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Ask(
        TimeSpan now, TAsker asker, int shard, object message, TimeSpan deadline, out long id, bool mayRepeat = true) =>
        Ask(now, new Asked(++_lastId, asker, shard, message, deadline) { IsAnswered = true, MayRepeat = mayRepeat }, out id);

    /// <summary>Tells something that is not answered: it is sent once, to the first owner that is known.</summary>
    /// <param name="now">The time.</param>
    /// <param name="asker">Who is told when there was no owner until the deadline.</param>
    /// <param name="shard">Which shard.</param>
    /// <param name="message">What.</param>
    /// <param name="deadline">When it is given up.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Tell(TimeSpan now, TAsker asker, int shard, object message, TimeSpan deadline)
    {
        if (!_owners.TryGetValue(shard, out var member)) return Ask(now, new Asked(++_lastId, asker, shard, message, deadline), out _);
        _effects.Add(new AskEffect<TAsker>.Send(member, 0, shard, message) { Deadline = deadline });
        return Take(now);
    }

    /// <summary>
    /// Tells something that must arrive: it is sent again until its receipt comes as an answer, however long that takes. Where more
    /// wait than may, the oldest is given up.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="asker">Who is told of the receipt.</param>
    /// <param name="shard">Which shard.</param>
    /// <param name="message">What.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Deliver(TimeSpan now, TAsker asker, int shard, object message)
    {
        if (_deliveries.Count >= _settings.MaxDeliveries) GiveUp(_deliveries.Min);
        var effects = Ask(now, new Asked(++_lastId, asker, shard, message, TimeSpan.MaxValue) { IsAnswered = true }, out var id);
        if (id != 0) _deliveries.Add(id);
        return effects;
    }

    /// <summary>
    /// Takes back all that waits for a shard, because this host has it now; not what another owner may have done and must not be
    /// done twice, which waits for its word.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="taken">Who asks what, in the order in which it came.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> TakeAll(TimeSpan now, int shard, out IReadOnlyList<(TAsker Asker, object Message)> taken)
    {
        var found = new List<(TAsker, object)>();
        taken = found;
        if (!_byShard.TryGetValue(shard, out var asks)) return [];
        foreach (var asked in asks.Values.ToArray())
        {
            if (asked is { MayRepeat: false, SentTo: { } sent }) WaitFor(now, asked, sent);
            else found.Add((Remove(asked.Id)!.Asker, asked.Message));
        }
        return Take(now);
    }

    /// <summary>The shard of an ask; null of one that has ended.</summary>
    /// <param name="id">The ask's id.</param>
    public int? ShardOf(long id) => _asks.GetValueOrDefault(id)?.Shard;

    /// <summary>An answer came.</summary>
    /// <param name="now">The time.</param>
    /// <param name="id">Of which ask; one that has ended is ignored.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Answered(TimeSpan now, long id, object answer)
    {
        if (Remove(id) is { } asked) _effects.Add(new AskEffect<TAsker>.Reply(asked.Asker, asked.Message, answer));
        return Take(now);
    }

    /// <summary>A member that was asked does not have the shard, not yet or not any more.</summary>
    /// <param name="now">The time.</param>
    /// <param name="id">Of which ask.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> NotOwner(TimeSpan now, long id)
    {
        if (_asks.TryGetValue(id, out var asked))
        {
            (asked.SentTo, asked.IsLost) = (null, false);
            SetDue(asked, now + _settings.RetryAfter);
        }
        return Take(now);
    }

    /// <summary>An ask surely was not sent. One that may be carried out twice is sent again as if it were lost.</summary>
    /// <param name="now">The time.</param>
    /// <param name="id">Which.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> NotSent(TimeSpan now, long id) =>
        _asks.GetValueOrDefault(id) is { MayRepeat: false } ? NotOwner(now, id) : [];

    /// <summary>Tells who the members are.</summary>
    /// <param name="now">The time.</param>
    /// <param name="members">Their incarnations.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> MembersAre(TimeSpan now, IEnumerable<string> members)
    {
        _members = new HashSet<string>(members, StringComparer.Ordinal);
        _going.IntersectWith(_members);
        foreach (var asked in _asks.Values)
            if (asked is { MayRepeat: false, SentTo: { } sent, IsLost: false } && !_members.Contains(sent)) WaitFor(now, asked, sent);
        return Take(now);
    }

    /// <summary>A member has given up all shards, and is about to go: it is asked nothing more.</summary>
    /// <param name="now">The time.</param>
    /// <param name="member">Its incarnation.</param>
    /// <param name="mayGo">Whether nothing is with it any more that must not be done twice. Where something is, it says soon what became
    /// of it.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Farewell(TimeSpan now, string member, out bool mayGo)
    {
        _going.Add(member);
        foreach (var (shard, _) in _owners.Where(owner => owner.Value == member).ToArray()) _owners.Remove(shard);
        mayGo = _asks.Values.All(asked => asked.MayRepeat || asked.SentTo != member);
        return Take(now);
    }

    /// <summary>A shard has an owner, another one, or none.</summary>
    /// <param name="now">The time.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="member">The owner's incarnation; null for none.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> OwnerChanged(TimeSpan now, int shard, string? member)
    {
        if (member is not null && _going.Contains(member)) member = null;
        if (_owners.GetValueOrDefault(shard) == member) return [];
        if (member is null) _owners.Remove(shard);
        else _owners[shard] = member;
        if (member is not null && _byShard.TryGetValue(shard, out var asks))
            foreach (var asked in asks.Values.ToArray()) Send(now, asked);
        return Take(now);
    }

    /// <summary>Takes an ask back; it is not answered any more.</summary>
    /// <param name="now">The time.</param>
    /// <param name="id">Which.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> Cancel(TimeSpan now, long id)
    {
        if (Remove(id) is { } asked) Withdraw(asked);
        return Take(now);
    }

    /// <summary>The time has come that was set.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<AskEffect<TAsker>> TimerDue(TimeSpan now)
    {
        _timer = null;
        while (_due.Count > 0 && _due.Min.Due <= now)
        {
            var asked = _asks[_due.Min.Id];
            if (asked.Deadline <= now || asked.IsLost)
            {
                GiveUp(asked.Id);
            }
            else
            {
                Send(now, asked);
            }
        }
        return Take(now);
    }

    private List<AskEffect<TAsker>> Ask(TimeSpan now, Asked asked, out long id)
    {
        id = 0;
        if (_asks.Count >= _settings.MaxAsks)
        {
            _effects.Add(new AskEffect<TAsker>.Fail(asked.Asker, AskFault.Overloaded));
            return Take(now);
        }
        id = asked.Id;
        asked.Due = asked.Deadline;
        _asks.Add(id, asked);
        Of(asked.Shard).Add(id, asked);
        _due.Add((asked.Due, id));
        Send(now, asked);
        return Take(now);
    }

    private void Send(TimeSpan now, Asked asked)
    {
        if (!_owners.TryGetValue(asked.Shard, out var member))
        {
            SetDue(asked, asked.Deadline);
        }
        else if (asked is { MayRepeat: false, SentTo: { } sent })
        {
            WaitFor(now, asked, sent);
        }
        else
        {
            if (asked.SentTo != member) asked.AskedAt = now;
            asked.SentTo = member;
            _effects.Add(new AskEffect<TAsker>.Send(member, asked.IsAnswered ? asked.Id : 0, asked.Shard, asked.Message) { Deadline = asked.Deadline });
            if (asked.IsAnswered) SetDue(asked, now + NextWait(now - asked.AskedAt));
            else Remove(asked.Id);
        }
    }

    // It may have been done. An owner that has given the shard up in order says whether it was, however long that takes, as long as it
    // is a member; of one that is none any more an answer may still be on its way.
    private void WaitFor(TimeSpan now, Asked asked, string sentTo)
    {
        if (asked.IsLost) return;
        asked.IsLost = _members?.Contains(sentTo) == false;
        SetDue(asked, asked.IsLost ? now + _settings.ResendAfter : asked.Deadline);
    }

    private TimeSpan NextWait(TimeSpan waited)
    {
        var wait = waited / WaitsPerResend;
        return wait < _settings.ResendAfter ? _settings.ResendAfter : wait < _settings.ResendAtMost ? wait : _settings.ResendAtMost;
    }

    private void GiveUp(long id)
    {
        var asked = Remove(id)!;
        Withdraw(asked);
        _effects.Add(new AskEffect<TAsker>.Fail(asked.Asker, AskFault.TimedOut));
    }

    private void Withdraw(Asked asked)
    {
        if (asked.SentTo is { } member) _effects.Add(new AskEffect<TAsker>.Withdraw(member, asked.Id, asked.Shard));
    }

    private void SetDue(Asked asked, TimeSpan due)
    {
        _due.Remove((asked.Due, asked.Id));
        asked.Due = due < asked.Deadline ? due : asked.Deadline;
        _due.Add((asked.Due, asked.Id));
    }

    private Asked? Remove(long id)
    {
        if (!_asks.Remove(id, out var asked)) return null;
        _deliveries.Remove(id);
        _due.Remove((asked.Due, id));
        var ofShard = _byShard[asked.Shard];
        ofShard.Remove(id);
        if (ofShard.Count == 0) _byShard.Remove(asked.Shard);
        return asked;
    }

    private SortedDictionary<long, Asked> Of(int shard)
    {
        if (!_byShard.TryGetValue(shard, out var asks)) _byShard.Add(shard, asks = []);
        return asks;
    }

    private List<AskEffect<TAsker>> Take(TimeSpan now)
    {
        if (_due.Count > 0 && (_timer is not { } set || _due.Min.Due < set))
        {
            var due = _due.Min.Due - now;
            due = due < TimeSpan.Zero ? TimeSpan.Zero : due < s_longestTimer ? due : s_longestTimer;
            _timer = now + due;
            _effects.Add(new AskEffect<TAsker>.SetTimer(due));
        }
        var taken = _effects;
        _effects = [];
        return taken;
    }

    private sealed class Asked(long id, TAsker asker, int shard, object message, TimeSpan deadline)
    {
        public long Id => id;

        public TAsker Asker => asker;

        public int Shard => shard;

        public object Message => message;

        public TimeSpan Deadline => deadline;

        public bool IsAnswered { get; init; }

        public bool MayRepeat { get; init; } = true;

        /// <summary>Whether its answer, if there is one, is not waited for much longer.</summary>
        public bool IsLost { get; set; }

        /// <summary>When something is to be done about it.</summary>
        public TimeSpan Due { get; set; }

        /// <summary>When this owner was asked first.</summary>
        public TimeSpan AskedAt { get; set; }

        /// <summary>Who was asked last; null for nobody yet.</summary>
        public string? SentTo { get; set; }
    }
}

/// <summary>The bounds of an <see cref="AskCore{TAsker}"/>.</summary>
public sealed record AskSettings
{
    /// <summary>How many asks of one host may wait for their answers.</summary>
    public int MaxAsks { get; init; } = 1 << 16;

    /// <summary>
    /// How many of what must arrive may wait for its receipt. More come together only where a member is there and can't be reached,
    /// and what is opened from it again and again ends by its deadline.
    /// </summary>
    public int MaxDeliveries { get; init; } = 1 << 12;

    /// <summary>How long after the answer that a member does not have the shard it is asked again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after an ask without an answer it is sent again. One that has waited for long is sent less often.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that it is not sent again: so long one that waits may miss that its owner has lost it.</summary>
    public TimeSpan ResendAtMost { get; init; } = TimeSpan.FromSeconds(8);
}

/// <summary>Why an ask ended without an answer; a closed set.</summary>
public enum AskFault
{
    /// <summary>Its deadline has passed; whether it was done is unknown.</summary>
    TimedOut,

    /// <summary>As many asks wait as may; it was not sent.</summary>
    Overloaded,
}

/// <summary>What an <see cref="AskCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record AskEffect<TAsker>
{
    private AskEffect()
    {
    }

    /// <summary>Send an ask to a member; the answer goes to <see cref="AskCore{TAsker}.Answered"/> or
    /// <see cref="AskCore{TAsker}.NotOwner"/>.</summary>
    /// <param name="Member">The member's incarnation.</param>
    /// <param name="Id">The ask's id; 0 where no answer is expected.</param>
    /// <param name="Shard">The shard.</param>
    /// <param name="Message">What is asked.</param>
    public sealed record Send(string Member, long Id, int Shard, object Message) : AskEffect<TAsker>
    {
        /// <summary>When nobody waits for the answer any more.</summary>
        public TimeSpan Deadline { get; init; }
    }

    /// <summary>Tell a member that an ask is no longer waited for.</summary>
    /// <param name="Member">The member's incarnation.</param>
    /// <param name="Id">The ask's id.</param>
    /// <param name="Shard">The shard.</param>
    public sealed record Withdraw(string Member, long Id, int Shard) : AskEffect<TAsker>;

    /// <summary>Answer.</summary>
    /// <param name="To">Who asked.</param>
    /// <param name="Message">What was asked.</param>
    /// <param name="Answer">The answer.</param>
    public sealed record Reply(TAsker To, object Message, object Answer) : AskEffect<TAsker>;

    /// <summary>Tell that there is no answer.</summary>
    /// <param name="To">Who asked.</param>
    /// <param name="Fault">Why.</param>
    public sealed record Fail(TAsker To, AskFault Fault) : AskEffect<TAsker>;

    /// <summary>Call <see cref="AskCore{TAsker}.TimerDue"/> after a while, instead of at any time set before.</summary>
    /// <param name="Due">After how long.</param>
    public sealed record SetTimer(TimeSpan Due) : AskEffect<TAsker>;
}
