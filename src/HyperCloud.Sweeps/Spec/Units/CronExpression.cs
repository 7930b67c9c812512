using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// A schedule in cron form, in UTC: <c>minute hour day-of-month month day-of-week</c>, with an optional field for seconds in front.
/// Fields take <c>*</c>, numbers, ranges <c>a-b</c>, steps <c>*/n</c> and <c>a-b/n</c>, lists with commas; months and weekdays also by
/// their English three-letter names; Sunday is 0 or 7.
/// </summary>
/// <remarks>
/// Crons disagree on what it means to restrict both the day of the month and the weekday (Vixie cron: either; NCRONTAB: both), so that is
/// refused.
/// </remarks>
public sealed class CronExpression
{
    private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    // The longest gap between two dates that a cron can name: 29 February over a century year that is no leap year.
    private const int Horizon = 366 * 9;

    private readonly ImmutableArray<int> _seconds, _minutes, _hours;
    private readonly ImmutableArray<int> _days, _months, _weekdays;

    private CronExpression(string text, ImmutableArray<int>[] fields)
    {
        Text = text;
        (_seconds, _minutes, _hours, _days, _months) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
        _weekdays = [.. fields[5].Select(d => d % 7).Distinct()];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">Five or six fields separated by spaces.</param>
    /// <param name="cron">The schedule, when there is no error.</param>
    /// <param name="error">What is wrong, with the value; otherwise null.</param>
    public static bool TryParse(string text, out CronExpression? cron, out string? error)
    {
        cron = null;
        string[] fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            error = $"a cron has 5 fields (minute hour day month weekday) or 6 (with seconds in front), but '{text}' has {fields.Length.ToString(CultureInfo.InvariantCulture)}";
            return false;
        }

        if (fields.Length == 5) fields = ["0", .. fields];
        var values = new ImmutableArray<int>[6];
        (string Name, int Low, int High, string[]? Names)[] kinds =
            [("seconds", 0, 59, null), ("minute", 0, 59, null), ("hour", 0, 23, null), ("day of the month", 1, 31, null), ("month", 1, 12, s_months), ("weekday", 0, 7, s_days)];
        for (int i = 0; i < 6; i++)
        {
            if (Field(fields[i], kinds[i].Low, kinds[i].High, kinds[i].Names) is { } set)
            {
                values[i] = set;
                continue;
            }

            error = string.Create(CultureInfo.InvariantCulture,
                $"the {kinds[i].Name} of a cron takes {kinds[i].Low}-{kinds[i].High}, '*', ranges, steps and lists, but got '{fields[i]}'");
            return false;
        }

        if (!fields[3].StartsWith('*') && !fields[5].StartsWith('*'))
        {
            error = $"a cron cannot restrict both the day of the month ({fields[3]}) and the weekday ({fields[5]}), since crons disagree on what that means; put '*' into one";
            return false;
        }

        cron = new CronExpression(text, values);
        error = cron.Next(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)) is null ? $"the cron '{text}' names a date that never comes" : null;
        return error is null;
    }

    /// <summary>The first time after the given one; null when none comes within nine years (only before <see cref="TryParse"/> has refused it).</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        DateTime from = after.UtcDateTime.AddSeconds(1);
        DateTime day = from.Date;
        for (int i = 0; i <= Horizon; i++, day = day.AddDays(1))
        {
            if (!_months.Contains(day.Month) || !_days.Contains(day.Day) || !_weekdays.Contains((int)day.DayOfWeek)) continue;
            foreach (int hour in _hours)
                foreach (int minute in _minutes)
                    foreach (int second in _seconds)
                    {
                        DateTime at = day.AddHours(hour).AddMinutes(minute).AddSeconds(second);
                        if (at >= new DateTime(from.Ticks - from.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc)) return new DateTimeOffset(at, TimeSpan.Zero);
                    }
        }

        return null;
    }

    private static ImmutableArray<int>? Field(string text, int low, int high, string[]? names)
    {
        SortedSet<int> values = [];
        foreach (string part in text.Split(','))
        {
            string[] stepped = part.Split('/');
            int step = 1;
            if (stepped.Length > 2 || (stepped.Length == 2 && (!Number(stepped[1], 1, high, null, out step)))) return null;
            int from = low, to = high;
            if (stepped[0] != "*")
            {
                string[] range = stepped[0].Split('-');
                if (range.Length > 2 || !Number(range[0], low, high, names, out from)) return null;
                // "5/15" without a range runs to the end, as in Vixie cron.
                to = stepped.Length == 2 && range.Length == 1 ? high : from;
                if (range.Length == 2 && !Number(range[1], low, high, names, out to)) return null;
                if (to < from) return null;
            }

            for (int v = from; v <= to; v += step) values.Add(v);
        }

        return [.. values];

        static bool Number(string s, int low, int high, string[]? names, out int value)
        {
            int named = names is null ? -1 : Array.FindIndex(names, n => n.Equals(s, StringComparison.OrdinalIgnoreCase));
            if (named >= 0)
            {
                value = named + low;
                return true;
            }

            return int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= low && value <= high;
        }
    }
}
