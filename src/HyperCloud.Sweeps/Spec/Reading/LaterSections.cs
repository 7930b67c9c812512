namespace HyperCloud.Sweeps;

/// <summary>Reads <c>earlyStopping</c>.</summary>
internal static class EarlyStoppingReader
{
    public static EarlyStoppingSpec? Read(SectionReader root, SpecContext context)
    {
        SectionReader reader = root.Section("earlyStopping");
        if (!reader.Given) return null;
        reader.Require("rule", "take asha, hyperband or median");
        reader.Require("max", "give the resource of full length, such as `max: 200`");
        string? rule = reader.Choice("rule");
        var defaults = new EarlyStoppingSpec { Rule = rule ?? "", Max = 0 };
        double? max = reader.Number("max");
        var stopping = defaults with
        {
            Resource = reader.Text("resource") ?? defaults.Resource,
            Min = reader.Number("min") ?? defaults.Min,
            Max = max ?? 0,
            Reduction = reader.Number("reduction") ?? defaults.Reduction,
            Pause = reader.Choice("mode") == "pause",
            ByTrend = reader.Choice("compare") == "trend",
        };
        if (max is not null && stopping.Min >= stopping.Max)
            reader.Error(SpecCodes.Invalid, reader.Node("min") is null ? "max" : "min",
                FormattableString.Invariant($"`min < max` must hold for earlyStopping, but got min={stopping.Min}, max={stopping.Max}"));
        if (context.StoppingRules is { } known && rule is not null && !known.Contains(rule))
            root.Error(SpecCodes.NotYet, "earlyStopping", $"this program cannot follow the rule `{rule}`; it has {string.Join(", ", known)}");
        return stopping;
    }
}

/// <summary>Reads <c>schedule</c>.</summary>
internal static class ScheduleReader
{
    public static ScheduleSpec? Read(SectionReader root)
    {
        SectionReader reader = root.Section("schedule");
        if (!reader.Given) return null;
        reader.Require("cron", "say when, such as `cron: \"0 2 * * *\"` for every night at 2 (UTC)");
        string? text = reader.Text("cron");
        if (text is not null && !CronExpression.TryParse(text, out _, out string? error)) reader.Error(SpecCodes.Invalid, "cron", error!);
        var defaults = new ScheduleSpec { Cron = text ?? "" };
        string? webhook = reader.Text("webhook");
        if (webhook is not null && !(Uri.TryCreate(webhook, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0))
            reader.Error(SpecCodes.Invalid, "webhook", $"`schedule.webhook` must be an https address without user name and password, but got '{ScalarNode.Shorten(webhook)}'");
        if (reader.Choice("kind") == "tunability")
            reader.Error(SpecCodes.NotYet, "kind", "scheduled tunability sweeps come with a later version; this one runs `kind: robustness`");
        root.Warn(SpecCodes.NoEffect, "schedule", "`run` does not run schedules; `serve` does");
        return defaults with
        {
            Kind = reader.Choice("kind") == "tunability" ? ScheduleKind.Tunability : ScheduleKind.Robustness,
            Seeds = (int?)reader.Integer("seeds") ?? defaults.Seeds,
            Neighbours = (int?)reader.Integer("neighbours") ?? defaults.Neighbours,
            Margin = reader.Number("margin") ?? defaults.Margin,
            Webhook = webhook,
        };
    }
}
