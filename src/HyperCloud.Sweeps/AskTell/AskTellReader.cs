using System.Globalization;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Reads and checks the messages of the ask-tell protocol.</summary>
internal static class AskTellReader
{
    private static readonly string[] Verbs = ["ask", "tell", "report", "best"];

    /// <summary>Reads a line.</summary>
    /// <exception cref="AskTellException">The line is not a message.</exception>
    public static AskTellMessage Read(string line, int mostAsked)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            (string verb, JsonElement body) = Verb(document.RootElement);
            return verb switch
            {
                "ask" => new AskTellMessage.Ask(AskCount(body, mostAsked)),
                "tell" => ReadTell(body),
                "report" => ReadReport(body),
                _ => body.ValueKind == JsonValueKind.True ? new AskTellMessage.Best()
                    : throw new AskTellException("invalid-best", $"\"best\" must be true, but got {body.GetRawText()}"),
            };
        }
        catch (JsonException e)
        {
            // Python's json.dumps writes these words, which JSON does not have.
            foreach (string word in new[] { "NaN", "Infinity" })
                if (line.Contains(word, StringComparison.Ordinal))
                    throw new AskTellException("non-finite", $"{word} is not a number in JSON, and no result either: tell a trial without a finite value as {{\"tell\": {{\"number\": N, \"state\": \"failed\"}}}}");
            throw new AskTellException("malformed-json", string.Create(CultureInfo.InvariantCulture,
                $"the line is not JSON{(line.Length == 0 ? ": it is empty" : $" (at byte {e.BytePositionInLine})")}; send one object a line, such as {{\"ask\": 1}}"));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new AskTellException("malformed-json", "the line holds text that is not Unicode: half of a surrogate pair");
        }
    }

    private static (string Verb, JsonElement Body) Verb(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new AskTellException("unknown-message", $"a message must be an object, but got {root.ValueKind}");
        string[] keys = [.. root.EnumerateObject().Select(p => p.Name)];
        return keys.Length == 1 && Verbs.Contains(keys[0]) ? (keys[0], root.GetProperty(keys[0]))
            : throw new AskTellException("unknown-message", $"a message has exactly one of {string.Join(", ", Verbs)}, but got {(keys.Length == 0 ? "none" : string.Join(", ", keys))}");
    }

    private static int AskCount(JsonElement body, int most) =>
        body.ValueKind == JsonValueKind.Number && body.TryGetInt32(out int count) && count >= 1 && count <= most ? count
            : throw new AskTellException("invalid-ask", string.Create(CultureInfo.InvariantCulture, $"\"ask\" must be a whole number from 1 to {most}, but got {body.GetRawText()}"));

    private static AskTellMessage.Tell ReadTell(JsonElement body)
    {
        const string Code = "invalid-tell";
        Check(body, Code, ["number", "task", "value", "state", "metrics", "seconds"]);
        int number = Number(body, Code);
        bool hasValue = body.TryGetProperty("value", out JsonElement value), hasState = body.TryGetProperty("state", out JsonElement state);
        if (hasValue == hasState) throw new AskTellException(Code, $"a tell has either \"value\" or \"state\": \"failed\", but got {(hasValue ? "both" : "neither")}");
        Dictionary<string, double> metrics = Metrics(body, Code);
        string? task = !body.TryGetProperty("task", out JsonElement named) ? null : named.ValueKind == JsonValueKind.String ? named.GetString()
            : throw new AskTellException(Code, $"\"task\" must be a task's name, but got {named.GetRawText()}");
        double? seconds = body.TryGetProperty("seconds", out JsonElement time) ? Finite(time, "seconds", Code) : null;
        if (seconds < 0) throw new AskTellException(Code, string.Create(CultureInfo.InvariantCulture, $"\"seconds\" is how long the trial took, 0 or more, but got {seconds}"));
        if (hasValue) return new AskTellMessage.Tell(number, Finite(value, "value", Code), metrics, seconds, task);
        return state.ValueKind == JsonValueKind.String && state.GetString() == "failed" ? new AskTellMessage.Tell(number, null, metrics, seconds, task)
            : throw new AskTellException(Code, $"\"state\" can only be \"failed\", but got {state.GetRawText()}");
    }

    private static AskTellMessage.Report ReadReport(JsonElement body)
    {
        const string Code = "invalid-report";
        Check(body, Code, ["number", "step", "value"]);
        int number = Number(body, Code);
        double step = Finite(Required(body, "step", Code), "step", Code);
        if (step < 0) throw new AskTellException(Code, string.Create(CultureInfo.InvariantCulture, $"\"step\" counts the resource from 0 up, but got {step}"));
        return new AskTellMessage.Report(number, step, Finite(Required(body, "value", Code), "value", Code));
    }

    private static Dictionary<string, double> Metrics(JsonElement body, string code)
    {
        if (!body.TryGetProperty("metrics", out JsonElement metrics)) return [];
        if (metrics.ValueKind != JsonValueKind.Object) throw new AskTellException(code, $"\"metrics\" must be an object of numbers, but got {metrics.GetRawText()}");
        var read = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (JsonProperty m in metrics.EnumerateObject()) read[m.Name] = Finite(m.Value, m.Name, code);
        return read;
    }

    private static void Check(JsonElement body, string code, string[] known)
    {
        if (body.ValueKind != JsonValueKind.Object) throw new AskTellException(code, $"the body must be an object with {string.Join(", ", known)}, but got {body.GetRawText()}");
        foreach (JsonProperty p in body.EnumerateObject())
            if (!known.Contains(p.Name)) throw new AskTellException(code, $"unknown key \"{p.Name}\"; known are {string.Join(", ", known)}");
    }

    private static JsonElement Required(JsonElement body, string key, string code) =>
        body.TryGetProperty(key, out JsonElement value) ? value : throw new AskTellException(code, $"\"{key}\" is missing");

    private static int Number(JsonElement body, string code)
    {
        JsonElement number = Required(body, "number", code);
        return number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int n) ? n
            : throw new AskTellException(code, $"\"number\" must be a trial number, but got {number.GetRawText()}");
    }

    private static double Finite(JsonElement value, string key, string code)
    {
        if (value.ValueKind != JsonValueKind.Number) throw new AskTellException(code, $"\"{key}\" must be a number, but got {value.GetRawText()}");
        return value.TryGetDouble(out double x) && double.IsFinite(x) ? x
            : throw new AskTellException("non-finite", $"\"{key}\" must be finite, but {value.GetRawText()} is more than a double can hold");
    }
}
