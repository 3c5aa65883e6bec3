namespace ThemisBridge.Transports.SharedMemory.Tests.Rings;

/// <summary>
/// One side as a channel runs it, over the product's own ring ends and bells, a step at a time: any thread writes under
/// the channel's lock, and one thread reads, carries on a write that found no room, and sleeps. Only the lock and the
/// kernel's sleep are played.
/// </summary>
internal sealed class ModelSide
{
    private readonly RawRing _in;
    private readonly RawRing _out;
    private readonly ModelFlaw _flaw;
    private readonly IEnumerator<bool> _reading;
    private readonly IEnumerator<bool> _writing;
    private readonly int _expected;
    private byte[] _unsent = [];
    private bool _isStalled;
    private bool _isLocked;
    private bool _isAsleep;
    private bool _hasWritten;

    public ModelSide(RawRing incoming, RawRing outgoing, int[] messages, int expected, int first, ModelFlaw flaw)
    {
        (_in, _out, _expected, _flaw) = (incoming, outgoing, expected, flaw);
        byte[][] all = [.. messages.Select(words =>
        {
            byte[] message = [.. Enumerable.Range(first + Written.Count, words * 8).Select(value => (byte)value)];
            Written.AddRange(message);
            return message;
        })];
        _reading = Read().GetEnumerator();
        _writing = Write(all).GetEnumerator();
    }

    public ModelSide? Peer { get; set; }

    public List<byte> Written { get; } = [];

    public List<byte> Taken { get; } = [];

    public bool IsDone => _hasWritten && _unsent.Length == 0 && Taken.Count == _expected;

    /// <summary>Does one step of the thread that reads. False when it sleeps, waits for the lock or is done.</summary>
    public bool StepReader() => !_isAsleep && _reading.MoveNext() && _reading.Current;

    /// <summary>Does one step of a thread that writes. False when it waits for the lock or is done.</summary>
    public bool StepWriter() => _writing.MoveNext() && _writing.Current;

    // A step is true; false is a turn in which nothing could be done.
    private IEnumerable<bool> Write(byte[][] messages)
    {
        foreach (byte[] message in messages)
        {
            while (_isLocked)
            {
                yield return false;
            }

            _isLocked = true;
            _unsent = [.. _unsent, .. message];
            foreach (bool step in Push())
            {
                yield return step;
            }
        }

        _hasWritten = true;
    }

    // The channel's Flush, from the lock on.
    private IEnumerable<bool> Push()
    {
        bool isLastTry = false;
        while (true)
        {
            Assert.Null(_out.Writer.Write(_unsent, out int taken));
            _unsent = _unsent[taken..];
            yield return true;
            if (_unsent.Length == 0 || isLastTry)
            {
                break;
            }

            _isStalled |= _flaw != ModelFlaw.SaysStalledLate;
            yield return true;
            isLastTry = true;
            _out.Writer.WantSpace();
            yield return true;
        }

        _isStalled = _unsent.Length > 0;
        bool mustWake = _out.Bell.TryClaim();
        _isLocked = false;
        yield return true;
        if (mustWake)
        {
            Peer!._isAsleep = false;
            yield return true;
        }
    }

    private IEnumerable<bool> Read()
    {
        while (!IsDone)
        {
            foreach (bool step in TakeAll().Concat(Flush()).Concat(Sleep()))
            {
                yield return step;
            }
        }
    }

    private IEnumerable<bool> TakeAll()
    {
        byte[] into = new byte[24];
        while (true)
        {
            Assert.Null(_in.Reader.Look(out int available));
            yield return true;
            if (available == 0)
            {
                yield break;
            }

            Taken.AddRange(into[.._in.Reader.Read(into)]);
            yield return true;
            if (_in.Reader.TakeSpaceWanted())
            {
                yield return true;
                if (_out.Bell.TryClaim())
                {
                    yield return true;
                    Peer!._isAsleep = false;
                    yield return true;
                }
            }
        }
    }

    private IEnumerable<bool> Flush()
    {
        while (_isLocked)
        {
            yield return false;
        }

        if (_unsent.Length > 0)
        {
            _isLocked = true;
            foreach (bool step in Push())
            {
                yield return step;
            }
        }
    }

    private bool HasCome() => _in.Reader.HasNews || (_isStalled && _out.Writer.HasNewRoom);

    private IEnumerable<bool> Sleep()
    {
        bool hasCome = HasCome();
        yield return true;
        if (hasCome || IsDone)
        {
            yield break;
        }

        _in.Bell.Arm();
        yield return true;
        if (_isStalled && _flaw != ModelFlaw.WantsSpaceOnce)
        {
            _out.Writer.WantSpace();
            yield return true;
        }

        if (_flaw == ModelFlaw.LooksOnce || !HasCome())
        {
            yield return true;
            // The kernel's: sleeps only while the word still says so.
            if (_in.BellWord == 1)
            {
                _isAsleep = true;
                yield return true;
            }
        }

        _in.Bell.Disarm();
        yield return true;
    }
}
