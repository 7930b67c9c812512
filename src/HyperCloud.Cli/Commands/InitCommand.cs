using System.CommandLine;
namespace HyperCloud.Cli.Commands;
internal static class InitCommand { public static Command Create() => new("init", "x"); }
