using HyperCloud.Sweeps;

namespace HyperCloud.Cli;

/// <summary>Turns what went wrong into one message on standard error and an exit code.</summary>
internal static class Faults
{
    public static async Task<int> Guard(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (CliException e)
        {
            return Say(e.Message, e.ExitCode);
        }
        catch (StoreException e)
        {
            return Say($"{e.Message} [{e.Code}]", ExitCodes.Store);
        }
        catch (LogBrokenException e)
        {
            return Say($"the record is damaged: {e.Message}. Nothing was changed; 'hypercloud replay' says more", ExitCodes.RecordEdited);
        }
        catch (SweepBusyException e)
        {
            return Say(e.Message, ExitCodes.Busy);
        }
        catch (SweepOverException e)
        {
            return Say(e.Message, ExitCodes.BadInput);
        }
        catch (WarmStartException e)
        {
            return Say(e.Message, ExitCodes.BadInput);
        }
        catch (IOException e)
        {
            return Say(e.Message, ExitCodes.BadInput);
        }
        catch (UnauthorizedAccessException e)
        {
            return Say(e.Message, ExitCodes.BadInput);
        }
        catch (OperationCanceledException)
        {
            return Say("interrupted", ExitCodes.Interrupted);
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("HYPERCLOUD_TRACE") is null)
        {
            return Say($"internal fault: {e.GetType().Name}: {e.Message} (set HYPERCLOUD_TRACE=1 for the place; what was stored is safe)", ExitCodes.Internal);
        }
    }

    private static int Say(string message, int code)
    {
        Console.Error.WriteLine($"hypercloud: {message}");
        return code;
    }
}
