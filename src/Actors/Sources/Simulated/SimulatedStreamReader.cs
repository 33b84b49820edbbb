using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using StreamActors.Messages;

namespace StreamActors.Sources.Simulated;

/// <summary>
/// Reads the JSON of a simulated stream: <c>[{"topic": "23", "messages": ["…", …]}, …]</c>. Further properties of an
/// object are passed over. Whatever else it is not such a list: other types, a key that is missing or stands twice,
/// invalid UTF-8, a lone surrogate, JSON that is cut off or goes on behind the list.
/// </summary>
public static class SimulatedStreamReader
{
    /// <summary>The deepest nesting of arrays and objects that is read, in levels.</summary>
    public const int MaxDepth = 64;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file.</summary>
    /// <param name="file">All its bytes; a byte order mark is skipped.</param>
    /// <param name="separator">What follows each message.</param>
    /// <param name="error">Why it is no stream; null where it is one.</param>
    /// <returns>The stream, or null.</returns>
    public static SimulatedDocument? Read(ReadOnlySpan<byte> file, ReadOnlySpan<byte> separator, out SimulatedFormatError? error)
    {
        var skipped = file.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        var text = file[skipped..];
        error = null;
        try
        {
            if (!Utf8.IsValid(text))
                throw new NotSuchAListException(InvalidUtf8At(text), "the file is not valid UTF-8");
            return ReadList(text, skipped, separator);
        }
        catch (NotSuchAListException cause)
        {
            var (line, column) = TextPlace.Of(text, cause.Position);
            error = new SimulatedFormatError(line, column, cause.Message);
        }
        catch (JsonException cause)
        {
            var position = TextPlace.Position(text, cause.LineNumber ?? 0, cause.BytePositionInLine ?? 0);
            var (line, column) = TextPlace.Of(text, position);
            error = new SimulatedFormatError(line, column, ReasonOf(cause));
        }
        return null;
    }

