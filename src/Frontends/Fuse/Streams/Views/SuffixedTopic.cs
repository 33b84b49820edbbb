namespace StreamActors.Fuse.Streams;

/// <summary>What of a topic is meant by the end of a file name.</summary>
internal enum TopicPart
{
    /// <summary>A view of its partition.</summary>
    File,

    /// <summary>Where messages are written to (<c>.produce</c>).</summary>
    Sink,

    /// <summary>Its named cursors (<c>.cursors</c>).</summary>
    Cursors,
}

/// <summary>
/// A topic that is a file has no directory for its views, so that they are ends of its name, in any order:
/// <c>films.json</c>, <c>films.json.at=1h.follow</c>, <c>films.json.produce</c>, <c>films.cursors</c>.
/// </summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Part">What of it is meant.</param>
/// <param name="Path">The dot directories that the ends stand for.</param>
internal sealed record SuffixedTopic(byte[] Topic, TopicPart Part, ViewPath Path)
{
    private static ReadOnlySpan<byte> Place => ".at="u8;

    /// <summary>All that a file name may mean; ends may belong to the topic's own name.</summary>
    /// <param name="name">The file name.</param>
    /// <param name="path">The dot directories that it is looked up by.</param>
    /// <param name="options">How the volume is shown.</param>
    /// <returns>The longest topic first.</returns>
    public static IReadOnlyList<SuffixedTopic> Parse(ReadOnlySpan<byte> name, ViewPath path, StreamsOptions options)
    {
        var meanings = new List<SuffixedTopic>();
        var part = TopicPart.File;
        for (ViewPath? next = path; ;)
        {
            var dot = name.LastIndexOf(Place) is > 0 and var place && Places.Parse(name[(place + Place.Length)..]) is not null
                ? place : name.LastIndexOf((byte)'.');
            if (dot <= 0)
                return meanings;
            var end = name[dot..];
            if (meanings.Count == 0 && options.HasViews && PartOf(end) is { } other)
                part = other;
            else
                next = end.StartsWith(Place)
                    ? options.HasViews && next.HasPlaces ? next.EnterPlace(end[Place.Length..]) : null
                    : next.Enter(end, options.HasViews);
            name = name[..dot];
            if (next is null)
                return meanings;
            if (MakesSense(part, next, options) && NameEncoding.Decode(name) is { } topic)
                meanings.Add(new SuffixedTopic(topic, part, next));
        }
    }

    private static TopicPart? PartOf(ReadOnlySpan<byte> end) =>
        end.SequenceEqual(TopicFiles.SinkName) ? TopicPart.Sink : end.SequenceEqual(ViewPath.CursorsName) ? TopicPart.Cursors : null;

    private static bool MakesSense(TopicPart part, ViewPath path, StreamsOptions options) => part switch
    {
        TopicPart.Sink => path.View.IsWritable && !options.IsReadOnly,
        TopicPart.Cursors => path.HasCursors,
        _ => true,
    };
}
