using System.Globalization;

namespace HyperCloud.Core;

/// <summary>
/// Which run of a sweep: one execution of a trial with one seed (SEMANTICS §1). Attempts of the same run share the key.
/// </summary>
/// <param name="Trial">Trial number, from 0.</param>
/// <param name="Pool">The seed pool.</param>
/// <param name="Replicate">Replicate index in the pool, from 0.</param>
/// <param name="Task">Task index; 0 unless the spec has tasks.</param>
/// <param name="Rung">Rung index for runs that are sliced at rungs; else 0.</param>
/// <param name="Repeat">The robustness sweep, from 1, that repeats this run with its very seed; 0 for the run itself.</param>
public readonly record struct RunKey(int Trial, SeedPool Pool, int Replicate, int Task = 0, int Rung = 0, int Repeat = 0) : IComparable<RunKey>
{
    /// <summary>Which replicate of which task: what the slices of one run have in common.</summary>
    public (int Replicate, int Task) Series => (Replicate, Task);

    /// <summary>The key as people and files write it: <c>12-search-0</c>, with <c>-t1</c>, <c>-r2</c> and <c>-n3</c> appended for task, rung and repeat above 0.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Trial}-{PoolName(Pool)}-{Replicate}{(Task > 0 ? $"-t{Task}" : "")}{(Rung > 0 ? $"-r{Rung}" : "")}{(Repeat > 0 ? $"-n{Repeat}" : "")}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string? text, out RunKey key)
    {
        key = default;
        string[] parts = (text ?? "").Split('-');
        if (parts.Length is < 3 or > 6 || !Number(parts[0], out int trial) || !TryPool(parts[1], out SeedPool pool) || !Number(parts[2], out int replicate))
            return false;
        int task = 0, rung = 0, repeat = 0;
        foreach (string part in parts.Skip(3))
        {
            if (part.Length < 2 || !Number(part[1..], out int n) || n == 0) return false;
            if (part[0] == 't' && task == 0 && rung == 0 && repeat == 0) task = n;
            else if (part[0] == 'r' && rung == 0 && repeat == 0) rung = n;
            else if (part[0] == 'n' && repeat == 0) repeat = n;
            else return false;
        }

        key = new RunKey(trial, pool, replicate, task, rung, repeat);
        return true;

        static bool Number(string s, out int n) => int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out n);
    }

    /// <summary>The pool's name in records: <c>search</c>, <c>selection</c>, <c>evaluation</c>.</summary>
    public static string PoolName(SeedPool pool) => pool switch
    {
        SeedPool.Search => "search",
        SeedPool.Selection => "selection",
        SeedPool.Evaluation => "evaluation",
        _ => throw new ArgumentOutOfRangeException(nameof(pool)),
    };

    private static bool TryPool(string name, out SeedPool pool)
    {
        pool = name switch { "selection" => SeedPool.Selection, "evaluation" => SeedPool.Evaluation, _ => SeedPool.Search };
        return name is "search" or "selection" or "evaluation";
    }

    /// <summary>Orders by trial, pool, replicate, task, rung, repeat.</summary>
    public int CompareTo(RunKey other) => (Trial, Pool, Replicate, Task, Rung, Repeat).CompareTo((other.Trial, other.Pool, other.Replicate, other.Task, other.Rung, other.Repeat));
}
