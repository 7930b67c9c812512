using System.Text.Json;
using YamlDotNet.RepresentationModel;

namespace HyperCloud.Infra.Plan.Tests;

/// <summary>The sample stacks as they are shipped, and plans made of them.</summary>
internal static class Samples
{
    public static readonly Subscriber Subscriber = new("11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555");
    public static readonly DateOnly Today = new(2026, 11, 24);
    public const string ClientId = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    /// <summary>The values of <c>Pulumi.STACK.yaml</c>, as Pulumi hands them to a program: lists and mappings as JSON.</summary>
    public static Dictionary<string, string> Values(string stack)
    {
        var yaml = new YamlStream();
        using (StreamReader reader = File.OpenText(Path.Combine(Root(), "infra", $"Pulumi.{stack}.yaml"))) yaml.Load(reader);
        var config = (YamlMappingNode)((YamlMappingNode)yaml.Documents[0].RootNode).Children["config"];
        return config.Children.ToDictionary(
            c => ((YamlScalarNode)c.Key).Value!.Replace("hypercloud:", "", StringComparison.Ordinal),
            c => c.Value is YamlScalarNode scalar ? scalar.Value! : JsonSerializer.Serialize(((YamlSequenceNode)c.Value).Children.Select(i => ((YamlScalarNode)i).Value)));
    }

    /// <summary>The settings of a sample, with an app registration where it has the sample's, and with changes; null takes a key away.</summary>
    public static StackSettings Settings(string stack, params (string Key, string? Value)[] changes)
    {
        Dictionary<string, string> values = Values(stack);
        if (values["signIn"] == Guid.Empty.ToString()) values["signIn"] = ClientId;
        foreach ((string key, string? value) in changes)
            if (value is null) values.Remove(key);
            else values[key] = value;
        return StackSettings.Read(values);
    }

    public static StackPlan Plan(string stack, params (string Key, string? Value)[] changes) => StackPlan.Create(Settings(stack, changes), stack, Subscriber, Today);

    public static string Root()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "HyperCloud.sln"))) return folder;
        throw new InvalidOperationException("the tests must run inside the repository");
    }

    public static string Source(params string[] path) => File.ReadAllText(Path.Combine([Root(), .. path]));
}
