using System.Text;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// The dot directories that a directory was reached by, below the volume, the stream or the topic that it shows. Each
/// order of them is another directory, since a directory has one parent; the files in them are the same.
/// </summary>
/// <param name="Text">
/// Their names as a path, e.g. <c>.json/.at/1h</c>, with <c>*</c> for a stream or topic that follows them; empty for none.
/// </param>
/// <param name="View">What they make of the files.</param>
internal sealed record ViewPath(string Text, FileView View)
{
    /// <summary>No dot directory.</summary>
    public static ViewPath None { get; } = new("", FileView.Plain);

    /// <summary>The directory of places.</summary>
    public static ReadOnlySpan<byte> PlacesName => ".at"u8;

    /// <summary>The directory of named cursors.</summary>
    public static ReadOnlySpan<byte> CursorsName => ".cursors"u8;

    /// <summary>Whether there is none.</summary>
    public bool IsNone => Text.Length == 0;

    /// <summary>Whether <c>.at</c> makes sense here.</summary>
    public bool HasPlaces => View is { Start: null, Cursor: null };

    /// <summary>Whether <c>.cursors</c> makes sense in a topic here.</summary>
    public bool HasCursors => HasPlaces;

    /// <summary>Enters a dot directory that stands for itself.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="withKinds">Whether the source has other views than the default one.</param>
    /// <returns>The longer path; null where there is no such directory, or it makes no sense here.</returns>
    public ViewPath? Enter(ReadOnlySpan<byte> name, bool withKinds)
    {
        if (name.SequenceEqual(".follow"u8))
            return View.Follows ? null : Enter(".follow", View with { Follows = true });
        if (!withKinds || View.Kind != ViewKind.Default)
            return null;
        if (name.SequenceEqual(".json"u8))
            return Enter(".json", View with { Kind = ViewKind.Json });
        return name.SequenceEqual(".size"u8) ? Enter(".size", View with { Kind = ViewKind.Size }) : null;
    }

    /// <summary>Enters a name in <c>.at</c>.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The longer path; null where the name is no place.</returns>
    public ViewPath? EnterPlace(ReadOnlySpan<byte> name) =>
        Places.Parse(name) is { } place ? Enter($".at/{Encoding.ASCII.GetString(name)}", View with { Start = place }) : null;

    /// <summary>Enters a name in <c>.cursors</c>.</summary>
    /// <param name="fileName">The name as a file name.</param>
    /// <param name="cursor">The cursor that has it.</param>
    /// <returns>The longer path.</returns>
    public ViewPath EnterCursor(ReadOnlySpan<byte> fileName, EntityName cursor) =>
        Enter($".cursors/{Encoding.UTF8.GetString(fileName)}", View with { Cursor = cursor });

    /// <summary>The path of what is in the directory that it leads to: below a dot directory everything is another directory than without it.</summary>
    public ViewPath Descend() => IsNone ? this : Enter("*", View);

    /// <summary>The id of a directory that shows an incarnation by this path.</summary>
    /// <param name="id">The id of the incarnation, visible ASCII.</param>
    public string IdOf(string id) => IsNone ? id : $"{id} {Text}";

    private ViewPath Enter(string name, FileView view) => new(IsNone ? name : $"{Text}/{name}", view);
}
