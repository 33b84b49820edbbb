using System.Buffers.Text;

namespace StreamActors.Logs;

/// <summary>Pieces of a JSON line, written one after another into a span that has exactly the line's length.</summary>
internal ref struct JsonText(Span<byte> target)
{
    private const int SecondsLength = 23; // 2026-11-20T10:00:00.000

    private Span<byte> _rest = target;
    private bool _overflown;

    /// <summary>Whether the pieces fill the span, and none was too long for it.</summary>
    public readonly bool IsComplete => _rest.IsEmpty && !_overflown;

    public void Add(scoped ReadOnlySpan<byte> piece)
    {
        if (piece.TryCopyTo(_rest))
            _rest = _rest[piece.Length..];
        else
            _overflown = true;
    }

    public void Number(long number)
    {
        if (Utf8Formatter.TryFormat(number, _rest, out var written))
            _rest = _rest[written..];
        else
            _overflown = true;
    }

    /// <summary>A time of a four-digit year, with quotes.</summary>
    public void Time(long milliseconds)
    {
        Span<byte> text = stackalloc byte[40];
        DateTime.UnixEpoch.AddMilliseconds(milliseconds).TryFormat(text, out _, "O", provider: null);
        Add("\""u8);
        Add(text[..SecondsLength]);
        Add("Z\""u8);
    }

    public void Base64(scoped ReadOnlySpan<byte> bytes)
    {
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, _rest, out var read, out var written);
        _overflown |= read < bytes.Length;
        _rest = _rest[written..];
    }
}
