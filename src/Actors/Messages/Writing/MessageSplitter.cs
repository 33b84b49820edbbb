namespace StreamActors.Messages.Writing;

/// <summary>
/// Makes messages of written bytes, whatever pieces they are written in. A rest without its end is held until the bytes
/// that end it come, or <see cref="TakeRest"/>. Every step is a proposal: it holds once <see cref="Accept"/> says that its
/// messages were stored, and without that it was as if the bytes had not been written. One caller at a time.
/// </summary>
public sealed class MessageSplitter
{
    /// <summary>A batch has at most so many messages; the bytes behind them are left to the next step.</summary>
    public const int MaxBatchMessages = 65_536;

    // Memory of a longer rest is given back once it is a message.
    private const int KeptBytes = 64 << 10;

    private readonly WrittenForm _form;
    private readonly FrameScanner _beginning;
    private FrameScanner _scanner;
    private ulong? _owner;

    // The bytes of the message whose end has not come: those before _heldLength count, what lies behind is proposed.
    private byte[] _held = [];
    private int _heldLength;
    private Proposal _proposed;
    private byte[] _rest = [];

    // After a refusal: what follows until the message's end is refused, too, and the writer may not have heard of it yet.
    private Fault _refused;
    private ulong? _refusedOwner;
    private bool _isSkipping;
    private bool _isUntold;

    /// <summary>Makes a splitter.</summary>
    /// <param name="form">What the bytes are.</param>
    public MessageSplitter(WrittenForm form)
    {
        _form = form;
        _scanner = _beginning = new FrameScanner(form.Framing);
    }

    /// <summary>How many bytes are held.</summary>
    public int HeldBytes => _heldLength;

    /// <summary>Whether a message of somebody was refused that has not ended, or a refusal may be unheard.</summary>
    /// <param name="owner">Somebody.</param>
    /// <returns>Whether <see cref="EndRefusal(ulong?)"/> changes anything.</returns>
    public bool IsRefusing(ulong? owner) => (_isSkipping || _isUntold) && _refusedOwner == owner;

    /// <summary>Whether bytes are held whose last writer is somebody.</summary>
    /// <param name="owner">Somebody.</param>
    /// <returns>False also where nothing is held.</returns>
    public bool HasRestOf(ulong? owner) => _heldLength > 0 && _owner == owner;

    /// <summary>
    /// Splits bytes. Where a message can't be taken the step ends before it; where it is the first, nothing is taken, and
    /// <see cref="Refuse"/> says what becomes of the bytes.
    /// </summary>
    /// <param name="data">The bytes; not empty.</param>
    /// <param name="owner">Who writes them; null for unknown.</param>
    /// <param name="batch">Gets the messages; empty before.</param>
    /// <param name="taken">How many bytes the step is about: those of whole messages, and of the rest that is to be held.</param>
    /// <returns>None, or why the bytes behind are not taken.</returns>
    public Fault Split(ReadOnlySpan<byte> data, ulong? owner, MessageBatch batch, out int taken)
    {
        taken = 0;
        if (_isUntold && _refusedOwner == owner)
            return _refused;
        var scanner = _scanner;
        if (_isSkipping && _refusedOwner != owner)
        {
            scanner = _beginning;
        }
        else if (_isSkipping && !scanner.TryFindEnd(data, out taken, out _))
        {
            taken = 0;
            return _refused;
        }
        var fault = Fault.None;
        while (taken < data.Length && batch.Count < MaxBatchMessages)
        {
            if (!scanner.TryFindEnd(data[taken..], out var count, out fault))
                break;
            fault = Add(data.Slice(taken, count), batch);
            if (fault != Fault.None)
                break;
            taken += count;
        }
        if (fault == Fault.None && scanner.Least > _form.MaxBytes)
            fault = Fault.MessageTooLarge;
        var isWhole = fault == Fault.None && batch.Count < MaxBatchMessages;
        Propose(isWhole ? data[taken..] : default, isWhole ? scanner : _beginning, owner, batch);
        taken = isWhole ? data.Length : taken;
        return fault;
    }

    /// <summary>The step's messages were stored, or it had none.</summary>
    public void Accept()
    {
        (_scanner, _owner) = (_proposed.Scanner, _proposed.Owner);
        if (!_proposed.IsContinued)
            (_held, _rest) = (_rest, _held);
        _heldLength = _proposed.Length;
        _isSkipping = false;
        Shrink();
    }

