using StreamActors.Hocon.Parsing;
using StreamActors.Hocon.Resolving;

namespace StreamActors.Hocon;

/// <summary>
/// Reads HOCON (https://github.com/lightbend/config/blob/main/HOCON.md), with these differences: an included file
/// that is missing is an error, includes name files only, and an object with numeric keys is no array.
/// </summary>
public static class HoconReader
{
    /// <summary>Reads a file and what it includes.</summary>
    /// <param name="path">The file; errors name it as it is given here.</param>
    /// <param name="options">What the document may refer to.</param>
    /// <returns>The root object, substitutions replaced.</returns>
    /// <exception cref="HoconException">The file can't be read, or is not HOCON.</exception>
    public static HoconObject ReadFile(string path, HoconReaderOptions options)
    {
        var document = new HoconDocument();
        var source = document.Open(path, HoconOrigin.Of(path));
        return Resolve(HoconParser.ParseFile(document, source), options);
    }

    /// <summary>Reads a document from text.</summary>
    /// <param name="text">The document.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What the document may refer to.</param>
    /// <returns>The root object, substitutions replaced.</returns>
    /// <exception cref="HoconException">The text is not HOCON.</exception>
    public static HoconObject ReadText(string text, string name, HoconReaderOptions options) =>
        Read(new SourceText(name, text, options.BaseDirectory), options);

    /// <summary>Reads a document from UTF-8.</summary>
    /// <param name="utf8">The document's bytes; a byte order mark is skipped.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">What the document may refer to.</param>
    /// <returns>The root object, substitutions replaced.</returns>
    /// <exception cref="HoconException">The bytes are not UTF-8, or not HOCON.</exception>
    public static HoconObject ReadUtf8(ReadOnlySpan<byte> utf8, string name, HoconReaderOptions options) =>
        Read(SourceText.Decode(name, utf8, options.BaseDirectory), options);

    /// <summary>Reads one string in quotes or triple quotes, such as the value of an option.</summary>
    /// <param name="text">The string with its quotes, and nothing else.</param>
    /// <param name="origin">Where it was given.</param>
    /// <exception cref="HoconException">The text is no such string.</exception>
    public static HoconScalar ReadString(string text, HoconOrigin origin)
    {
        try
        {
            var source = new SourceText(origin.File, text, baseDirectory: null);
            if (source.Current != '"')
                throw source.Expected("a quoted string");

            var value = StringParser.ParseQuoted(source);
            return source.Current == SourceText.End
                ? HoconScalar.String(origin, value)
                : throw source.Expected("nothing after the closing quote");
        }
        catch (HoconException wrong)
        {
            throw new HoconException(origin, wrong.Problem, wrong);
        }
    }

    private static HoconObject Read(SourceText source, HoconReaderOptions options) =>
        Resolve(HoconParser.ParseFile(new HoconDocument(), source), options);

    private static HoconObject Resolve(ObjectNode root, HoconReaderOptions options) =>
        new HoconResolver(root, options).Resolve();
}
