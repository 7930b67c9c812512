using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Reads the whole: each section by its own reader, then what concerns several sections.</summary>
internal sealed class SweepReading(ProblemList problems, SpecContext context, SpecNode root)
{
    public SweepSpec? Read()
    {
        if (root is not MapNode)
        {
            if (root is not ScalarNode { Refused: true })
                problems.Error(SpecCodes.WrongType, root,
                    $"a spec must be a mapping with the keys {string.Join(", ", SpecKeys.Root.Keys.Select(k => k.Name))}, but got {root.Describe()}");
            return null;
        }

        var reader = new SectionReader(problems, SpecKeys.Root, root, "", root.Place);
        reader.Require("name", "give the sweep one, such as `name: breast-cancer`");
        string? name = reader.Text("name");
        ImmutableArray<TaskSpec> tasks = TasksReader.Read(reader);
        ImmutableArray<ObjectiveSpec> objectives = ObjectiveReader.Read(reader, tasks.IsEmpty ? StatisticKind.Mean : StatisticKind.Iqm);
        ObjectiveSpec? objective = objectives.FirstOrDefault();
        ImmutableArray<ConstraintSpec> constraints = ConstraintReader.Read(reader, objectives);
        var space = new SpaceReader(problems, reader.Node("space"));
        Space? read = space.Read();
        if (read is not null) read = ForbidReader.Read(reader, read);
        ImmutableArray<PartialConfiguration> enqueue = EnqueueReader.Read(reader, read);
        SearchSpec search = SearchReader.Read(reader.Section("search"), context);
        LimitsSpec limits = LimitsReader.Read(reader.Section("limits"), context);
        SeedsSpec seeds = SeedsReader.Read(reader.Section("seeds"));
        EarlyStoppingSpec? stopping = EarlyStoppingReader.Read(reader, context);
        ScheduleSpec? schedule = ScheduleReader.Read(reader);
        TunabilitySpec? tunability = TunabilityReader.Read(reader);
        TrialSpec? trial = new TrialReader(problems, context, reader).Read(space.Provisional);

        if (trial is not null) limits = CrossChecks.Slots(reader, trial, limits);
        TasksReader.Check(reader, tasks, objective, seeds, trial);
        if (objectives.Length > 1)
        {
            CrossChecks.Front(reader, seeds, search, stopping, schedule, tunability is not null, tasks.Length);
        }
        else if (objective is not null)
        {
            CrossChecks.Objective(reader, objective, seeds, tasks.Length);
            CrossChecks.Race(reader, objective, seeds.Selection);
        }

        CrossChecks.Pausing(reader, stopping, trial, search, context);
        CrossChecks.Grid(space, search, problems);
        CrossChecks.Priors(space, search, problems);
        CrossChecks.Enqueued(reader, enqueue, limits);
        if (tunability is not null && read is not null) limits = TunabilityReader.Plan(reader, read, tunability, limits);
        if (trial is not null && !problems.HasErrors) CrossChecks.Holdout(reader, trial, seeds, context);
        if (name is null || objective is null || read is null) return null;
        return new SweepSpec
        {
            Name = name,
            Objective = objective,
            MoreObjectives = [.. objectives.Skip(1)],
            Tasks = tasks,
            Space = read,
            Enqueue = enqueue,
            Constraints = constraints,
            WarmStart = reader.Text("warmStart"),
            Search = search,
            Limits = limits,
            Seeds = seeds,
            EarlyStopping = stopping,
            Tunability = tunability,
            Trial = trial,
            Schedule = schedule,
        };
    }
}
