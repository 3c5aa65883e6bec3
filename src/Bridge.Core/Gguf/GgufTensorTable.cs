namespace ThemisBridge.Core.Gguf;

/// <summary>Reads the table of tensors and checks that their bytes lie apart from each other inside the file.</summary>
internal sealed class GgufTensorTable(GgufInput input, long alignment)
{
    private readonly List<GgufTensor> _tensors = [];
    private readonly List<long> _entryOffsets = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Reads one entry. Its offset stays relative until <see cref="Complete"/> knows where the data starts.
    /// </summary>
    public void ReadEntry()
    {
        long at = input.Position;
        string name = input.ReadName("a tensor name", GgufLimits.MaxTensorNameBytes);
        if (!_names.Add(name))
        {
            throw input.Invalid(at, $"the tensor {name} occurs twice");
        }

        long[] dimensions = ReadDimensions(name);
        long typeAt = input.Position;
        uint typeId = input.ReadUInt32();
        GgufTensorType type = (typeId <= int.MaxValue ? GgufTensorType.Find((int)typeId) : null)
            ?? throw input.Invalid(typeAt, $"the tensor {name} has the unknown type {typeId}");
        if (dimensions[0] % type.BlockElements != 0)
        {
            throw input.Invalid(
                typeAt, $"a row of the tensor {name} has {dimensions[0]} elements, not whole blocks of {type.Name}");
        }

        long offsetAt = input.Position;
        ulong offset = input.ReadUInt64();
        if (offset > (ulong)input.Length)
        {
            throw input.Invalid(offsetAt,
                $"the tensor {name} starts at {offset}, after the file of {input.Length} bytes");
        }

        if (offset % (ulong)alignment != 0)
        {
            throw input.Invalid(offsetAt, $"the tensor {name} starts at {offset}, which is not aligned to {alignment}");
        }

        _entryOffsets.Add(offsetAt);
        _tensors.Add(new GgufTensor
        {
            Name = name,
            Dimensions = dimensions,
            TypeId = (int)typeId,
            TypeName = type.Name,
            FileOffset = (long)offset,
            ByteLength = ByteLength(name, dimensions, type, typeAt),
        });
    }

    /// <summary>The tensors with their places in the file, all of them inside it and none over another.</summary>
    public IReadOnlyList<GgufTensor> Complete()
    {
        long dataStart = (input.Position + alignment - 1) / alignment * alignment;
        for (int i = 0; i < _tensors.Count; i++)
        {
            GgufTensor tensor = _tensors[i];
            long start = dataStart + tensor.FileOffset;
            if (tensor.ByteLength > input.Length - start)
            {
                throw input.Invalid(
                    _entryOffsets[i],
                    $"the tensor {tensor.Name} ends after the file, which has {input.Length} bytes");
            }

            _tensors[i] = tensor with { FileOffset = start };
        }

        RefuseOverlaps();
        return _tensors;
    }

    private void RefuseOverlaps()
    {
        int[] order = [.. Enumerable.Range(0, _tensors.Count)];
        Array.Sort(order, (a, b) => _tensors[a].FileOffset.CompareTo(_tensors[b].FileOffset));
        for (int i = 1; i < order.Length; i++)
        {
            GgufTensor before = _tensors[order[i - 1]];
            GgufTensor after = _tensors[order[i]];
            if (before.FileOffset + before.ByteLength > after.FileOffset)
            {
                throw input.Invalid(
                    _entryOffsets[order[i]], $"the tensors {before.Name} and {after.Name} overlap");
            }
        }
    }

    private long[] ReadDimensions(string name)
    {
        long at = input.Position;
        uint count = input.ReadUInt32();
        if (count is 0 or > GgufLimits.MaxDimensions)
        {
            throw input.Invalid(at, $"the tensor {name} has {count} dimensions");
        }

        long[] dimensions = new long[count];
        for (int i = 0; i < dimensions.Length; i++)
        {
            long dimensionAt = input.Position;
            ulong extent = input.ReadUInt64();
            dimensions[i] = extent is > 0 and <= long.MaxValue
                ? (long)extent
                : throw input.Invalid(dimensionAt, $"the tensor {name} has a dimension of {extent}");
        }

        return dimensions;
    }

    private long ByteLength(string name, long[] dimensions, GgufTensorType type, long at)
    {
        // A tensor larger than its file is wrong, so the file's length bounds every product below.
        Int128 bytes = dimensions[0] / type.BlockElements * (Int128)type.BlockBytes;
        for (int i = 1; i < dimensions.Length && bytes <= input.Length; i++)
        {
            bytes *= dimensions[i];
        }

        return bytes <= input.Length
            ? (long)bytes
            : throw input.Invalid(at, $"the tensor {name} is larger than the file, which has {input.Length} bytes");
    }
}
