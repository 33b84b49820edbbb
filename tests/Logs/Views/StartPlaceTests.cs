using System.Globalization;
using System.Text;

namespace StreamActors.Logs.Tests;

/// <summary>Places as they stand in a path, and what they are in a partition.</summary>
public sealed class StartPlaceTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1200", 1200)]
    [InlineData("007", 7)]
    [InlineData("1763632800000", 1763632800000)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryParse_Digits_IsAnOffset(string text, long offset) => Assert.Equal(new StartPlace.Offset(offset), StartPlace.TryParse(text));

    [Theory]
    [InlineData("-100", 100)]
    [InlineData("-0", 0)]
    public void TryParse_MinusDigits_IsTheLast(string text, long count) => Assert.Equal(new StartPlace.Last(count), StartPlace.TryParse(text));

    [Theory]
    [InlineData("2026-11-20", "2026-11-20T00:00:00.000Z")]
    [InlineData("2026-11-20T10:00Z", "2026-11-20T10:00:00.000Z")]
    [InlineData("2026-11-20T10:00", "2026-11-20T10:00:00.000Z")]
    [InlineData("2026-11-20T10:00:07Z", "2026-11-20T10:00:07.000Z")]
    [InlineData("2026-11-20T10:00:07.5Z", "2026-11-20T10:00:07.500Z")]
    [InlineData("2026-11-20T10:00:07,123456789+01:00", "2026-11-20T09:00:07.124Z")]
    [InlineData("2026-11-20T10:00:59.999999999Z", "2026-11-20T10:01:00.000Z")]
    [InlineData("2026-11-20T10:00:07.000000001Z", "2026-11-20T10:00:07.001Z")]
    [InlineData("2026-11-20T10:00-0530", "2026-11-20T15:30:00.000Z")]
    [InlineData("2026-11-20T10:00+02", "2026-11-20T08:00:00.000Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.000Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z")]
    public void TryParse_Time_IsItsMilliseconds(string text, string time) => Assert.Equal(
        new StartPlace.Time(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)), StartPlace.TryParse(text));

    [Theory]
    [InlineData("1h", 3_600_000)]
    [InlineData("30s", 30_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("1w", 604_800_000)]
    [InlineData("500ms", 500)]
    [InlineData("1m", 60_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("0s", 0)]
    public void TryParse_Age_IsItsMilliseconds(string text, long age) => Assert.Equal(new StartPlace.Age(TimeSpan.FromMilliseconds(age)), StartPlace.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1.5")]
    [InlineData("١")]
    [InlineData("abc")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775808")]
    [InlineData("99999999999999999999999999")]
    [InlineData("h")]
    [InlineData("1hh")]
    [InlineData("1H")]
    [InlineData("1h1h")]
    [InlineData("30m1h")]
    [InlineData("1h30")]
    [InlineData("-1h")]
    [InlineData("1y")]
    [InlineData("9223372036854775807s")]
    [InlineData("106751991167d9223372036854775807ms")]
    [InlineData("922337203685478s")]
    [InlineData("9999-12-31T23:59:59.9999Z")]
    [InlineData("9999-12-31T23:59-01:00")]
    [InlineData("0001-01-01T00:00+01:00")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000001")]
    [InlineData("2026-11")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-29")]
    [InlineData("0000-01-01")]
    [InlineData("2026-11-20T")]
    [InlineData("2026-11-20T10")]
    [InlineData("2026-11-20T24:00Z")]
    [InlineData("2026-11-20T10:60Z")]
    [InlineData("2026-11-20T10:00:60Z")]
    [InlineData("2026-11-20T10:00:00.Z")]
    [InlineData("2026-11-20T10:00:00.1234567890Z")]
    [InlineData("2026-11-20T10:00Zx")]
    [InlineData("2026-11-20T10:00+")]
    [InlineData("2026-11-20T10:00+1")]
    [InlineData("2026-11-20T10:00+01:")]
    [InlineData("2026-11-20T10:00+15:00")]
    [InlineData("2026-11-20 10:00Z")]
    [InlineData("20261120T1000Z")]
    public void TryParse_Nonsense_IsNothing(string text)
    {
        Assert.Null(StartPlace.TryParse(text));
        Assert.Null(StartPlace.TryParse(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void TryParse_Bytes_IsAsOfCharacters()
    {
        Assert.Equal(new StartPlace.Offset(12), StartPlace.TryParse("12"u8));
        Assert.Equal(new StartPlace.Age(TimeSpan.FromHours(1)), StartPlace.TryParse("1h"u8));
        Assert.Null(StartPlace.TryParse([0xFF, (byte)'1']));
    }

    [Fact]
    public void Resolve_Places_AreTheirMessages()
    {
        using var log = new ViewLog(1, Framing.Lines);
        var now = log.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        // Times of messages 2 to 7; offsets are ordinals plus ten from message 4 on.
        log.Append(0, [.. Enumerable.Range(0, 4).Select(i => PartitionViewTests.Text($"{i}", now - 10_000 + (i * 1000)))]);
        log.Append(0, [.. Enumerable.Range(4, 4).Select(i => PartitionViewTests.Text($"{i}", now - 10_000 + (i * 1000)))], [10, 0, 0, 0]);
        log.Retain(0, 2);
        using var reader = log.Log.OpenReader(ViewLog.IdOf(0)).Value;
        (StartPlace Place, ViewStart Start)[] cases =
        [
            (new StartPlace.Offset(0), ViewStart.AtOrdinal(2)),
            (new StartPlace.Offset(3), ViewStart.AtOrdinal(3)),
            (new StartPlace.Offset(5), ViewStart.AtOrdinal(4)),
            (new StartPlace.Offset(17), ViewStart.AtOrdinal(7)),
            (new StartPlace.Offset(18), ViewStart.AtOrdinal(8)),
            (new StartPlace.Offset(19), new ViewStart(ViewStartKind.Offset, 19)),
            (new StartPlace.Last(0), ViewStart.AtOrdinal(8)),
            (new StartPlace.Last(2), ViewStart.AtOrdinal(6)),
            (new StartPlace.Last(long.MaxValue), ViewStart.AtOrdinal(2)),
            (new StartPlace.Time(DateTimeOffset.MinValue), ViewStart.AtOrdinal(2)),
            (new StartPlace.Time(log.Clock.Now.AddMilliseconds(- 4500)), ViewStart.AtOrdinal(6)),
            (new StartPlace.Time(log.Clock.Now.AddMilliseconds(- 3000)), ViewStart.AtOrdinal(7)),
            (new StartPlace.Time(log.Clock.Now.AddMilliseconds(- 2999)), new ViewStart(ViewStartKind.Time, now - 2999)),
            (new StartPlace.Time(log.Clock.Now.AddMilliseconds(+ 5000)), new ViewStart(ViewStartKind.Time, now + 5000)),
            (new StartPlace.Age(TimeSpan.FromMilliseconds(4000)), ViewStart.AtOrdinal(6)),
            (new StartPlace.Age(TimeSpan.FromMilliseconds(0)), ViewStart.AtOrdinal(8)),
            (new StartPlace.Age(TimeSpan.MaxValue), ViewStart.AtOrdinal(2)),
        ];
        foreach (var (place, start) in cases)
            Assert.Equal((place, start), (place, StartPlaceResolver.Resolve(place, reader, log.Clock).Value));
    }

    [Fact]
    public void Resolve_EmptyPartition_IsTheEndOrWaits()
    {
        using var log = new ViewLog(1, Framing.Lines);
        using var reader = log.Log.OpenReader(ViewLog.IdOf(0)).Value;
        Assert.Equal(ViewStart.AtOrdinal(0), StartPlaceResolver.Resolve(new StartPlace.Last(5), reader, log.Clock).Value);
        Assert.Equal(ViewStart.AtOrdinal(0), StartPlaceResolver.Resolve(new StartPlace.Offset(0), reader, log.Clock).Value);
        Assert.Equal(ViewStart.AtOrdinal(0), StartPlaceResolver.Resolve(new StartPlace.Age(TimeSpan.FromMilliseconds(1)), reader, log.Clock).Value);
        Assert.Equal(new ViewStart(ViewStartKind.Time, DateTimeOffset.MinValue.ToUnixTimeMilliseconds()), StartPlaceResolver.Resolve(new StartPlace.Time(DateTimeOffset.MinValue), reader, log.Clock).Value);
    }
}
