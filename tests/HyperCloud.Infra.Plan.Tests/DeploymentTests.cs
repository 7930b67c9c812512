namespace HyperCloud.Infra.Plan.Tests;

/// <summary>The page on deploying, README and the workflow for GitHub say the same, and keep no secret.</summary>
public sealed class DeploymentTests
{
    private static readonly string s_workflow = Samples.Source(".github", "workflows", "deploy.yml"), s_page = Samples.Source("docs", "deploying.md");

    [Fact]
    public void The_workflow_signs_in_with_a_token_of_its_own_and_uses_no_stored_secret()
    {
        Assert.Contains("id-token: write", s_workflow);
        Assert.Contains("ARM_USE_OIDC: \"true\"", s_workflow);
        Assert.DoesNotContain("secrets.", s_workflow);
        Assert.DoesNotContain("PULUMI_ACCESS_TOKEN", s_workflow);
    }

    [Theory]
    [InlineData("dotnet publish functions --configuration Release --output out")]
    [InlineData("(cd out && zip --quiet --recurse-paths ../app.zip .)")]
    [InlineData("az functionapp deployment source config-zip --src app.zip")]
    public void By_hand_and_from_GitHub_the_code_is_deployed_alike(string command)
    {
        Assert.Contains(command, s_workflow);
        Assert.Contains(command, s_page);
    }

    [Fact]
    public void The_workflow_takes_the_variables_that_the_page_names()
    {
        string[] variables = [.. System.Text.RegularExpressions.Regex.Matches(s_workflow, @"vars\.(\w+)").Select(m => m.Groups[1].Value).Distinct()];
        Assert.Equal(4, variables.Length);
        Assert.All(variables, v => Assert.Contains($"`{v}`", s_page));
    }

    [Fact]
    public void Every_role_is_on_the_page() =>
        Assert.All(Samples.Plan("prod").Roles.Concat(Samples.Plan("dev", ("taskHub", "scheduler-dedicated")).Roles), r => Assert.Contains(r.Role.Name.Replace("Storage ", ""), s_page));
}
