using System.Globalization;

namespace StreamActors.Hocon;

/// <summary>Where a value was written.</summary>
/// <param name="File">The file as the user named it, or another description of the source.</param>
/// <param name="Line">Line, from 1; 0 where the source has no lines.</param>
/// <param name="Column">Column in UTF-16 code units, from 1; 0 where the source has no lines.</param>
public readonly record struct HoconOrigin(string File, int Line, int Column)
{
    /// <summary>An origin without lines, such as a command-line option.</summary>
    /// <param name="description">What the user would recognise it by.</param>
    public static HoconOrigin Of(string description) => new(description, 0, 0);

    /// <summary><c>file:line:column</c>, or the description alone.</summary>
    public override string ToString() =>
        Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
}
