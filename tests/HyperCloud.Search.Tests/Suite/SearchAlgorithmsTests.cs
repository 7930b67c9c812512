namespace HyperCloud.Search.Tests;

public class SearchAlgorithmsTests
{
    [Fact]
    public void AllAreCreatedByTheirName() => Assert.All(SearchAlgorithms.Names, n => Assert.Equal(n, SearchAlgorithms.Create(n).Name));

    [Fact]
    public void AutoIsFirst() => Assert.Equal("auto", SearchAlgorithms.Names[0]);

    [Theory]
    [InlineData("Sobel", "did you mean 'sobol'?")]
    [InlineData("TPE", "did you mean 'tpe'?")]
    [InlineData("rnadom", "did you mean 'random'?")]
    public void AnUnknownNameGetsTheNearestOneAndTheList(string name, string hint)
    {
        string message = Assert.Throws<SearchException>(() => SearchAlgorithms.Create(name)).Message;
        Assert.Contains($"'{name}'", message);
        Assert.Contains(hint, message);
        Assert.Contains("auto, random, grid, sobol, tpe", message);
    }

    [Fact]
    public void ANameNearNoneGetsTheListOnly() =>
        Assert.DoesNotContain("did you mean", Assert.Throws<SearchException>(() => SearchAlgorithms.Create("simulated-annealing")).Message);
}
