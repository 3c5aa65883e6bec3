using System.Buffers;
using System.Runtime.CompilerServices;
using ThemisBridge.Core.Failures;

namespace ThemisBridge.Transports.Http.Answers;

/// <summary>
/// Reads the data of server-sent events, as the HTML standard defines them, from a stream: lines end with LF, CR or
/// CRLF, comments and other fields are skipped, several data lines are joined by LF. Bytes may arrive cut anywhere.
/// Allocates nothing per event; its rented buffer grows up to a limit. For one reader.
/// </summary>
internal sealed class SseReader(Stream stream, int maxEventBytes) : IDisposable
{
    private const int InitialBytes = 8192;
    private const byte Lf = (byte)'\n';
    private const byte Cr = (byte)'\r';
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _end;
    private int _line;
    private int _scanned;
    private int _data;
    private int _dataLength = -1;
    private bool _dispatched;
    private bool _skipLf;
    private bool _atStart = true;
    private bool _ended;

    /// <summary>The data of the last event; valid until the next read.</summary>
    public ReadOnlySpan<byte> Data => _buffer.AsSpan(_data, Math.Max(_dataLength, 0));

    /// <summary>Moves to the next event with data if it has arrived already.</summary>
    public bool TryRead()
    {
        if (_dispatched)
        {
            _dispatched = false;
            _dataLength = -1;
        }

        return _dispatched = ParseLines();
    }

    /// <summary>
    /// Moves to the next event with data. False at the end of the stream; an unfinished event is dropped.
    /// </summary>
    /// <exception cref="BridgeException">A line or an event is over the limit.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (!TryRead())
        {
            if (_ended)
            {
                return false;
            }

            MakeRoom();
            int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _ended = count == 0;
            _end += count;
        }

        return true;
    }

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Takes whole lines until one is empty and there is data; false when more bytes are needed.
    private bool ParseLines()
    {
        while (true)
        {
            if (_skipLf && _line < _end)
            {
                _skipLf = false;
                if (_buffer[_line] == Lf)
                {
                    _scanned = ++_line;
                }
            }

            int found = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny(Lf, Cr);
            if (found < 0)
            {
                _scanned = _end;
                return false;
            }

            int start = _line;
            int end = _scanned + found;
            _skipLf = _buffer[end] == Cr;
            _line = _scanned = end + 1;
            if (_atStart)
            {
                _atStart = false;
                start += _buffer.AsSpan(start, end - start).StartsWith("\uFEFF"u8) ? 3 : 0;
            }

            if (start != end)
            {
                TakeField(start, end);
            }
            else if (_dataLength >= 0)
            {
                return true;
            }
        }
    }

    private void TakeField(int start, int end)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(start, end - start);
        if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':'))
        {
            return;
        }

        int skip = line.Length < 5 ? 4 : line.Length > 5 && line[5] == (byte)' ' ? 6 : 5;
        int length = line.Length - skip;
        if (_dataLength < 0)
        {
            _data = start + skip;
            _dataLength = length;
            return;
        }

        // The field's name leaves room to move each further line down behind the ones before it.
        int tail = _data + _dataLength;
        _buffer[tail] = Lf;
        _buffer.AsSpan(start + skip, length).CopyTo(_buffer.AsSpan(tail + 1));
        _dataLength += 1 + length;
    }

    // Moves what is still needed to the front and grows the buffer when it is full.
    private void MakeRoom()
    {
        if (_dataLength < 0 && _line == _end)
        {
            _line = _scanned = _end = 0;
            if (_buffer.Length > 2 * InitialBytes)
            {
                // One large event, such as a long prompt's ids, must not weigh on the stream for the rest of its life.
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
            }
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        int keep = _dataLength >= 0 ? _data : _line;
        if (_end - keep >= maxEventBytes)
        {
            throw new BridgeException(BridgeFailure.ProtocolViolation, FailureStage.Stream,
                $"The server sent an event of more than {maxEventBytes} bytes. Raise MaxEventBytes if that is right.");
        }

        if (keep > 0)
        {
            // Data of an event that spans reads stays in front; the unread line follows it wherever it is.
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            _end -= keep;
            _line -= keep;
            _scanned -= keep;
            _data -= keep;
            if (_end <= _buffer.Length / 2)
            {
                return;
            }
        }

        if (_end * 2 > _buffer.Length)
        {
            Grow();
        }
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
