using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamActors.Hosts.Load;

/// <summary>What must hold of all that users of all mounts saw, whatever happened to hosts and wires meanwhile.</summary>
internal sealed class Invariants
{
    private const int ShownFaults = 20;

    // What surely was not stored is told by these; all other errors of a write leave it open.
    private static readonly string[] s_notStored = ["ENOSPC", "EMSGSIZE", "EACCES", "EPERM", "EBADF", "EAGAIN", "EBUSY", "ENOENT"];

    // actors.ask-timeout, by which every operation that does not wait for a message ends, and as much again for a busy machine.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private readonly IReadOnlyList<LoadRecord> _records;
    private readonly IReadOnlyList<Disturbance> _disturbances;
    private readonly List<string> _faults = [];

    private Invariants(IReadOnlyList<LoadRecord> records, IReadOnlyList<Disturbance> disturbances) =>
        (_records, _disturbances) = (records, disturbances);

    /// <summary>Fails where one does not hold.</summary>
    /// <param name="records">All operations.</param>
    /// <param name="disturbances">What explains errors.</param>
    /// <param name="contents">What each partition holds in the end.</param>
    public static void Check(
        IReadOnlyList<LoadRecord> records, IReadOnlyList<Disturbance> disturbances, IReadOnlyDictionary<string, byte[]> contents)
    {
        var checks = new Invariants(records, disturbances);
        checks.OnlyWhatMayFails();
        foreach (var (partition, content) in contents)
        {
            var messages = new Messages(partition, content);
            checks.NothingIsLostOrDoubled(messages);
            checks.ReadersSeeWhatIsThere(messages);
            checks.CursorsNeverGoBack(messages);
        }
        Assert.True(checks._faults.Count == 0, $"{checks._faults.Count} faults, of {records.Count} operations:\n{string.Join('\n', checks._faults.Take(ShownFaults))}");
    }

    private IEnumerable<LoadRecord> Of(string partition, string kind) => _records.Where(record => record.Partition == partition && record.Kind == kind);

    private bool IsExplained(LoadRecord record) => _disturbances.Any(disturbance => disturbance.Explains(record));

    private void OnlyWhatMayFails()
    {
        foreach (var record in _records)
        {
            if (!record.IsOk && !IsExplained(record))
                _faults.Add($"failed: {record}");
            if (record.Kind != Operations.Tail && record.Ended - record.Began > s_longest.TotalSeconds && !IsExplained(record))
                _faults.Add($"took too long: {record}");
        }
    }

    // Each message that was acknowledged is there once, in its writer's order; one of which nothing is known at most once.
    private void NothingIsLostOrDoubled(Messages messages)
    {
        var expected = new HashSet<string>();
        foreach (var writes in Of(messages.Partition, Operations.Write).GroupBy(record => record.Member))
        {
            var last = -1;
            foreach (var write in writes)
            {
                var text = $"{write.Member} {write.Number}";
                expected.Add(text);
                var places = messages.PlacesOf(text);
                if (places.Count > 1 && !_disturbances.Any(disturbance => disturbance.ExplainsDouble(write)))
                    _faults.Add($"doubled, there {places.Count} times: {write}");
                if (write.IsOk && places.Count == 0)
                    _faults.Add($"lost: {write}");
                if (s_notStored.Contains(write.Result) && places.Count > 0)
                    _faults.Add($"stored although it said it was not: {write}");
                if (!write.IsOk || places.Count != 1)
                    continue;
                if (places[0] < last)
                    _faults.Add($"before what its writer wrote earlier: {write}");
                last = places[0];
            }
        }
        _faults.AddRange(messages.Texts.Where(text => !expected.Contains(text)).Select(text => $"in {messages.Partition}, and never written: {text}"));
    }

    // What a reader gets is the beginning of what is there in the end, holds all that was acknowledged before it began, and is no
    // shorter than what any reader on any host had got by then. Sizes never go back.
    private void ReadersSeeWhatIsThere(Messages messages)
    {
        var known = new Timeline();
        foreach (var write in Of(messages.Partition, Operations.Write).Where(record => record.IsOk))
            if (messages.PlacesOf(write.Number, write.Member) is [var place, ..])
                known.Add(write.Ended, messages.EndOf(place), write);
        var reads = Of(messages.Partition, Operations.Read).Where(record => record.IsOk).ToArray();
        foreach (var read in reads)
            known.Add(read.Ended, read.Number, read);
        foreach (var read in reads)
        {
            if (read.Number > messages.Length || messages.DigestOf(read.Number) != read.More[2])
                _faults.Add($"bytes that are not there: {read}");
            if (read.More[3] == Operations.Whole && known.Before(read.Began) is { } other && read.Number < other.Length)
                _faults.Add($"shorter than what was known, {other.Length} of {other.Record}: {read}");
            if (messages.IsExact && int.Parse(read.More[1], CultureInfo.InvariantCulture) < read.Number)
                _faults.Add($"a size smaller than what was read: {read}");
        }
        foreach (var read in Of(messages.Partition, Operations.Poll).Where(record => record.IsOk))
        {
            if (read.Number > messages.Length || messages.DigestOf(read.Number) != read.More[2])
                _faults.Add($"bytes that are not there: {read}");
        }
        foreach (var sizes in Of(messages.Partition, Operations.Size).Where(record => record.IsOk).GroupBy(record => record.Member))
        {
            // Several ask at the same time: what one was told goes before what was asked after it had its answer.
            var told = sizes.OrderBy(size => size.Ended).ToArray();
            var first = 0;
            for (var next = 0; next < told.Length; next++)
            {
                var size = told[next];
                if (messages.IsExact && known.Before(size.Began) is { } other && size.Number < other.Length)
                    _faults.Add($"less than what was known, {other.Length} of {other.Record}: {size}");
                // A host that begins anew has to fetch again what it showed before.
                if (!messages.IsExact && IsExplained(size))
                    first = next;
                var last = 0;
                for (var before = first; before < next && told[before].Ended < size.Began; before++)
                    last = Math.Max(last, told[before].Number);
                if (size.Number < last || size.Number > messages.Length)
                    _faults.Add($"a size that went back from {last}, or beyond the end at {messages.Length}: {size}");
            }
        }
    }

