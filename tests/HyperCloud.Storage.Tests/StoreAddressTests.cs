using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

public sealed class StoreAddressTests
{
    // Made up, of the form of a key.
    private const string Key = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU=";
    private const string Connection = $"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={Key};EndpointSuffix=core.windows.net";

    [Fact]
    public async Task A_path_is_a_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("sub/store.db");
        await using (IStore store = StoreAddress.Open(path)) Assert.Equal(path, Assert.IsType<SqliteStore>(store).Description);
        await using IStore reader = StoreAddress.Open(path, new StoreAddressOptions { ReadOnly = true });
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await reader.Apply("a", "things", "p", [new RowChange.Put("k", "1")], default));
        Assert.Equal("read-only", e.Code);
        Assert.False(StoreAddress.IsAzure(path));
        Assert.Equal(path, StoreAddress.Describe(path));
    }

    [Theory]
    [InlineData(Connection, "https://acct.table.core.windows.net")]
    [InlineData(Connection + "#team", "https://acct.table.core.windows.net#team")]
    [InlineData("  " + Connection + "  ", "https://acct.table.core.windows.net")]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1")]
    [InlineData("TableEndpoint=https://acct.table.core.windows.net;BlobEndpoint=https://acct.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=" + Key, "https://acct.table.core.windows.net")]
    [InlineData("https://acct.table.core.windows.net", "https://acct.table.core.windows.net")]
    [InlineData("https://acct.blob.core.windows.net/", "https://acct.table.core.windows.net")]
    [InlineData("https://acct.queue.core.chinacloudapi.cn", "https://acct.table.core.chinacloudapi.cn")]
    [InlineData("https://acct.z12.blob.storage.azure.net#team", "https://acct.z12.table.storage.azure.net#team")]
    [InlineData("https://tables.example.org, https://blobs.example.org", "https://tables.example.org")]
    [InlineData("https://a.blob.core.windows.net,https://b.table.core.windows.net", "https://b.table.core.windows.net")]
    public async Task What_is_Azures_opens_without_a_request_and_shows_no_key(string address, string description)
    {
        Assert.True(StoreAddress.IsAzure(address));
        await using IStore store = StoreAddress.Open(address);
        Assert.Equal(description, Assert.IsType<AzureStore>(store).Description);
        Assert.Equal(description, StoreAddress.Describe(address));
    }

    [Theory]
    [InlineData("https://acct.table.core.windows.net", "https://acct.table.core.windows.net/", "https://acct.blob.core.windows.net/")]
    [InlineData("https://blobs.table.example.org", "https://blobs.table.example.org/", "https://blobs.blob.example.org/")]
    [InlineData("https://x.example.org/t,https://y.example.org/b", "https://x.example.org/t", "https://y.example.org/b")]
    [InlineData("https://a.blob.core.windows.net,https://a.table.core.windows.net", "https://a.table.core.windows.net/", "https://a.blob.core.windows.net/")]
    public void The_sibling_of_a_URL_is_derived(string address, string tables, string blobs)
    {
        (Uri t, Uri b) = AzureAccount.Endpoints(address);
        Assert.Equal((tables, blobs), (t.AbsoluteUri, b.AbsoluteUri));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("ftp://acct.table.core.windows.net", "'ftp'")]
    [InlineData("https://", "is no URL")]
    [InlineData("https://tables.example.org", "both URLs")]
    [InlineData("http://127.0.0.1:10002/devstoreaccount1", "Azurite give its connection string")]
    [InlineData("https://acct.table.core.windows.net?sv=2024&sig=" + Key, "must stand alone")]
    [InlineData("https://user:" + Key + "@acct.table.core.windows.net", "must stand alone")]
    [InlineData("https://a.example.org,https://b.example.org,https://c.example.org", "one or two URLs")]
    [InlineData("AccountName=acct;AccountKey=", "malformed")]
    [InlineData("AccountName=acct", "malformed")]
    [InlineData("DefaultEndpointsProtocol=https;AccountKey=" + Key, "malformed")]
    [InlineData("AccountName=acct;AccountKey=" + Key + "!!;EndpointSuffix=core.windows.net", "malformed")]
    [InlineData("AccountName;" + Key + "TableEndpoint=", "malformed")]
    [InlineData("https://acct.table.core.windows.net#Team1", "lower-case letters")]
    [InlineData("https://acct.table.core.windows.net#", "lower-case letters")]
    public void What_is_malformed_is_refused_with_how_it_should_be(string address, string says)
    {
        ArgumentException e = Assert.ThrowsAny<ArgumentException>(() => StoreAddress.Open(address));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key[..20], e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Key[..20], StoreAddress.Describe(address), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("abcdefghijklmnopqrstuvwxy")]
    [InlineData("with1")]
    [InlineData("Upper")]
    [InlineData("dash-ed")]
    public void Prefixes_of_another_form_are_refused(string prefix) =>
        Assert.Throws<ArgumentException>(() => StoreAddress.Open(Connection, new StoreAddressOptions { Prefix = prefix }));

    [Fact]
    public void The_option_goes_before_the_address() =>
        Assert.EndsWith("#mine", StoreAddress.Open(Connection + "#theirs", new StoreAddressOptions { Prefix = "mine" }).Description, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 400, 10_000, 25_000)]
    [InlineData(90_000, 0, 10_000, 25_000)]
    [InlineData(90_000, 400, 100, 25_000)]
    [InlineData(90_000, 400, 10_000, 0)]
    [InlineData(-1, 400, 10_000, 25_000)]
    public void Settings_out_of_range_are_refused(int retryFor, int delay, int delayMax, int attempt)
    {
        var options = new AzureStoreOptions
        {
            RetryFor = TimeSpan.FromMilliseconds(retryFor),
            RetryDelay = TimeSpan.FromMilliseconds(delay),
            RetryDelayMax = TimeSpan.FromMilliseconds(delayMax),
            AttemptTimeout = TimeSpan.FromMilliseconds(attempt),
        };
        if (retryFor == 0) Assert.NotNull(AzureStore.Open(Connection, options));
        else Assert.Throws<ArgumentOutOfRangeException>(() => AzureStore.Open(Connection, options));
    }

    [Theory]
    [InlineData("hc", "hc1events", "events")]
    [InlineData("hc", "hcx1events", null)]
    [InlineData("hcx", "hc1events", null)]
    [InlineData("hc", "hc2events", null)]
    [InlineData("hc", "hc1", null)]
    public void No_table_of_another_prefix_is_taken_for_ours(string prefix, string name, string? table) =>
        Assert.Equal(table, AzureNames.FromAzure(prefix, name));
}
