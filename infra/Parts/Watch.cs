using HyperCloud.Infra.Plan;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.Monitor.Inputs;

namespace HyperCloud.Infra;

/// <summary>Logs, telemetry, alarms and the budget.</summary>
internal sealed class Watch : Part
{
    public Watch(Home home)
        : base(home, "Watch", "watch")
    {
        WatchPlan plan = Plan.Watch;
        Workspace = new("workspace", new()
        {
            WorkspaceName = Plan.Names.Workspace,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Sku = new AN.OperationalInsights.Inputs.WorkspaceSkuArgs { Name = AN.OperationalInsights.WorkspaceSkuNameEnum.PerGB2018 },
            RetentionInDays = plan.LogDays,
            WorkspaceCapping = new AN.OperationalInsights.Inputs.WorkspaceCappingArgs { DailyQuotaGb = plan.GigabytesPerDay },
            Features = new AN.OperationalInsights.Inputs.WorkspaceFeaturesArgs { DisableLocalAuth = true, EnableLogAccessUsingOnlyResourcePermissions = true },
            Tags = home.Tags,
        }, Mine());
        Insights = new("insights", new()
        {
            ResourceName = Plan.Names.Insights,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Kind = "web",
            ApplicationType = AN.ApplicationInsights.ApplicationType.Web,
            IngestionMode = AN.ApplicationInsights.IngestionMode.LogAnalytics,
            WorkspaceResourceId = Workspace.Id,
            // Telemetry comes from identities only; the key in the connection string opens nothing.
            DisableLocalAuth = true,
            Tags = home.Tags,
        }, Mine());
        var contacts = new AN.Monitor.ActionGroup("contacts", new()
        {
            ActionGroupName = Plan.Names.Alerts,
            ResourceGroupName = home.Group.Name,
            Location = "Global",
            GroupShortName = plan.ShortName,
            Enabled = true,
            EmailReceivers = [.. plan.Contacts.Select((address, i) => new Args.MicrosoftCommonEmailReceiverArgs { Name = $"contact-{i + 1}", EmailAddress = address, UseCommonAlertSchema = true })],
            Tags = home.Tags,
        }, Mine());
        foreach (LogAlert alert in plan.Alerts) _ = Alert(alert, contacts);
        _ = Budget(plan, contacts);
        RegisterOutputs();
    }

    /// <summary>The Log Analytics workspace.</summary>
    public AN.OperationalInsights.Workspace Workspace { get; }

    /// <summary>Application Insights.</summary>
    public AN.ApplicationInsights.Component Insights { get; }

    private AN.Monitor.ScheduledQueryRule Alert(LogAlert alert, AN.Monitor.ActionGroup contacts) => new(alert.Name, new()
    {
        RuleName = alert.Name,
        ResourceGroupName = Home.Group.Name,
        Location = Home.Location,
        Kind = AN.Monitor.Kind.LogAlert,
        DisplayName = alert.Name,
        Description = alert.Text,
        Severity = alert.Severity,
        Enabled = true,
        Scopes = [Workspace.Id],
        EvaluationFrequency = alert.Every,
        WindowSize = alert.Window,
        AutoMitigate = true,
        // The tables of telemetry come with the first telemetry.
        SkipQueryValidation = true,
        Criteria = new Args.ScheduledQueryRuleCriteriaArgs { AllOf = [Condition(alert)] },
        Actions = new Args.ActionsArgs { ActionGroups = [contacts.Id] },
        Tags = Home.Tags,
    }, Mine());

    private static Args.ConditionArgs Condition(LogAlert alert)
    {
        var condition = new Args.ConditionArgs
        {
            Query = alert.Query,
            TimeAggregation = alert.Measure is null ? AN.Monitor.TimeAggregation.Count : AN.Monitor.TimeAggregation.Maximum,
            Operator = AN.Monitor.ConditionOperator.GreaterThan,
            Threshold = alert.Above,
            FailingPeriods = new Args.ConditionFailingPeriodsArgs { NumberOfEvaluationPeriods = 1, MinFailingPeriodsToAlert = 1 },
        };
        if (alert.Measure is { } measure) condition.MetricMeasureColumn = measure;
        return condition;
    }

    private AN.Consumption.Budget Budget(WatchPlan plan, AN.Monitor.ActionGroup contacts)
    {
        var options = Mine();
        // It begins with the month that it was made in, for good.
        options.IgnoreChanges.Add("timePeriod");
        return new("budget", new()
        {
            BudgetName = plan.Budget.Name,
            Scope = Home.Group.Id,
            Category = AN.Consumption.CategoryType.Cost,
            Amount = plan.Budget.Amount,
            TimeGrain = AN.Consumption.TimeGrainType.Monthly,
            TimePeriod = new AN.Consumption.Inputs.BudgetTimePeriodArgs { StartDate = plan.Budget.Start },
            Notifications = plan.Budget.Messages.ToDictionary(m => m.Name, m => new AN.Consumption.Inputs.NotificationArgs
            {
                Enabled = true,
                Operator = AN.Consumption.OperatorType.GreaterThanOrEqualTo,
                Threshold = m.Percent,
                ThresholdType = m.Forecast ? AN.Consumption.ThresholdType.Forecasted : AN.Consumption.ThresholdType.Actual,
                ContactEmails = [.. plan.Contacts],
                ContactGroups = [contacts.Id],
            }),
        }, options);
    }
}
