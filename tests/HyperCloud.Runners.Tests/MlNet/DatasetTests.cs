namespace HyperCloud.Runners.Tests;

public sealed class DatasetTests
{
    [Fact]
    public void Quoted_fields_line_ends_and_empty_lines_are_read()
    {
        var table = CsvTable.Parse("d", "\uFEFFa,\"b \"\"x\"\"\"\r\n1,\"two\nlines, \"\n\n3,\"\"\n");
        Assert.Equal(["\uFEFFa", "b \"x\""], table.Header); // The mark goes when a file is read.
        Assert.Equal([["1", "two\nlines, "], ["3", ""]], table.Records);
        Assert.Equal([2, 5], table.Lines);
    }

    [Theory]
    [InlineData("a;b\n1;2", ';')]
    [InlineData("a\tb\n1\t2", '\t')]
    [InlineData("a,b;c\n1,2", ',')]
    public void The_separator_is_seen_in_the_header(string text, char separator) =>
        Assert.Equal(text.Split('\n')[0].Split(separator), CsvTable.Parse("d", text).Header);

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "d.csv, line 3: 1 fields, but the header names 2 columns")]
    [InlineData("a,b\n1,\"2\n3,4\n", "d.csv, line 2: a quote is opened and never closed")]
    [InlineData("a,,c\n1,2,3", "d.csv, line 1: column 2 has no name; the first line must be a header")]
    [InlineData("a,b,a\n1,2,3", "d.csv, line 1: two columns are named 'a'")]
    [InlineData("a,b\n", "d.csv holds no records")]
    [InlineData("", "d.csv holds no records")]
    public void A_wrong_file_is_refused_with_its_place(string text, string message) =>
        Assert.Equal(message, Assert.Throws<DataException>(() => CsvTable.Parse("d.csv", text)).Message);

    [Theory]
    [InlineData("x,y\n1,0\n2,1\n3,1", "Binary", "0 1")]
    [InlineData("x,y\n1,yes\n2,no\n3,no", "Binary", "no yes")]
    [InlineData("x,y\n1,1.0\n2,1\n3,0", "Binary", "0 1")]
    [InlineData("x,y\n1,10\n2,9\n3,11", "Multiclass", "9 10 11")]
    [InlineData("x,y\n1,a\n2,b\n3,c", "Multiclass", "a b c")]
    [InlineData("x,y\n1,0.5\n2,1.5\n3,2.5", "Regression", "")]
    public void The_task_follows_from_the_label(string text, string task, string classes)
    {
        Dataset data = From(text);
        Assert.Equal(task, data.Task.ToString());
        Assert.Equal(classes, string.Join(' ', data.Classes));
    }

    [Fact]
    public void Many_whole_numbers_are_a_number_and_not_classes() =>
        Assert.Equal(LearningTask.Regression, From("x,y\n" + string.Join('\n', Enumerable.Range(0, 21).Select(i => $"0,{i}"))).Task);

    [Fact]
    public void Task_and_positive_class_can_be_said()
    {
        Assert.Equal(LearningTask.Regression, From("x,y\n1,0\n2,1", o => o with { Task = LearningTask.Regression }).Task);
        Dataset data = From("x,y\n1,no\n2,yes", o => o with { Positive = "no" });
        Assert.Equal([1, 0], data.Target);
    }

    [Theory]
    [InlineData("x,y\n1,a\n2,a", "d.csv: the label 'y' has only one class ('a'); at least 2 are needed")]
    [InlineData("x,y\n1,a\n2,", "d.csv, line 3: the label 'y' is missing")]
    [InlineData("x\n1\n2", "d.csv has no column 'y'; known: x")]
    [InlineData("y\n1\n2", "d.csv has no column beside the label 'y' and those ignored")]
    [InlineData("x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,0\n9,1\noops,0", "d.csv, line 11, column 'x': 'oops' is not a number, but 9 other values are; mend it, or name the column in 'categorical' or 'ignore'")]
    public void Wrong_data_is_refused_with_its_place(string text, string message) => Assert.Equal(message, Assert.Throws<DataException>(() => From(text)).Message);

    [Fact]
    public void Columns_are_chosen_ignored_and_typed()
    {
        const string text = "id,x,zip,colour,y\n1,0.5,8001,red,0\n2,NA,8002,blue,1\n3,?,8001,,1";
        Dataset data = From(text, o => o with { Ignore = ["id"], Categorical = ["zip"] });
        Assert.Equal(["x", "zip", "colour"], data.Features.Select(f => f.Name));
        Assert.Equal([0.5, double.NaN, double.NaN], data.Features[0].Numbers!);
        Assert.Equal(["8001", "8002", "8001"], data.Features[1].Texts!);
        Assert.Equal(["red", "blue", null], data.Features[2].Texts!);
        Assert.Equal(["x"], From(text, o => o with { Features = ["x"] }).Features.Select(f => f.Name));
        Assert.Equal("d.csv has no column 'colur'; did you mean 'colour'?", Assert.Throws<DataException>(() => From(text, o => o with { Ignore = ["colur"] })).Message);
    }

    [Fact]
    public void What_an_encoder_knows_comes_from_the_rows_it_is_fitted_on()
    {
        Dataset data = From("x,c,y\n1,a,0\n3,b,1\n,c,1\n100,d,0");
        Matrix imputed = FeatureEncoder.Fit(data, [0, 1, 2], FeatureStyle.Imputed).Encode([0, 1, 2, 3]);
        Assert.Equal([1, 0, 1, 0, 0, 3, 0, 0, 1, 0, 2, 1, 0, 0, 1, 100, 0, 0, 0, 0], imputed.Values); // x, x is missing, a, b, c
        Matrix standardised = FeatureEncoder.Fit(data, [0, 1], FeatureStyle.Standardised).Encode([0, 1, 3]);
        Assert.Equal([-1, -1, 1, 1, 98, -1], standardised.Values); // x: mean 2, deviation 1; b
        Assert.True(double.IsNaN(FeatureEncoder.Fit(data, [0, 1], FeatureStyle.Raw).Encode([2]).Values[0]));
    }

    private static Dataset From(string text, Func<MlNetOptions, MlNetOptions>? change = null)
    {
        var options = new MlNetOptions { Trainer = "ols", Data = "d.csv", Label = "y", Features = [], Ignore = [], Categorical = [] };
        return Dataset.From(CsvTable.Parse("d.csv", text), change?.Invoke(options) ?? options);
    }
}
