using System.CommandLine;
using HyperCloud.Cli;

Console.OutputEncoding = System.Text.Encoding.UTF8;
RootCommand root = Verbs.Build();
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) Console.Error.WriteLine($"hypercloud: {error.Message}");
    Console.Error.WriteLine("hypercloud --help lists the verbs, hypercloud VERB --help its options");
    return ExitCodes.BadInput;
}

// Ctrl-C is ours (it pauses), so the library must not end the process; and every fault gets its own words and exit code.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
return await Faults.Guard(() => parsed.InvokeAsync(configuration));
