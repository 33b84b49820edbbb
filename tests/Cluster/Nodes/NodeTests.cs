using StreamActors.Etcd;
using StreamActors.Sharding;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.Nodes;

/// <summary>Nodes over the model etcd, on virtual time: joining, placement, hand-over, and what is refused.</summary>
public sealed class NodeTests : IDisposable
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongAfterTheLease = TimeSpan.FromSeconds(20);

    private readonly VirtualTime _time = new();
    private readonly ModelEtcd _etcd;
    private readonly ClusterKeys _keys = new(Settings("x").KeyPrefix);
    private readonly List<Member> _members = [];
    private readonly RecordingLog _log = new();
    private int _ids;

    public NodeTests() => _etcd = new ModelEtcd(_time, 1);

    [Fact]
    public void Join_Alone_TakesAllShards()
    {
        var a = Join("a");
        Pass(Settled);
        Assert.Equal(MemberState.Up, a.Node.Core.State);
        Assert.Equal(16, a.Host.Open.Count);
        Assert.All(a.Host.Journals.Values, journals => Assert.Empty(journals));
        Assert.True(a.Node.Core.MayAnswer(0, a.Host.Open[0], a.Node.Now));
        Assert.False(a.Node.Core.MayAnswer(0, a.Host.Open[0] + 1, a.Node.Now));
    }

    [Fact]
    public void Join_SecondMember_GetsItsShareWithSealedJournals()
    {
        var a = Join("a");
        Pass(Settled);
        var before = a.Host.Open.ToDictionary();
        var b = Join("b");
        Pass(Settled);
        Assert.Equal(16, a.Host.Open.Count + b.Host.Open.Count);
        Assert.InRange(b.Host.Open.Count, 3, 13);
        foreach (var (shard, epoch) in b.Host.Open)
        {
            Assert.True(epoch > before[shard]);
            Assert.Equal((before[shard], 100L), (b.Host.Journals[shard].Single().Epoch, b.Host.Journals[shard].Single().Sealed));
            Assert.Equal("b", a.Node.Core.View.MemberOf(shard)?.Name);
        }
        Assert.All(a.Host.Open, shard => Assert.Equal(before[shard.Key], shard.Value));
    }

    [Fact]
    public void Leave_OneOfTwo_HandsAllOverAndEndsItsLease()
    {
        var (a, b) = (Join("a"), Join("b"));
        Pass(Settled);
        b.Node.Leave();
        Pass(Settled);
        Assert.Contains(new ClusterEffect.Left(), b.Host.Happenings);
        Assert.Empty(b.Host.Open);
        Assert.Equal(16, a.Host.Open.Count);
        Assert.Equal(["a"], a.Node.Core.View.Members.Keys);
    }

    [Fact]
    public void Leave_BeforeEtcdHasAnswered_DoesNotJoin()
    {
        var a = Join("a");
        a.Node.Leave();
        Pass(LongAfterTheLease);
        Assert.Equal([new ClusterEffect.Left()], a.Host.Happenings);
        Assert.Empty(_etcd.Peek(_keys.Member("a")));
    }

    [Fact]
    public void Leave_OthersHaveNotHeard_GoesWhenTheyHaveOrAreSilentForTooLong()
    {
        var (a, b, c) = (Join("a"), Join("b"), Join("c"));
        Pass(Settled);
        var heard = new List<Action>();
        b.Host.Hears = c.Host.Hears = heard.Add;
        b.Node.Leave();
        Pass(Settled);
        Assert.Equal(MemberState.Leaving, b.Node.Core.State);
        Assert.Equal(16, a.Host.Open.Count + c.Host.Open.Count);
        // Whoever is told twice goes on.
        b.Node.Leave();
        Assert.Single(heard)();
        Pass(Settled);
        Assert.Equal(MemberState.Left, b.Node.Core.State);
        c.Node.Leave();
        Pass(Settled);
        Assert.Equal(MemberState.Leaving, c.Node.Core.State);
        Pass(new ClusterNodeSettings { ClusterName = "x", MemberName = "x", Address = "x" }.LeaseTimeToLive);
        Assert.Equal(MemberState.Left, c.Node.Core.State);
        Assert.Equal(["a"], a.Node.Core.View.Members.Keys);
        heard[^1]();
        Pass(Settled);
        Assert.Equal(MemberState.Left, c.Node.Core.State);
    }

    [Fact]
    public void Killed_OneOfTwo_IsReplacedAfterItsLeaseWithItsJournalsSealed()
    {
        var (a, b) = (Join("a"), Join("b"));
        Pass(Settled);
        var lost = b.Host.Open.ToDictionary();
        b.Node.Dispose();
        Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(16 - lost.Count, a.Host.Open.Count);
        Pass(TimeSpan.FromSeconds(4));
        Assert.Equal(16, a.Host.Open.Count);
        Assert.All(lost, shard => Assert.Contains(a.Host.Journals[shard.Key], journal => journal.Epoch == shard.Value && journal.Sealed == 100));
    }

    [Fact]
    public void CutOff_FromEtcd_StopsToAnswerBeforeAnotherOwnerBegins()
    {
        var (a, b) = (Join("a"), Join("b"));
        Pass(Settled);
        var (shard, epoch) = b.Host.Open.First();
        b.Etcd.IsCutOff = true;
        Until(() => !b.Node.Core.MayAnswer(shard, epoch, b.Node.Now));
        Assert.DoesNotContain(shard, a.Host.Open.Keys);
        Until(() => a.Host.Open.ContainsKey(shard));
        Assert.Empty(b.Host.Open);
        b.Etcd.IsCutOff = false;
        Until(() => b.Host.Open.Count > 0);
        Assert.Equal(2, b.Host.Happenings.OfType<ClusterEffect.Joined>().Count());
    }

    [Fact]
    public void OwnerKey_DeletedByHand_ComesBackInALaterEpochWithoutLoss()
    {
        var a = Join("a");
        Pass(Settled);
        var before = a.Host.Open[3];
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Owner(3))));
        Pass(Settled);
        Assert.True(a.Host.Open[3] > before);
        Assert.Equal((before, 100L), (a.Host.Journals[3].Single().Epoch, a.Host.Journals[3].Single().Sealed));
    }

    [Fact]
    public void ClusterKey_DeletedByHand_IsWrittenAgainAsItWas()
    {
        Join("a");
        Pass(Settled);
        var before = _etcd.Peek(_keys.Cluster).Single().Value;
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Cluster)));
        Pass(Settled);
        Assert.Equal(before, _etcd.Peek(_keys.Cluster).Single().Value);
    }

    [Fact]
    public void ShardKey_DeletedByHand_IsWrittenAgainByItsOwner()
    {
        var a = Join("a");
        Pass(Settled);
        var before = _etcd.Peek(_keys.Shard(3)).Single().Value;
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Shard(3))));
        Pass(Settled);
        Assert.Equal(before, _etcd.Peek(_keys.Shard(3)).Single().Value);
        Assert.Equal(16, a.Host.Open.Count);
    }

    [Fact]
    public void Shard_SinceItWasFirstOpened_IsKnownToEveryOwnerUntilItsKeyIsLost()
    {
        var a = Join("a");
        Pass(Settled);
        var first = a.Host.Open[3];
        Assert.Equal(first, a.Node.Core.SinceOf(3));
        a.Host.Length = 0;
        a.Node.Leave();
        Pass(Settled);
        var b = Join("b");
        Pass(Settled);
        Assert.True(b.Host.Open[3] > first);
        Assert.Empty(b.Host.Journals[3]);
        Assert.Equal(first, b.Node.Core.SinceOf(3));
        b.Node.Dispose();
        Pass(LongAfterTheLease);
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Shard(3))));
        var c = Join("c");
        Pass(Settled);
        Assert.Equal(c.Host.Open[3], c.Node.Core.SinceOf(3));
    }

    /// <summary>As where its directory holds messages of which this etcd knows nothing: the next owner looks as closely as the first one.</summary>
    [Fact]
    public void Shard_WhoseStorageDoesNotOpen_TakesNoMessagesAndIsKnownOfNoEpoch()
    {
        var a = Join("a");
        a.Host.Opens = false;
        Pass(Settled);
        Assert.Equal(16, a.Host.Open.Count);
        Assert.False(a.Node.Core.TakesMessages(3, a.Host.Open[3]));
        a.Node.Dispose();
        Pass(LongAfterTheLease);
        var b = Join("b");
        b.Host.Opens = false;
        Pass(Settled);
        Assert.True(b.Host.Open[3] > a.Host.Open[3]);
        // What is there under the number of its epoch is not its own.
        Assert.Empty(b.Host.Journals[3]);
        Assert.Equal(b.Host.Open[3], b.Node.Core.SinceOf(3));
    }

    [Fact]
    public void Shard_RecordOfAnOlderVersion_IsMeasuredAndKnownFromThereOn()
    {
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(_keys.Shard(3), Records.Write(new ShardRecord(1, [new JournalRecord(1, 999)])))));
        var a = Join("a");
        Pass(Settled);
        Assert.Equal((1L, 100L), (a.Host.Journals[3].Single().Epoch, a.Host.Journals[3].Single().Sealed));
        Assert.Equal(a.Host.Open[3], Records.TryRead<ShardRecord>(_etcd.Peek(_keys.Shard(3)).Single().Value)!.Opened);
    }

    /// <summary>It takes messages only once etcd knows that it could be opened, also where what stands there has changed or gone meanwhile.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shard_OpenedWhileItsKeyChanges_TakesMessagesOnceEtcdKnows(bool isDeleted)
    {
        var a = Join("a");
        a.Host.Opens = false;
        Pass(Settled);
        var record = Records.TryRead<ShardRecord>(_etcd.Peek(_keys.Shard(3)).Single().Value)!;
        Assert.Equal(0, record.Opened);
        _etcd.Intervene(EtcdTransaction.Of(isDeleted
            ? new EtcdOperation.Delete(_keys.Shard(3)) : new EtcdOperation.Put(_keys.Shard(3), Records.Write(record))));
        a.Host.Opened[3]();
        Assert.False(a.Node.Core.TakesMessages(3, a.Host.Open[3]));
        Assert.DoesNotContain(a.Host.Happenings.OfType<ClusterEffect.Opened>(), opened => opened.Shard == 3);
        Pass(LongAfterTheLease);
        Assert.True(a.Node.Core.TakesMessages(3, a.Host.Open[3]));
        Assert.Single(a.Host.Happenings.OfType<ClusterEffect.Opened>(), opened => opened.Shard == 3);
        Assert.Equal(a.Host.Open[3], Records.TryRead<ShardRecord>(_etcd.Peek(_keys.Shard(3)).Single().Value)!.Opened);
    }

    [Fact]
    public void ShardKey_DeletedByHandWhileNobodyOwnsIt_NextEpochIsLargerStill()
    {
        var a = Join("a");
        Pass(Settled);
        var before = a.Host.Open[3];
        a.Node.Dispose();
        Pass(LongAfterTheLease);
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(_keys.Shard(3))));
        var b = Join("b");
        Pass(Settled);
        Assert.True(b.Host.Open[3] > before);
        Assert.Empty(b.Host.Journals[3]);
    }

    [Fact]
    public void ShardKey_OverwrittenWithRubbish_IsNotTakenByANewOwner()
    {
        Join("a");
        Pass(Settled);
        _members[0].Node.Dispose();
        Pass(LongAfterTheLease);
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(_keys.Shard(3), "rubbish")));
        var b = Join("b");
        Pass(Settled);
        Assert.Equal(15, b.Host.Open.Count);
        Assert.DoesNotContain(3, b.Host.Open.Keys);
        Assert.Equal(
            new ClusterEffect.Blocked(3, "what stands under /streamactors/shards/0003 in etcd is no record of a shard"),
            Assert.Single(b.Host.Happenings.OfType<ClusterEffect.Blocked>()));
        Assert.Contains("Error: Shard 3 can't be opened: what stands under /streamactors/shards/0003 in etcd is no record of a shard", _log.Lines);
    }

    [Fact]
    public void Journal_CannotBeRead_ShardIsOpenedOnceItCan()
    {
        Join("a");
        Pass(Settled);
        _members[0].Node.Dispose();
        var b = Join("b");
        b.Host.Length = null;
        Pass(LongAfterTheLease);
        Assert.Empty(b.Host.Open);
        b.Host.Length = 7;
        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(16, b.Host.Open.Count);
        Assert.All(b.Host.Journals.Values, journals => Assert.Equal(7, journals.Single().Sealed));
    }

    [Fact]
    public void Checkpointed_OldJournals_AreForgotten()
    {
        var a = Join("a");
        Pass(Settled);
        a.Node.Dispose();
        var b = Join("b");
        Pass(LongAfterTheLease);
        Assert.Single(b.Host.Journals[3]);
        b.Node.Checkpointed(3, b.Host.Journals[3][0].Epoch);
        Pass(Settled);
        var record = Records.TryRead<ShardRecord>(_etcd.Peek(_keys.Shard(3)).Single().Value)!;
        Assert.Equal([b.Host.Open[3]], record.Journals.Select(journal => journal.Epoch));
    }

    /// <summary>The answer to a change of a shard's record is lost, as a call may time out; then the record changes again, and the shard moves.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpointed_AnswerOfEtcdIsLost_TheShardGoesOnToMove(bool changesAgain)
    {
        var a = Join("a");
        Pass(Settled);
        a.Node.Dispose();
        var b = Join("b");
        Pass(LongAfterTheLease);
        var moving = Enumerable.Range(0, 16).First(shard => Placement.OwnerOf(shard, [RecordOf("b"), RecordOf("c")]) == "c");
        var (former, mine) = (b.Host.Journals[moving][0].Epoch, b.Host.Open[moving]);
        b.Node.Checkpointed(moving, former);
        for (var passed = 0; Journals().Length > 1; passed++)
        {
            Assert.True(passed < 1000, "etcd was not asked");
            Pass(TimeSpan.FromMicroseconds(100));
        }
        b.Etcd.IsCutOff = true;
        Pass(TimeSpan.FromMilliseconds(100));
        b.Etcd.IsCutOff = false;
        if (changesAgain)
        {
            Pass(LongAfterTheLease);
            b.Node.Checkpointed(moving, former);
        }
        var c = Join("c");
        Pass(LongAfterTheLease);
        Assert.Empty(b.Host.Happenings.OfType<ClusterEffect.Fenced>());
        Assert.True(c.Host.Open[moving] > mine);
        Assert.Equal([mine], c.Host.Journals[moving].Select(journal => journal.Epoch));
        c.Node.Checkpointed(moving, mine);
        Pass(Settled);
        Assert.Equal([c.Host.Open[moving]], Journals());

        static MemberRecord RecordOf(string name) => new(name, name, $"{name}:1", [], 1, ClusterNodeSettings.OldestProtocol, ClusterNodeSettings.OldestProtocol, false);

        long[] Journals() => [.. Records.TryRead<ShardRecord>(_etcd.Peek(_keys.Shard(moving)).Single().Value)!.Journals.Select(journal => journal.Epoch)];
    }

    [Fact]
    public void Join_NameOfAnotherAddress_IsRefusedOnceItStays()
    {
        Join("a");
        Pass(Settled);
        var second = Join(Settings("a") with { Address = "elsewhere:1" });
        Pass(LongAfterTheLease);
        Assert.Equal("another member is called a: the one at a:1", second.Host.Refusal);
        Assert.Equal(16, _members[0].Host.Open.Count);
    }

    [Fact]
    public void Join_OwnNameAfterARestart_WaitsForTheOldLease()
    {
        Join("a").Node.Dispose();
        Pass(Settled);
        var again = Join("a");
        Pass(LongAfterTheLease);
        Assert.Null(again.Host.Refusal);
        Assert.Equal(16, again.Host.Open.Count);
    }

    [Theory]
    [InlineData("shards", "cluster test has 16 shards, and this host is set to 8")]
    [InlineData("name", "the cluster under /streamactors/ is called \"test\", not \"other\"")]
    [InlineData("role", "in cluster test all members take shards, and on this host members of role store")]
    [InlineData("data", "the data of this host belongs to cluster of-another, and this is cluster ")]
    public void Join_AnotherCluster_IsRefused(string difference, string reason)
    {
        Join("a");
        Pass(Settled);
        var settings = Settings("b");
        var b = Join(difference switch
        {
            "shards" => settings with { ShardCount = 8 },
            "name" => settings with { ClusterName = "other" },
            "role" => settings with { ShardRole = "store" },
            _ => settings with { ClusterId = "of-another" },
        });
        Pass(Settled);
        Assert.StartsWith(reason, b.Host.Refusal, StringComparison.Ordinal);
        Assert.Equal(MemberState.Refused, b.Node.Core.State);
        Assert.Empty(b.Host.Open);
        Assert.Equal(["a"], _members[0].Node.Core.View.Members.Keys);
    }

    [Fact]
    public void Join_RubbishInPlaceOfTheCluster_IsRefused()
    {
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(_keys.Cluster, "rubbish")));
        var a = Join("a");
        Pass(Settled);
        Assert.Equal("what stands under /streamactors/ in etcd is no cluster that this version can read", a.Host.Refusal);
    }

    [Fact]
    public void Join_BesideAMemberOfANewerProtocol_IsRefused()
    {
        var newer = new MemberRecord("z", "u", "z:1", [], 1, ClusterNodeSettings.NewestProtocol + 1, ClusterNodeSettings.NewestProtocol + 2, false);
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(_keys.Member("z"), Records.Write(newer))));
        var a = Join("a");
        Pass(Settled);
        Assert.Equal("member z at z:1 speaks versions 4 to 5 of the protocol, and a 1 to 3", a.Host.Refusal);
    }

    [Fact]
    public void Join_WithAnotherVolumeAtAPath_IsRefusedAndOneThatIsMissingIsTold()
    {
        var mine = new Dictionary<string, string> { ["/s"] = "a shared log", ["/k"] = "kafka" };
        var settings = new ClusterNodeSettings { ClusterName = "c", MemberName = "a", Address = "a:1", ShardCount = 1, Volumes = mine };
        var other = new MemberRecord("z", "u", "z:1", [], 1, ClusterNodeSettings.OldestProtocol, ClusterNodeSettings.NewestProtocol, false);
        Assert.Null(JoinCheck.Refusal(settings, other));
        Assert.Empty(JoinCheck.Lacking(settings, other));
        other = Records.TryRead<MemberRecord>(Records.Write(other with { Volumes = new Dictionary<string, string> { ["/s"] = "a shared log" } }))!;
        Assert.Null(JoinCheck.Refusal(settings, other));
        Assert.Equal(["/k"], JoinCheck.Lacking(settings, other));
        other = other with { Volumes = new Dictionary<string, string> { ["/s"] = "a log of z" } };
        Assert.Equal("/s is a shared log here, and a log of z on member z at z:1", JoinCheck.Refusal(settings, other));
        Assert.StartsWith("member z at z:1 has no volume /t, whose", JoinCheck.Refusal(settings with { Volumes = null, Logs = ["/s", "/t"] }, other), StringComparison.Ordinal);
    }

    [Fact]
    public void Join_WithoutALogThatTheShardsKeep_IsRefusedAlsoWhenNobodyIsThere()
    {
        var a = Join(Settings("a") with { Logs = ["/s"] });
        Pass(Settled);
        a.Node.Leave();
        Pass(Settled);
        var b = Join("b");
        Pass(Settled);
        Assert.EndsWith("keep messages of volume /s, which this host does not have", b.Host.Refusal, StringComparison.Ordinal);
        // One is added while nobody else is there.
        var c = Join(Settings("c") with { Logs = ["/s", "/t"] });
        Pass(Settled);
        Assert.Equal(MemberState.Up, c.Node.Core.State);
        var d = Join(Settings("d") with { Logs = ["/s"] });
        Pass(Settled);
        Assert.EndsWith("keep messages of volume /t, which this host does not have", d.Host.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Join_NobodyReachesIt_TakesNothingUntilOneDoes()
    {
        var a = Join(Settings("a") with { WaitsForOthers = true });
        Pass(Settled);
        // Who is alone need not be reached.
        Assert.Equal(16, a.Host.Open.Count);
        var b = Join(Settings("b") with { WaitsForOthers = true, Weight = 3 });
        Pass(LongAfterTheLease);
        Assert.Equal((16, 0), (a.Host.Open.Count, b.Host.Open.Count));
        Assert.Equal(MemberState.Up, b.Node.Core.State);
        Assert.Equal((0, true), (a.Node.Core.View.Members["b"].Record!.Weight, a.Node.Core.View.Members["b"].Record!.IsJoining));
        Assert.Equal(
            [MemberStatus.Up, MemberStatus.Joining], ClusterStates.Of(a.Node.Core.View, Settings("a")).Members.Select(member => member.Status));
        Assert.Single(b.Host.Happenings.OfType<ClusterEffect.Lonely>());
        Assert.DoesNotContain(new ClusterEffect.Lonely(), a.Host.Happenings);
        b.Node.Met("what it was before");
        Pass(Settled);
        Assert.Empty(b.Host.Open);
        b.Node.Met(b.Node.Core.Self!.Uid);
        Pass(Settled);
        Assert.InRange(b.Host.Open.Count, 8, 15);
        Assert.Equal((3, false), (a.Node.Core.View.Members["b"].Record!.Weight, a.Node.Core.View.Members["b"].Record!.IsJoining));
        // It is another one after its lease: it has to be reached anew.
        b.Etcd.IsCutOff = true;
        Pass(LongAfterTheLease);
        b.Etcd.IsCutOff = false;
        Pass(LongAfterTheLease);
        Assert.Equal((16, 0), (a.Host.Open.Count, b.Host.Open.Count));
    }

    [Fact]
    public void Member_WasThereFirstAndOnlyOthersHaveMet_GivesUpWhatItHas()
    {
        var a = Join(Settings("a") with { WaitsForOthers = true });
        Pass(Settled);
        Member[] others = [Join(Settings("b") with { WaitsForOthers = true }), Join(Settings("c") with { WaitsForOthers = true })];
        Pass(LongAfterTheLease);
        Assert.Equal(16, a.Host.Open.Count);
        foreach (var other in others) other.Node.Met(other.Node.Core.Self!.Uid);
        Pass(Settled);
        // Others may only have been quicker.
        Assert.InRange(a.Host.Open.Count, 1, 15);
        Pass(LongAfterTheLease);
        Assert.Empty(a.Host.Open);
        Assert.Equal(16, others.Sum(other => other.Host.Open.Count));
        Assert.Single(a.Host.Happenings.OfType<ClusterEffect.Lonely>());
        a.Node.Met(a.Node.Core.Self!.Uid);
        Pass(Settled);
        Assert.InRange(a.Host.Open.Count, 1, 15);
    }

    [Fact]
    public void Members_AllWaitAndTheFirstIsLost_TheNextTakesAll()
    {
        var a = Join(Settings("a") with { WaitsForOthers = true });
        Pass(Settled);
        var b = Join(Settings("b") with { WaitsForOthers = true });
        Pass(Settled);
        var c = Join(Settings("c") with { WaitsForOthers = true });
        Pass(Settled);
        a.Node.Dispose();
        Pass(LongAfterTheLease);
        Assert.Equal((16, 0), (b.Host.Open.Count, c.Host.Open.Count));
    }

    [Fact]
    public void Etcd_FullThenEmptied_MemberJoinsOnceItCan()
    {
        _etcd.IsFull = true;
        var a = Join("a");
        Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(MemberState.Joining, a.Node.Core.State);
        Assert.Single(_log.Lines, line => line.StartsWith("Warning: etcd: NoSpace", StringComparison.Ordinal));
        _etcd.IsFull = false;
        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(16, a.Host.Open.Count);
    }

    [Fact]
    public void Etcd_AwayForLonger_NothingIsAnsweredAndAllReturns()
    {
        var (a, b) = (Join("a"), Join("b"));
        Pass(Settled);
        _etcd.IsAway = true;
        Pass(LongAfterTheLease);
        Assert.Empty(a.Host.Open);
        Assert.Empty(b.Host.Open);
        _etcd.IsAway = false;
        Pass(TimeSpan.FromSeconds(8));
        Assert.Equal(16, a.Host.Open.Count + b.Host.Open.Count);
    }

    [Fact]
    public void Weight_Zero_TakesNoShards()
    {
        var (a, b) = (Join("a"), Join(Settings("b") with { Weight = 0 }));
        Pass(Settled);
        Assert.Equal((16, 0), (a.Host.Open.Count, b.Host.Open.Count));
    }

    [Theory]
    [InlineData("", "\"\" is no name of a member: letters, digits, '-', '_' and '.' are.")]
    [InlineData("a/b", "\"a/b\" is no name of a member: letters, digits, '-', '_' and '.' are.")]
    public void Settings_BadName_AreRefused(string name, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Settings(name).Validate()).Message);

    [Fact]
    public void Settings_ThatCannotWork_AreRefused()
    {
        foreach (var settings in new[]
        {
            Settings("a") with { ShardCount = 0 }, Settings("a") with { ShardCount = ClusterNodeSettings.MaxShards + 1 },
            Settings("a") with { KeyPrefix = "/x" }, Settings("a") with { Weight = -1 }, Settings("a") with { Address = "" },
            Settings("a") with { LeaseTimeToLive = TimeSpan.FromSeconds(1) }, Settings("a") with { LeaseMargin = TimeSpan.Zero },
            Settings("a") with { LeaseMargin = TimeSpan.FromSeconds(3) }, Settings("a") with { MaxHandOvers = 0 },
        })
            Assert.Throws<ArgumentException>(settings.Validate);
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Node.Dispose();
    }

    private static ClusterNodeSettings Settings(string name) => new()
    {
        ClusterName = "test",
        MemberName = name,
        Address = $"{name}:1",
        ShardCount = 16,
        MaxHandOvers = 2,
    };

    private Member Join(string name) => Join(Settings(name));

    private Member Join(ClusterNodeSettings settings)
    {
        var (client, host) = (_etcd.Connect(), new RecordingHost());
        var node = new ClusterNode(
            settings, client, _time, NewId,
            step => _time.CreateTimer(_ => step(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan), host, _log);
        _members.Add(new Member(node, host, client));
        return _members[^1];
    }

    private Guid NewId() => new(++_ids, 0, 0, new byte[8]);

    private void Pass(TimeSpan time)
    {
        // Continuations run where the timers fire, whatever context the test has.
        SynchronizationContext.SetSynchronizationContext(null);
        _time.Advance(time);
    }

    private void Until(Func<bool> condition)
    {
        for (var passed = TimeSpan.Zero; !condition(); passed += TimeSpan.FromMilliseconds(10))
        {
            Assert.True(passed < LongAfterTheLease, "It did not happen in time");
            Pass(TimeSpan.FromMilliseconds(10));
        }
    }

    private sealed record Member(ClusterNode Node, RecordingHost Host, ModelEtcdClient Etcd);
}
