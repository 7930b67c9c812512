using Microsoft.ML;
using Microsoft.ML.Data;

namespace HyperCloud.Runners;

/// <summary>Hands matrices to ML.NET.</summary>
internal static class MlNetData
{
    /// <summary>The training rows as a data view with the columns Features and Label.</summary>
    public static IDataView Numbers(MLContext context, Matrix features, double[] target) =>
        View(context, features, i => new NumberRow { Features = Single(features, i), Label = (float)target[i] });

    /// <summary>As <see cref="Numbers"/>, the label being whether the class is the given one.</summary>
    public static IDataView Booleans(MLContext context, Matrix features, double[] target, int positive) =>
        View(context, features, i => new BooleanRow { Features = Single(features, i), Label = (int)target[i] == positive });

    private static IDataView View<T>(MLContext context, Matrix features, Func<int, T> row) where T : class
    {
        var schema = SchemaDefinition.Create(typeof(T));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Columns);
        T[] rows = [.. Enumerable.Range(0, features.Rows).Select(row)];
        return context.Data.LoadFromEnumerable(rows, schema);
    }

    private static float[] Single(Matrix features, int row)
    {
        var values = new float[features.Columns];
        for (int j = 0; j < values.Length; j++) values[j] = (float)features.Values[row * features.Columns + j];
        return values;
    }

    // ML.NET reads these by reflection.
    private sealed class NumberRow
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class BooleanRow
    {
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }
}
