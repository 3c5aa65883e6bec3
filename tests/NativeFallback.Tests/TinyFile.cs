using System.Text;
using ThemisBridge.Core.Gguf;

namespace ThemisBridge.NativeFallback.Tests;

/// <summary>A copy of one of the embedded model's files to damage, in a folder that is deleted with it.</summary>
internal sealed class TinyFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("themis-native-");
    private readonly byte[] _bytes;

    public TinyFile(string name = "themis-tiny-q8_0.gguf")
    {
        _bytes = File.ReadAllBytes(Repository.Model(name));
        Path = System.IO.Path.Combine(_folder.FullName, "copy.gguf");
        Write(_bytes);
    }

    public string Path { get; }

    public string Folder => _folder.FullName;

    public GgufHeader Header => GgufHeader.Read(Path);

    /// <summary>Keeps only the first bytes.</summary>
    public TinyFile Truncate(int length)
    {
        Write(_bytes[..length]);
        return this;
    }

    /// <summary>Overwrites bytes.</summary>
    public TinyFile Patch(long offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan((int)offset));
        Write(_bytes);
        return this;
    }

    /// <summary>Overwrites a text with another of the same length wherever it occurs first behind a key.</summary>
    public TinyFile ReplaceText(string key, string old, string now)
    {
        Assert.Equal(old.Length, now.Length);
        int keyAt = _bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(key));
        int at = keyAt + key.Length + _bytes.AsSpan(keyAt + key.Length).IndexOf(Encoding.UTF8.GetBytes(old));
        return Patch(at, Encoding.UTF8.GetBytes(now));
    }

    /// <summary>Gives a token of the vocabulary another spelling of the same length.</summary>
    public TinyFile RenameToken(string old, string now)
    {
        string length = Encoding.Latin1.GetString(BitConverter.GetBytes((long)old.Length));
        return ReplaceText("tokenizer.ggml.tokens", length + old, length + now);
    }

    /// <summary>Fills a tensor with one byte.</summary>
    public TinyFile FillTensor(string name, byte value)
    {
        GgufTensor tensor = Header.Tensors.Single(tensor => tensor.Name == name);
        byte[] filler = new byte[tensor.ByteLength];
        Array.Fill(filler, value);
        return Patch(tensor.FileOffset, filler);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Write(byte[] bytes) => File.WriteAllBytes(Path, bytes);
}
