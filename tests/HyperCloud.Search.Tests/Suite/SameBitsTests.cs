using System.Security.Cryptography;
using System.Text;
using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

/// <summary>
/// The suggestions of a short sweep, as a digest: equal on every machine. The digests were taken on x64 with AVX-512, and are the same there with
/// hardware intrinsics switched off (<c>DOTNET_EnableHWIntrinsic=0</c>). Whoever changes one on purpose raises the algorithm's version once it has been released.
/// </summary>
public class SameBitsTests
{
    [Theory]
    [InlineData("tpe", "ad194aacec68068a")]
    [InlineData("gp", "5465a379679b063c")]
    [InlineData("cmaes", "c67e674ce6d62c73")]
    [InlineData("auto", "1f5a0e2c5131ef2b")]
    public void SuggestionsAreTheSameOnEveryMachine(string algorithm, string expected)
    {
        var text = new StringBuilder();
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional })
        {
            // A loss that no library function touches, rough enough that the process sees noise.
            var sweep = new Sweeper(space, a =>
            {
                double sum = 0;
                foreach (double u in a.ToUnit(0.9)) sum += (u - 0.3) * (u - 0.3) + 0.2 * Math.Abs(u * 7 % 1 - 0.5);
                return sum;
            })
            { Parallel = 2 };
            sweep.Run(SearchAlgorithms.Create(algorithm), 50);
            foreach (Observation o in sweep.Observations) text.Append(o.Assignment.ToJson()).Append('\n');
            text.Append(string.Join(",", SearchAlgorithms.Create(algorithm).Recommend(sweep.Context).Ranking)).Append('\n');
        }

        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]);
    }
}
