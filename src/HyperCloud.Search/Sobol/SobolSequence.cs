using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The Sobol sequence in natural (not Gray code) order, with Owen's nested uniform scrambling: in 32 bits, 2³² points.
/// </summary>
/// <remarks>
/// Direction numbers: Joe and Kuo (2008), <c>new-joe-kuo-6</c>. Scrambling by a hash in which each bit depends on the bits above it only:
/// Laine and Karras, "Stratified sampling for stochastic transparency" (2011), in the form of Burley, "Practical hash-based Owen
/// scrambling" (2020), with the constants Vegdahl found (2021).
/// </remarks>
internal static class SobolSequence
{
    private const int Bits = 32;

    // Immutable facts, read once: dimension → direction numbers, the first bit of the index first.
    private static readonly ImmutableArray<uint[]> Directions = Read();

    /// <summary>How many dimensions there are direction numbers for.</summary>
    public static int MaxDimensions => Directions.Length;

    /// <summary>One coordinate of an unscrambled point, as a multiple of 2⁻³².</summary>
    /// <param name="index">Which point, from 0.</param>
    /// <param name="dimension">Which coordinate, 0 … <see cref="MaxDimensions"/> − 1.</param>
    public static uint Point(uint index, int dimension)
    {
        uint[] directions = Directions[dimension];
        uint x = 0;
        for (int bit = 0; index != 0; bit++, index >>= 1)
            if ((index & 1) != 0) x ^= directions[bit];
        return x;
    }

    /// <summary>One coordinate of a scrambled point, uniform on [0, 1).</summary>
    /// <param name="seed">The sweep seed; each dimension is scrambled with its own <see cref="StreamPurpose.Scramble"/> stream.</param>
    /// <param name="index">Which point, from 0.</param>
    /// <param name="dimension">Which coordinate, 0 … <see cref="MaxDimensions"/> − 1.</param>
    public static double Scrambled(ulong seed, uint index, int dimension)
    {
        uint key = new RandomStream(seed, StreamPurpose.Scramble, (ulong)dimension).NextUInt32();
        return (Scramble(Point(index, dimension), key) + 0.5) * (1.0 / (1L << Bits));
    }

    /// <summary>Nested uniform scrambling: flips each bit by a hash of the bits above it.</summary>
    public static uint Scramble(uint x, uint key)
    {
        x = Reverse(x);
        x ^= x * 0x3d20adea;
        x += key;
        x *= (key >> 16) | 1;
        x ^= x * 0x05526c56;
        x ^= x * 0x53a22864;
        return Reverse(x);
    }

    private static uint Reverse(uint x)
    {
        x = ((x >> 1) & 0x55555555) | ((x & 0x55555555) << 1);
        x = ((x >> 2) & 0x33333333) | ((x & 0x33333333) << 2);
        x = ((x >> 4) & 0x0F0F0F0F) | ((x & 0x0F0F0F0F) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(x);
    }

    private static ImmutableArray<uint[]> Read()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("new-joe-kuo-6.txt")!;
        using var reader = new StreamReader(stream);
        var all = ImmutableArray.CreateBuilder<uint[]>();
        var first = new uint[Bits];
        for (int i = 0; i < Bits; i++) first[i] = 1u << (Bits - 1 - i);
        all.Add(first);
        while (reader.ReadLine() is { } line)
        {
            if (!char.IsAsciiDigit(line[0])) continue;
            uint[] numbers = [.. line.Split(' ').Select(n => uint.Parse(n, CultureInfo.InvariantCulture))];
            all.Add(Recur((int)numbers[1], numbers[2], numbers.AsSpan(3)));
        }

        return all.ToImmutable();
    }

    // v_i = a_1 v_{i−1} ⊕ … ⊕ a_{s−1} v_{i−s+1} ⊕ v_{i−s} ⊕ v_{i−s} / 2^s (Joe and Kuo, equation 2).
    private static uint[] Recur(int s, uint a, ReadOnlySpan<uint> m)
    {
        var v = new uint[Bits];
        for (int i = 0; i < Bits; i++)
        {
            if (i < s)
            {
                v[i] = m[i] << (Bits - 1 - i);
                continue;
            }

            v[i] = v[i - s] ^ (v[i - s] >> s);
            for (int k = 1; k < s; k++)
                if (((a >> (s - 1 - k)) & 1) != 0) v[i] ^= v[i - k];
        }

        return v;
    }
}