    // A handle goes on where its name left off: behind all that was acknowledged, and not behind what nobody got.
    private void CursorsNeverGoBack(Messages messages)
    {
        var kinds = new[] { Operations.OpenCursor, Operations.Cursor };
        foreach (var cursor in _records.Where(record => record.Partition == messages.Partition && kinds.Contains(record.Kind)).GroupBy(record => record.Member))
        {
            var (acknowledged, returned, next) = (0, 0, (int?)null);
            foreach (var record in cursor.Where(record => record.IsOk))
            {
                if (record.Kind == Operations.OpenCursor)
                {
                    next = null;
                    continue;
                }
                // What earlier reads of the handle returned is acknowledged by this one.
                if (next is { } before)
                    acknowledged = before;
                foreach (var text in record.More.Skip(1).Select(text => text.Replace('/', ' ')))
                {
                    if (messages.PlacesOf(text) is not [var place])
                        _faults.Add($"{text} is not there: {record}");
                    else if (next is { } expected ? place != expected : place < acknowledged || place > returned)
                        _faults.Add($"message {place}, where {next ?? acknowledged} is next and {acknowledged} are acknowledged: {record}");
                    else
                        next = place + 1;
                }
                returned = Math.Max(returned, next ?? 0);
            }
        }
    }

    /// <summary>What is known from a time on: the longest of what was seen by then.</summary>
    private sealed class Timeline
    {
        private readonly List<(double Time, int Length, LoadRecord Record)> _known = [];
        private bool _isSorted;

        public void Add(double time, int length, LoadRecord record) => _known.Add((time, length, record));

        public (int Length, LoadRecord Record)? Before(double time)
        {
            if (!_isSorted)
            {
                _known.Sort((one, other) => one.Time.CompareTo(other.Time));
                for (var i = 1; i < _known.Count; i++)
                    if (_known[i].Length < _known[i - 1].Length)
                        _known[i] = _known[i - 1] with { Time = _known[i].Time };
                _isSorted = true;
            }
            var (low, high) = (0, _known.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_known[middle].Time < time)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low == 0 ? null : (_known[low - 1].Length, _known[low - 1].Record);
        }
    }

    /// <summary>What a partition holds in the end.</summary>
    private sealed class Messages
    {
        private readonly byte[] _content;
        private readonly List<int> _ends = [];
        private readonly Dictionary<string, List<int>> _places = [];
        private readonly Dictionary<int, string> _digests = [];

        public Messages(string partition, byte[] content)
        {
            (Partition, _content) = (partition, content);
            var begin = 0;
            for (var end = 0; end < content.Length; end++)
            {
                if (content[end] != '\n')
                    continue;
                var text = Encoding.UTF8.GetString(content.AsSpan(begin, end - begin));
                if (!_places.TryGetValue(text, out var places))
                    _places.Add(text, places = []);
                places.Add(_ends.Count);
                begin = end + 1;
                _ends.Add(begin);
            }
        }

        public string Partition { get; }

        /// <summary>Of a log sizes are exact; of Kafka they are as far as it was fetched.</summary>
        public bool IsExact => Partition.StartsWith(ClusterLoad.Logs, StringComparison.Ordinal);

        public int Length => _content.Length;

        public IEnumerable<string> Texts => _places.Keys;

        public List<int> PlacesOf(string text) => _places.GetValueOrDefault(text, []);

        public List<int> PlacesOf(int number, string writer) => PlacesOf($"{writer} {number}");

        public int EndOf(int place) => _ends[place];

#pragma warning disable CA5350 // To compare, and nobody forges it.
        public string DigestOf(int length)
        {
            if (!_digests.TryGetValue(length, out var digest))
                _digests.Add(length, digest = Convert.ToHexStringLower(SHA1.HashData(_content.AsSpan(0, length))));
            return digest;
        }
#pragma warning restore CA5350
    }
}