    /// <summary>
    /// The first message of the bytes was refused. Nothing of it is stored: neither what is held of it, nor what is still
    /// to come.
    /// </summary>
    /// <param name="data">The bytes of the <see cref="Split"/> that took none.</param>
    /// <param name="owner">Who wrote them.</param>
    /// <param name="fault">Why.</param>
    /// <param name="isTold">
    /// Whether the writer surely learns of it, and what it writes next follows these bytes. Else it may write the same
    /// again, and is told then.
    /// </param>
    /// <param name="isWhole">
    /// Whether that was all that its writer wrote at once. Else the end of the message may be in what did not come, and what
    /// it writes next is taken for the beginning of another.
    /// </param>
    public void Refuse(ReadOnlySpan<byte> data, ulong? owner, Fault fault, bool isTold, bool isWhole)
    {
        // Somebody else has written since: what was refused then is only to be told.
        var isOver = _isUntold && !_isSkipping && _refusedOwner == owner;
        (_refused, _refusedOwner, _isUntold) = (fault, owner, !isTold);
        if (isOver)
            return;
        _heldLength = 0;
        if (isTold)
            _scanner = isWhole ? Behind(data, _scanner) : _beginning;
        _isSkipping = !isTold || _scanner.Least > 0;
        Shrink();
    }

    /// <summary>The message of somebody ends here: what was refused of it is over, and the next byte begins another.</summary>
    /// <param name="owner">Who wrote it.</param>
    /// <returns>Why it was refused, where its writer may not have heard of it; else none.</returns>
    public Fault EndRefusal(ulong? owner) => _refusedOwner == owner ? EndRefusal() : Fault.None;

    /// <summary>Whoever wrote it, as <see cref="EndRefusal(ulong?)"/>.</summary>
    /// <returns>Why it was refused, where its writer may not have heard of it; else none.</returns>
    public Fault EndRefusal()
    {
        var untold = _isUntold ? _refused : Fault.None;
        if (_isSkipping)
            _scanner = _beginning;
        (_refused, _isSkipping, _isUntold) = (Fault.None, false, false);
        return untold;
    }

    /// <summary>Makes a message of the bytes that are held, without the end that did not come.</summary>
    /// <param name="batch">Gets the message; empty before.</param>
    /// <returns>None, or why it is none: <see cref="Fault.InputOutput"/> where it is not whole without its end.</returns>
    public Fault TakeRest(MessageBatch batch)
    {
        Propose(default, _beginning, null, batch);
        return _heldLength == 0 ? Fault.None : _form.AddRest(_held.AsSpan(0, _heldLength), batch);
    }

    /// <summary>Forgets what is held: the next byte begins a message.</summary>
    public void Clear()
    {
        (_heldLength, _owner, _scanner) = (0, null, _beginning);
        Shrink();
    }

    private Fault Add(ReadOnlySpan<byte> written, MessageBatch batch)
    {
        if (_heldLength == 0 || batch.Count > 0)
            return _form.Add(written, batch);
        var length = Append(written);
        return _form.Add(_held.AsSpan(0, length), batch);
    }

    private void Propose(ReadOnlySpan<byte> rest, FrameScanner scanner, ulong? owner, MessageBatch batch)
    {
        var isContinued = !rest.IsEmpty && batch.Count == 0 && !_isSkipping;
        if (isContinued)
        {
            _proposed = new Proposal(Append(rest), true, scanner, owner);
            return;
        }
        if (rest.Length > _rest.Length)
            _rest = new byte[Math.Max(rest.Length, 256)];
        rest.CopyTo(_rest);
        _proposed = new Proposal(rest.Length, false, scanner, rest.IsEmpty ? null : owner);
    }

    private int Append(ReadOnlySpan<byte> bytes)
    {
        var length = checked(_heldLength + bytes.Length);
        if (length > _held.Length)
            Array.Resize(ref _held, (int)Math.Clamp(2L * _held.Length, length, Array.MaxLength));
        bytes.CopyTo(_held.AsSpan(_heldLength));
        return length;
    }

    /// <summary>Where a scanner is behind bytes that were not stored: within a message, unless one ends with them.</summary>
    private FrameScanner Behind(ReadOnlySpan<byte> data, FrameScanner scanner)
    {
        var fault = Fault.None;
        while (!data.IsEmpty && scanner.TryFindEnd(data, out var count, out fault))
            data = data[count..];
        // Of bytes that are not framed nothing can be said: the next ones are taken for a beginning.
        return fault == Fault.None ? scanner : _beginning;
    }

    private void Shrink()
    {
        if (_heldLength == 0 && _held.Length > KeptBytes)
            _held = [];
        if (_rest.Length > KeptBytes)
            _rest = [];
    }

    private readonly record struct Proposal(int Length, bool IsContinued, FrameScanner Scanner, ulong? Owner);
}
