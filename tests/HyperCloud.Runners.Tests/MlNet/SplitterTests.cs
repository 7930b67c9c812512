using CsCheck;
using HyperCloud.Core;

namespace HyperCloud.Runners.Tests;

public sealed class SplitterTests
{
    private static readonly Gen<(Dataset Data, MlNetOptions Options, int Seed, ulong SweepSeed)> Cases =
        from rows in Gen.Int[20, 200]
        from classes in Gen.Int[0, 3].Where(c => c != 1)
        from holdout in Gen.Double[0.05, 0.5]
        from folds in Gen.Int[1, 5]
        from seed in Gen.Int[0, int.MaxValue - 1]
        from sweepSeed in Gen.ULong
        select (Data(rows, classes), Options(holdout, folds), seed, sweepSeed);

    [Fact]
    public void Parts_are_disjoint_and_together_everything() => Cases.Sample(c =>
    {
        (int[] open, int[] heldOut) = Splitter.Holdout(c.Data, c.Options.Holdout, c.SweepSeed);
        Assert.Equal(Enumerable.Range(0, c.Data.Rows), open.Concat(heldOut).Order());
        IReadOnlyList<Split> splits = Splitter.ForRun(c.Data, c.Options, SeedPool.Search, c.Seed, c.SweepSeed);
        Assert.All(splits, s => Assert.Equal(open, s.Train.Concat(s.Measured).Order()));
        Assert.All(splits, s => Assert.True(s.Train.Length > 0 && s.Measured.Length > 0));
        if (c.Options.Folds is not null) Assert.Equal(open, splits.SelectMany(s => s.Measured).Order());
    });

    [Fact]
    public void Evaluation_fits_on_the_same_parts_and_measures_on_the_held_out_rows() => Cases.Sample(c =>
    {
        (_, int[] heldOut) = Splitter.Holdout(c.Data, c.Options.Holdout, c.SweepSeed);
        IReadOnlyList<Split> search = Splitter.ForRun(c.Data, c.Options, SeedPool.Selection, c.Seed, c.SweepSeed);
        IReadOnlyList<Split> evaluation = Splitter.ForRun(c.Data, c.Options, SeedPool.Evaluation, c.Seed, c.SweepSeed);
        Assert.Equal(search.Select(s => s.Train), evaluation.Select(s => s.Train));
        Assert.All(evaluation, s => Assert.Equal(heldOut, s.Measured));
    });

    [Fact]
    public void Every_class_keeps_its_share() => Cases.Where(c => c.Data.Classes.Length > 0).Sample(c =>
    {
        (_, int[] heldOut) = Splitter.Holdout(c.Data, c.Options.Holdout, c.SweepSeed);
        for (int k = 0; k < c.Data.Classes.Length; k++)
        {
            int all = c.Data.Target.Count(t => t == k), part = heldOut.Count(r => c.Data.Target[r] == k);
            Assert.InRange(part, c.Options.Holdout * all - 1, c.Options.Holdout * all + 1);
        }
    });

    [Fact]
    public void Folds_differ_by_one_row_at_most()
    {
        IReadOnlyList<Split> splits = Splitter.ForRun(Data(101, 3), Options(0, 4), SeedPool.Search, 1, 1);
        Assert.InRange(splits.Max(s => s.Measured.Length) - splits.Min(s => s.Measured.Length), 0, 1);
    }

    [Fact]
    public void The_holdout_hangs_on_the_sweep_seed_and_the_inner_cut_on_the_run_seed()
    {
        Dataset data = Data(100, 2);
        MlNetOptions options = Options(0.2, 1);
        Assert.NotEqual(Splitter.Holdout(data, 0.2, 1).HeldOut, Splitter.Holdout(data, 0.2, 2).HeldOut);
        Assert.NotEqual(Splitter.ForRun(data, options, SeedPool.Search, 1, 1)[0].Train, Splitter.ForRun(data, options, SeedPool.Search, 2, 1)[0].Train);
    }

    [Fact]
    public void Data_that_is_too_small_is_said_to_be()
    {
        Assert.Null(Splitter.TooSmall(Data(100, 2), Options(0.2, 1)));
        Assert.Equal("11 rows are too few: 2 for evaluation leave 9 for search, which needs at least 10", Splitter.TooSmall(Data(11, 0), Options(0.2, 1)));
        double[] target = [.. Enumerable.Range(0, 40).Select(i => i == 0 ? 1.0 : 0)];
        Assert.Equal("class 'b' has only 1 rows, too few to be in every part", Splitter.TooSmall(new Dataset(LearningTask.Binary, [], target, ["a", "b"]), Options(0.2, 1)));
    }

    private static Dataset Data(int rows, int classes) => new(
        classes == 0 ? LearningTask.Regression : classes == 2 ? LearningTask.Binary : LearningTask.Multiclass, [],
        [.. Enumerable.Range(0, rows).Select(i => classes == 0 ? i : (double)(i % classes))], [.. Enumerable.Range(0, classes).Select(c => $"c{c}")]);

    private static MlNetOptions Options(double holdout, int folds) => new()
    {
        Trainer = "ols",
        Data = "d",
        Label = "y",
        Holdout = holdout,
        Validation = 0.25,
        Folds = folds == 1 ? null : folds,
        Features = [],
        Ignore = [],
        Categorical = [],
    };
}