    private static SimulatedDocument ReadList(ReadOnlySpan<byte> text, int skipped, ReadOnlySpan<byte> separator)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        var topics = new List<TopicBuilder>();
        var byName = new Dictionary<EntityName, int>();
        var objects = new List<TopicObject>();
        reader.Read();
        Expect(in reader, JsonTokenType.StartArray, "a list of objects with \"topic\" and \"messages\"");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(in reader, JsonTokenType.StartObject, "an object with \"topic\" and \"messages\"");
            var start = (int)reader.TokenStartIndex;
            var topic = ReadObject(ref reader, topics, byName, separator);
            objects.Add(new TopicObject(topic, skipped + start, skipped + (int)reader.BytesConsumed));
        }
        // Reads on to the end of the file, so that whatever stands behind the list is an error.
        reader.Read();
        return new SimulatedDocument(topics.ConvertAll(topic => topic.Build()), objects);
    }

    private static int ReadObject(
        ref Utf8JsonReader reader, List<TopicBuilder> topics, Dictionary<EntityName, int> byName, ReadOnlySpan<byte> separator)
    {
        var start = (int)reader.TokenStartIndex;
        EntityName? name = null;
        var messages = default(Utf8JsonReader);
        var hasMessages = false;
        HashSet<string>? others = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var place = (int)reader.TokenStartIndex;
            var key = TextOf(in reader);
            if ((key == "topic" && name is not null) || (key == "messages" && hasMessages)
                || (key is not ("topic" or "messages") && !(others ??= []).Add(key)))
                throw new NotSuchAListException(place, $"the key {JsonSerializer.Serialize(key)} stands twice in one object");
            reader.Read();
            if (key == "topic")
            {
                Expect(in reader, JsonTokenType.String, "a string as \"topic\"");
                name = new EntityName(TextOf(in reader));
            }
            else if (key == "messages")
            {
                Expect(in reader, JsonTokenType.StartArray, "a list as \"messages\"");
                messages = reader;
                hasMessages = true;
            }
            reader.Skip();
        }
        if (name is null || !hasMessages)
            throw new NotSuchAListException(start, $"the object has no \"{(name is null ? "topic" : "messages")}\"");
        if (!byName.TryGetValue(name, out var index))
        {
            byName[name] = index = topics.Count;
            topics.Add(new TopicBuilder(name));
        }
        // Read only now, because "topic" may stand behind "messages".
        ReadMessages(ref messages, topics[index], separator);
        return index;
    }

    private static void ReadMessages(ref Utf8JsonReader reader, TopicBuilder topic, ReadOnlySpan<byte> separator)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
                topic.Advance(CopyText(in reader, topic.Reserve(reader.ValueSpan.Length)));
            else
                AppendCompact(ref reader, topic);
            separator.CopyTo(topic.Reserve(separator.Length));
            topic.Advance(separator.Length);
            topic.EndMessage();
        }
    }

    /// <summary>Appends a value without the white space around its tokens; the tokens themselves stay as they are written.</summary>
    private static void AppendCompact(ref Utf8JsonReader reader, TopicBuilder topic)
    {
        var depth = reader.CurrentDepth;
        var afterValue = false;
        do
        {
            var token = reader.TokenType;
            var closes = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
            if (afterValue && !closes)
                topic.Append((byte)',');
            var quoted = token is JsonTokenType.String or JsonTokenType.PropertyName;
            if (quoted)
            {
                if (reader.ValueIsEscaped)
                    TextOf(in reader);
                topic.Append((byte)'"');
            }
            reader.ValueSpan.CopyTo(topic.Reserve(reader.ValueSpan.Length));
            topic.Advance(reader.ValueSpan.Length);
            if (quoted)
                topic.Append((byte)'"');
            if (token == JsonTokenType.PropertyName)
                topic.Append((byte)':');
            afterValue = token is not (JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray);
        }
        while ((reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray || reader.CurrentDepth > depth) && reader.Read());
    }

    private static void Expect(in Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
            throw new NotSuchAListException((int)reader.TokenStartIndex, $"expected {what}, found {NameOf(reader.TokenType)}");
    }

    private static string TextOf(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw LoneSurrogate(in reader);
        }
    }

    private static int CopyText(in Utf8JsonReader reader, Span<byte> target)
    {
        try
        {
            return reader.CopyString(target);
        }
        catch (InvalidOperationException)
        {
            throw LoneSurrogate(in reader);
        }
    }

    // The whole file was found to be valid UTF-8 before, so only an escape can have no text.
    private static NotSuchAListException LoneSurrogate(in Utf8JsonReader reader) =>
        new((int)reader.TokenStartIndex, "the string has a lone surrogate");

    private static string NameOf(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        _ => "null",
    };

    private static int InvalidUtf8At(ReadOnlySpan<byte> text)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out var length) == System.Buffers.OperationStatus.Done)
            position += length;
        return position;
    }

    /// <summary>The reader's own sentence, without the place, which is told in other words.</summary>
    private static string ReasonOf(JsonException cause)
    {
        var end = cause.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? cause.Message : cause.Message[..end]).TrimEnd('.');
    }

    private sealed class NotSuchAListException(int position, string reason) : Exception(reason)
    {
        public int Position { get; } = position;
    }

    private sealed class TopicBuilder(EntityName name)
    {
        private readonly List<int> _ends = [];
        private byte[] _bytes = [];
        private int _length;

        public Span<byte> Reserve(int count)
        {
            if (_bytes.Length - _length < count)
                Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)_length + count, _bytes.Length * 2L)));
            return _bytes.AsSpan(_length);
        }

        public void Advance(int count) => _length += count;

        public void Append(byte value)
        {
            Reserve(1)[0] = value;
            _length++;
        }

        public void EndMessage() => _ends.Add(_length);

        public SimulatedTopic Build() => new(name, _bytes.AsSpan(0, _length).ToArray(), new MessageEnds([.. _ends]));
    }
}
