using Google.Protobuf;
using StreamActors.Cluster;
using StreamActors.Messages;

namespace StreamActors.Remote;

/// <summary>The forms of what the messages have in common. What can't be is refused with a <see cref="PeerFormatException"/>.</summary>
internal static class CommonForms
{
    private const int GuidBytes = 16;

    public static Protos.Nothing Nothing { get; } = new();

    public static PeerFormatException Refused(string reason) => new(reason);

    /// <summary>Refuses a message or a kind that a newer version has.</summary>
    public static PeerFormatException Unknown(string what) => Refused($"it is {what} that this version does not know");

    /// <summary>What has to be there.</summary>
    public static T Required<T>(T? part, string name)
        where T : class => part ?? throw Refused($"it has no {name}");

    public static string Id(string id) => id.Length is > 0 and <= WireLimits.IdBytes && !id.AsSpan().ContainsAnyExceptInRange('!', '~')
        ? id : throw Refused("an id is visible ASCII, and not as long as that");

    public static ByteString Write(EntityName name) => UnsafeByteOperations.UnsafeWrap(name.Memory);

    public static EntityName Name(ByteString bytes) => bytes.Length <= WireLimits.NameBytes
        ? new EntityName(bytes.Span) : throw Refused($"a name has {WireLimits.NameBytes} bytes at most, not {bytes.Length}");

    public static int NotNegative(int number) => number >= 0 ? number : throw Refused($"{number} is negative");

    public static long NotNegative(long number) => number >= 0 ? number : throw Refused($"{number} is negative");

    public static long Write(DateTimeOffset time) => time.UtcTicks;

    public static DateTimeOffset Time(long ticks) => ticks >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks
        ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw Refused($"{ticks} is no time");

    public static Protos.HandleId Write(HandleId handle)
    {
        Span<byte> owner = stackalloc byte[GuidBytes];
        handle.Owner.TryWriteBytes(owner, bigEndian: true, out _);
        return new Protos.HandleId { Owner = ByteString.CopyFrom(owner), Number = handle.Number };
    }

    public static HandleId Read(Protos.HandleId? handle) => Required(handle, "handle") is { Owner.Length: GuidBytes } whole
        ? new HandleId(new Guid(whole.Owner.Span, bigEndian: true), whole.Number)
        : throw Refused($"the owner of a handle has {GuidBytes} bytes");

    public static Protos.TailWait TailWait(HandleId handle, WaiterId waiter, long position, bool untilComplete) =>
        new() { Handle = Write(handle), Waiter = waiter.Value, Position = position, UntilComplete = untilComplete };

    public static Protos.TailCancel TailCancel(HandleId handle, WaiterId waiter) => new() { Handle = Write(handle), Waiter = waiter.Value };

    public static Protos.ViewKind Write(ViewKind kind) => EnumNumbers<ViewKind, Protos.ViewKind>.Write(kind);

    public static ViewKind Read(Protos.ViewKind kind) =>
        EnumNumbers<ViewKind, Protos.ViewKind>.Read(kind) ?? throw Unknown($"the kind of view {(int)kind}");

    public static Protos.ViewId Write(ViewId view)
    {
        var form = new Protos.ViewId { Kind = Write(view.Kind), Generation = view.Generation };
        if (view.Start is { } start)
            form.Start = start;
        if (view.StartTime is { } time)
            form.StartTime = Write(time);
        return form;
    }

    public static ViewId Read(Protos.ViewId? view)
    {
        var form = Required(view, "view");
        return new ViewId(
            Read(form.Kind), form.Generation, form.HasStart ? form.Start : null, form.HasStartTime ? Time(form.StartTime) : null);
    }

    public static Protos.StartPlace? Write(StartPlace? place) => place switch
    {
        null => null,
        StartPlace.Offset offset => new Protos.StartPlace { Offset = offset.Value },
        StartPlace.Last last => new Protos.StartPlace { Last = last.Count },
        StartPlace.Time time => new Protos.StartPlace { Time = Write(time.Value) },
        StartPlace.Age age => new Protos.StartPlace { Age = age.Value.Ticks },
        _ => throw Unknown($"the place {place}"),
    };

    public static StartPlace? Read(Protos.StartPlace? place) => place?.PlaceCase switch
    {
        null => null,
        Protos.StartPlace.PlaceOneofCase.Offset => new StartPlace.Offset(NotNegative(place.Offset)),
        Protos.StartPlace.PlaceOneofCase.Last => new StartPlace.Last(NotNegative(place.Last)),
        Protos.StartPlace.PlaceOneofCase.Time => new StartPlace.Time(Time(place.Time)),
        Protos.StartPlace.PlaceOneofCase.Age => new StartPlace.Age(new TimeSpan(NotNegative(place.Age))),
        _ => throw Unknown("a place"),
    };

    public static Protos.Framing Write(Framing framing) => new()
    {
        Start = UnsafeByteOperations.UnsafeWrap(framing.Start),
        HasSize = framing.HasSize,
        Stop = UnsafeByteOperations.UnsafeWrap(framing.Stop),
        Separator = UnsafeByteOperations.UnsafeWrap(framing.Separator),
    };

    public static Framing Read(Protos.Framing? framing)
    {
        var form = Required(framing, "framing");
        var longest = Math.Max(form.Start.Length, Math.Max(form.Stop.Length, form.Separator.Length));
        return longest <= Framing.MaxPartBytes
            ? new Framing(form.Start.Span, form.HasSize, form.Stop.Span, form.Separator.Span)
            : throw Refused($"a part of a framing has {Framing.MaxPartBytes} bytes at most, not {longest}");
    }

    public static Protos.PartitionStat Write(PartitionStat stat) =>
        new() { Size = stat.Size, ModifiedAt = Write(stat.ModifiedAt), Messages = stat.Messages };

    public static PartitionStat Read(Protos.PartitionStat? stat)
    {
        var form = Required(stat, "size");
        return new PartitionStat(NotNegative(form.Size), Time(form.ModifiedAt), form.Messages);
    }
}
