using System.CommandLine;
using HyperCloud.Cli.Commands;

namespace HyperCloud.Cli;

/// <summary>Every verb of the command line.</summary>
internal static class Verbs
{
    public static RootCommand Build()
    {
        var root = new RootCommand("Hyperparameter sweeps whose answers can be trusted.")
        {
            InitCommand.Create(),
            RunCommand.Create(),
            ListCommand.Create(),
            StatusCommand.Create(),
            SubmitCommand.Create(),
            WatchCommand.Create(),
            ShowCommand.Create(),
            LogsCommand.Create(),
            BestCommand.Create(),
            ReportCommand.Create(),
            ImportanceCommand.Create(),
            ReplayCommand.Create(),
            ExportCommand.Create(),
            CapsuleCommands.CreateCapsule(),
            CapsuleCommands.CreateVerify(),
            CapsuleCommands.CreateImport(),
            ChangeCommands.CreatePause(),
            ChangeCommands.CreateResume(),
            ChangeCommands.CreateCancel(),
            ChangeCommands.CreateRetry(),
            DeleteCommand.Create(),
            StoreCommand.Create(),
            ServeCommand.Create(),
            ValidateCommand.Create(),
            SimulateCommand.Create(),
            DoctorCommand.Create(),
            AskTellCommand.Create(),
        };
        root.Options.Add(Common.Store);
        root.Options.Add(Common.Output);
        return root;
    }
}
