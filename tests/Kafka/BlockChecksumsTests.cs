using StreamActors.Logs;

namespace StreamActors.Kafka.Tests;

/// <summary>Blocks that were found right are known again, and nothing else is.</summary>
public sealed class BlockChecksumsTests
{
    private const int Block = BlockChecksums.BlockBytes;

    private static readonly IncarnationId s_log = new(1);

    private readonly BlockChecksums _blocks = new();
    private readonly byte[] _bytes = new byte[5 * Block];

    public BlockChecksumsTests() => new Random(7).NextBytes(_bytes);

    [Fact]
    public void Noted_WholeBlocks_AreRight()
    {
        _blocks.Note(s_log, 100, _bytes.AsSpan(100, (3 * Block) + 10));

        Assert.Equal(0, _blocks.CountRight(s_log, 0, _bytes));
        Assert.Equal(2 * Block, _blocks.CountRight(s_log, Block, _bytes.AsSpan(Block)));
        Assert.Equal(Block, _blocks.CountRight(s_log, Block, _bytes.AsSpan(Block, (2 * Block) - 1)));
    }

    [Fact]
    public void Noted_WhatHasChanged_IsNotRight()
    {
        _blocks.Note(s_log, 0, _bytes);
        _bytes[(2 * Block) + 7] ^= 1;

        Assert.Equal(2 * Block, _blocks.CountRight(s_log, 0, _bytes));
        Assert.Equal(0, _blocks.CountRight(s_log, 2 * Block, _bytes.AsSpan(2 * Block)));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 1)]
    [InlineData(1, Block)]
    public void Noted_AnotherLogOrPlace_IsNotRight(ulong log, long shift)
    {
        _blocks.Note(s_log, 0, _bytes.AsSpan(0, Block));

        Assert.Equal(0, _blocks.CountRight(new IncarnationId(log), shift, _bytes.AsSpan(0, Block)));
    }
}
