using System.Buffers;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Writes the answers of the ask-tell protocol.</summary>
internal static class AskTellAnswer
{
    public const string Ok = """{"ok":true}""";

    public const string NoBest = """{"best":null}""";

    public static string Trials(IEnumerable<(int Number, Assignment Assignment)> trials, IReadOnlyList<TaskSpec> tasks) => Write(writer =>
    {
        writer.WriteStartArray("trials");
        foreach ((int number, Assignment assignment) in trials)
        {
            writer.WriteStartObject();
            writer.WriteNumber("number", number);
            writer.WritePropertyName("params");
            assignment.WriteTo(writer);
            if (tasks.Count > 0)
            {
                writer.WriteStartArray("tasks");
                foreach (TaskSpec task in tasks) writer.WriteStringValue(task.Name);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static string Done(string reason) => Write(writer =>
    {
        writer.WriteStartArray("trials");
        writer.WriteEndArray();
        writer.WriteBoolean("done", true);
        writer.WriteString("reason", reason);
    });

    public static string Decision(bool stop, string reason) => Write(writer =>
    {
        writer.WriteString("decision", stop ? "stop" : "continue");
        writer.WriteString("reason", reason);
    });

    public static string Best(int number, double value, Assignment assignment) => Write(writer =>
    {
        writer.WriteStartObject("best");
        writer.WriteNumber("number", number);
        writer.WriteNumber("value", value);
        writer.WritePropertyName("params");
        assignment.WriteTo(writer);
        writer.WriteEndObject();
    });

    public const string NoFront = """{"front":[]}""";

    public static string Front(IEnumerable<(int Number, IEnumerable<(string Metric, double Value)> Values, Assignment Assignment)> front) => Write(writer =>
    {
        writer.WriteStartArray("front");
        foreach ((int number, IEnumerable<(string Metric, double Value)> values, Assignment assignment) in front)
        {
            writer.WriteStartObject();
            writer.WriteNumber("number", number);
            writer.WriteStartObject("values");
            foreach ((string metric, double value) in values) writer.WriteNumber(metric, value);
            writer.WriteEndObject();
            writer.WritePropertyName("params");
            assignment.WriteTo(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    public static string Error(string code, string message) => Write(writer =>
    {
        writer.WriteStartObject("error");
        writer.WriteString("code", code);
        writer.WriteString("message", message);
        writer.WriteEndObject();
    });

    private static string Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
