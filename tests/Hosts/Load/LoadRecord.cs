using System.Globalization;

namespace StreamActors.Hosts.Load;

/// <summary>What one operation of a user of a mount came to.</summary>
/// <param name="Member">Whose mount.</param>
/// <param name="Kind">What it was, see <see cref="Operations"/>.</param>
/// <param name="Partition">The file, from the mountpoint on.</param>
/// <param name="Began">When, in seconds of the clock that all processes share.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Result"><c>ok</c>, or the name of the error.</param>
/// <param name="More">What else is told of it.</param>
internal sealed record LoadRecord(string Member, string Kind, string Partition, double Began, double Ended, string Result, IReadOnlyList<string> More)
{
    private const int Fields = 5;

    /// <summary>Whether it succeeded.</summary>
    public bool IsOk => Result == "ok";

    /// <summary>The first number that is told.</summary>
    public int Number => int.Parse(More[0], CultureInfo.InvariantCulture);

    /// <summary>Reads a line.</summary>
    /// <param name="member">Whose it is.</param>
    /// <param name="line">The line.</param>
    public static LoadRecord Parse(string member, string line)
    {
        var words = line.Split(' ');
        return new LoadRecord(member, words[0], words[1], SecondsOf(words[2]), SecondsOf(words[3]), words[4], words[Fields..]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Member}: {Kind} {Partition} {Began:0.000} to {Ended:0.000} {Result} {string.Join(' ', More)}");

    private static double SecondsOf(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>The kinds of operations that <c>load.py</c> tells.</summary>
internal static class Operations
{
    /// <summary>A message was written; its number.</summary>
    public const string Write = "W";

    /// <summary>A file could not be opened for writing; the number of the message that was not written.</summary>
    public const string OpenToWrite = "O";

    /// <summary>A file that was written was closed.</summary>
    public const string Close = "X";

    /// <summary>A tail got bytes, or failed to; how many it has.</summary>
    public const string Tail = "T";

    /// <summary>A file was read: bytes, its size after it, their digest, and whether it was to its end (<see cref="Whole"/>).</summary>
    public const string Read = "C";

    /// <summary>Said of a file that was read to its end, and not only for as long as may be.</summary>
    public const string Whole = "whole";

    /// <summary>A file that stays open was read on, as <c>tail -f</c> does: bytes so far, its size before, and their digest.</summary>
    public const string Poll = "P";

    /// <summary>A file's size was asked.</summary>
    public const string Size = "S";

    /// <summary>A named cursor was opened.</summary>
    public const string OpenCursor = "B";

    /// <summary>A named cursor was read: how many messages, and these.</summary>
    public const string Cursor = "R";
}
