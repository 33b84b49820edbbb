using System.Text;
using StreamActors.Fuse.Streams;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams;

public sealed class NameEncodingTests
{
    [Theory]
    [InlineData("23", "23")]
    [InlineData("é😀 \n", "é😀 \n")]
    [InlineData("a.b", "a.b")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("100%", "100%25")]
    [InlineData("%2F", "%252F")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("...", "%2E..")]
    [InlineData(".follow", "%2Efollow")]
    [InlineData("a\0", "a%00")]
    public void Encode_Name_IsAFileNameThatDecodesToIt(string name, string expected)
    {
        var encoded = NameEncoding.Encode(Encoding.UTF8.GetBytes(name));

        Assert.Equal(expected, Encoding.UTF8.GetString(encoded!));
        Assert.Equal(name, Encoding.UTF8.GetString(NameEncoding.Decode(encoded)!));
    }

    [Fact]
    public void Encode_InvalidUtf8_EncodesTheBytesThatAreNone()
    {
        byte[] name = [.. "é"u8, 0xFF, (byte)'a', 0xC3];

        Assert.Equal("é%FFa%C3", Encoding.UTF8.GetString(NameEncoding.Encode(name)!));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Encode_Length_IsAtMostThatOfAFileName(int bytes, bool fits) =>
        Assert.Equal(fits, NameEncoding.Encode(Encoding.ASCII.GetBytes(new string('a', bytes))) is not null);

    [Fact]
    public void Encode_LongOnlyOnceItIsEncoded_IsNone()
    {
        Assert.NotNull(NameEncoding.Encode(Encoding.ASCII.GetBytes(new string('%', 85))));
        Assert.Null(NameEncoding.Encode(Encoding.ASCII.GetBytes(new string('%', 86))));
    }

    [Fact]
    public void Encode_Empty_IsNone() => Assert.Null(NameEncoding.Encode(default));

    [Theory]
    [InlineData("%")]
    [InlineData("%2")]
    [InlineData("%2f")]
    [InlineData("%zz")]
    [InlineData("%61")]
    [InlineData(".a")]
    [InlineData("%2E.")]
    [InlineData("")]
    public void Decode_WhatNoNameEncodesTo_IsNone(string fileName) => Assert.Null(NameEncoding.Decode(Encoding.UTF8.GetBytes(fileName)));

    [Fact]
    public void EncodeAndDecode_RandomBytes_AreTheIdentity()
    {
        const int seed = 20261120;
        var random = new Random(seed);
        byte[] interesting = [0, (byte)'%', (byte)'.', (byte)'/', (byte)'a', (byte)'2', (byte)'E', 0x80, 0xC3, 0xA9, 0xF0, 0x9F, 0xFF];
        for (var i = 0; i < 20_000; i++)
        {
            var name = new byte[random.Next(1, 12)];
            for (var at = 0; at < name.Length; at++)
                name[at] = interesting[random.Next(interesting.Length)];

            var encoded = NameEncoding.Encode(name)!;

            Assert.True(name.AsSpan().SequenceEqual(NameEncoding.Decode(encoded)), $"{Convert.ToHexString(name)} (seed {seed})");
            Assert.False(encoded.AsSpan().ContainsAny((byte)0, (byte)'/') || encoded[0] == (byte)'.', $"{Convert.ToHexString(name)} (seed {seed})");
            Assert.True(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(encoded)).AsSpan().SequenceEqual(encoded), $"{Convert.ToHexString(name)} (seed {seed})");
        }
    }
}
