namespace HyperCloud.Sweeps;

/// <summary>Tells an address outside of something. May be called again for what it has told already: the id says that it is the same.</summary>
public interface IWebhookSender
{
    /// <summary>Sends one message.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="id">The message's own id, the same whenever it is sent again.</param>
    /// <param name="body">Its JSON.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>Null when it was taken; else why not, in a sentence without secrets.</returns>
    ValueTask<string?> Send(Uri address, string id, string body, CancellationToken cancellation);
}
