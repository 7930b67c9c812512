using System.Globalization;

namespace HyperCloud.Infra.Plan;

/// <summary>A question put to the logs again and again, whose answer may be worth an e-mail.</summary>
/// <param name="Name">Name of the rule.</param>
/// <param name="Severity">0 critical … 4 verbose.</param>
/// <param name="Query">Kusto query of the workspace.</param>
/// <param name="Measure">Column whose greatest value counts; null: the number of rows.</param>
/// <param name="Above">It alarms above this.</param>
/// <param name="Every">How often it is asked, ISO 8601.</param>
/// <param name="Window">How far it looks back, ISO 8601.</param>
/// <param name="Text">What it means and what to do: the text of the e-mail.</param>
public sealed record LogAlert(string Name, int Severity, string Query, string? Measure, int Above, string Every, string Window, string Text);

/// <summary>A message of the budget.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Percent">Share of the amount.</param>
/// <param name="Forecast">Of what the month will cost by the forecast, otherwise of what it has cost.</param>
public sealed record BudgetMessage(string Name, int Percent, bool Forecast);

/// <summary>The month's budget of the resource group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Amount">In the currency of the subscription.</param>
/// <param name="Start">First day of the month it is made in; Azure takes no other, and no earlier one.</param>
/// <param name="Messages">When contacts hear of it.</param>
public sealed record BudgetPlan(string Name, int Amount, string Start, IReadOnlyList<BudgetMessage> Messages);

/// <summary>What is kept of telemetry, and what alarms.</summary>
/// <param name="LogDays">Days that logs are kept.</param>
/// <param name="GigabytesPerDay">Most logs a day.</param>
/// <param name="ShortName">The action group's name in short messages.</param>
/// <param name="Contacts">Who hears of alarms.</param>
/// <param name="Alerts">Rules.</param>
/// <param name="Budget">The budget, which is the alarm for cost.</param>
public sealed record WatchPlan(int LogDays, int GigabytesPerDay, string ShortName, IReadOnlyList<string> Contacts, IReadOnlyList<LogAlert> Alerts, BudgetPlan Budget)
{
    /// <summary>Runs that wait this long have nobody who works on them.</summary>
    public const int LongestWaitSeconds = 3600;

    /// <summary>What the app logs when an orchestration failed.</summary>
    public const string OrchestrationFailed = "the orchestration of sweep";

    /// <summary>What Durable logs of a message that it has given up on.</summary>
    public const string Poison = "is now considered poison";

    /// <summary>The metric of the time that runs lay in the queue, in seconds.</summary>
    public const string Queued = "hypercloud.run.queued";

    /// <summary>What a stack watches.</summary>
    public static WatchPlan Of(StackSettings settings, StackNames names, DateOnly today) => new(
        settings.LogDays, settings.LogGigabytesPerDay, "hypercloud", settings.Contacts,
        [
            new(
                $"{names.Alerts}-failed-orchestrations", 1,
                $"union isfuzzy=true (AppTraces | where Message startswith '{OrchestrationFailed}'), (AppRequests | where Success == false and Name startswith 'orchestration:HyperCloud')",
                null, 0, "PT15M", "PT15M",
                "An orchestration failed, after storage or the platform was away for about an hour. The patrol starts it again every five minutes. GET /api/sweeps/SWEEP shows the fault; look whether storage, roles and network are as the stack made them."),
            new(
                $"{names.Alerts}-queue-age", 2, $"AppMetrics | where Name == '{Queued}'", "Max", LongestWaitSeconds, "PT15M", "PT30M",
                "Runs have waited for more than an hour. Give limits.parallel and maximumInstances room, or look at the subscription's quota of cores in the region."),
            new(
                $"{names.Alerts}-poison", 1, $"AppTraces | where Message has '{Poison}'", null, 0, "PT15M", "PT15M",
                "Durable gave a message up that was taken up again and again without success. Runs that kill their worker are the usual cause, for want of memory: the last lines are in hypercloud logs RUN; instanceMemory gives more."),
        ],
        new(
            names.Budget, settings.Budget, string.Create(CultureInfo.InvariantCulture, $"{today.Year:0000}-{today.Month:00}-01T00:00:00Z"),
            [new("actual-80", 80, false), new("actual-100", 100, false), new("forecast-100", 100, true)]));
}
