using System.Globalization;

namespace ThemisBridge.Tokenization.Text.Normalization;

/// <summary>The data behind <see cref="Nfc"/>, read once from the embedded <c>nfc.txt</c>.</summary>
internal sealed class NfcTable
{
    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, (int First, int Second)> _decompositions = [];
    private readonly Dictionary<(int First, int Second), int> _compositions = [];
    private readonly ulong[] _suspects = new ulong[0x10000 / 64];

    private NfcTable(TextReader lines)
    {
        while (lines.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (fields[0])
            {
                case "C":
                    AddClasses(Hex(fields[1]), Hex(fields[2]), byte.Parse(fields[3], CultureInfo.InvariantCulture));
                    break;
                case "D":
                    AddComposition(Hex(fields[1]), Hex(fields[2]), Hex(fields[3]));
                    break;
                case "S":
                    _decompositions[Hex(fields[1])] = (Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : 0);
                    Suspect(Hex(fields[1]));
                    break;
            }
        }

        for (var jamo = Hangul.FirstVowel; jamo <= Hangul.LastTrailing; jamo++)
        {
            Suspect(jamo);
        }
    }

    public static NfcTable Instance { get; } = Load();

    /// <summary>Whether text may not be composed because of this UTF-16 unit; false is certain.</summary>
    public bool IsSuspect(char c) => ((_suspects[c >> 6] >> (c & 63)) & 1) != 0;

    /// <summary>The canonical combining class; 0 for what starts anew.</summary>
    public byte ClassOf(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of decomposition; a second of 0 means that there is none.</summary>
    public bool TryDecompose(int codePoint, out (int First, int Second) parts) =>
        _decompositions.TryGetValue(codePoint, out parts);

    public bool TryCompose(int first, int second, out int composed) =>
        _compositions.TryGetValue((first, second), out composed);

    private static NfcTable Load()
    {
        using var stream = typeof(NfcTable).Assembly.GetManifestResourceStream("nfc.txt")!;
        using var reader = new StreamReader(stream);
        return new NfcTable(reader);
    }

    private static int Hex(string field) => int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private void AddClasses(int first, int last, byte combining)
    {
        for (var c = first; c <= last; c++)
        {
            _classes[c] = combining;
            Suspect(c);
        }
    }

    private void AddComposition(int composed, int first, int second)
    {
        _decompositions[composed] = (first, second);
        _compositions[(first, second)] = composed;
        Suspect(second);
    }

    private void Suspect(int codePoint)
    {
        // Beyond the basic plane one high surrogate stands for its thousand characters.
        var c = codePoint < 0x10000 ? codePoint : 0xD7C0 + (codePoint >> 10);
        _suspects[c >> 6] |= 1UL << (c & 63);
    }
}
