using System.Globalization;
using System.Runtime.InteropServices;

namespace HyperCloud.Runners;

/// <summary>
/// The part of LightGBM's C interface (c_api.h) that is needed to boost round by round. Every function answers 0, or −1 with a message in
/// <see cref="LGBM_GetLastError"/>.
/// </summary>
internal static class LightGbmNative
{
    private const string Library = "lib_lightgbm";
    private const int Float32 = 0, Float64 = 1;

    /// <summary>What is missing on this machine; null when the library loads.</summary>
    public static string? Missing()
    {
        if (NativeLibrary.TryLoad(Library, typeof(LightGbmNative).Assembly, null, out _)) return null; // Stays loaded: it will be used.
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            if (!NativeLibrary.TryLoad("libgomp.so.1", out nint openMp))
                return "LightGBM needs the system's OpenMP library libgomp.so.1, which is not installed: apt-get install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora, RHEL), apk add libgomp (Alpine)";
            NativeLibrary.Free(openMp);
        }

        if (OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
            return "LightGBM did not load; it needs OpenMP, which may not be installed: brew install libomp";
        return $"LightGBM's native library did not load on {RuntimeInformation.RuntimeIdentifier}; the package has it for linux-x64 (with glibc), osx-x64 and win-x64. Use trainer: fasttree or sdca here, or another machine";
    }

    /// <summary>A data set in LightGBM's memory.</summary>
    internal sealed class Data : IDisposable
    {
        private nint _handle;

        /// <summary>Copies a matrix; missing values are NaN.</summary>
        public Data(Matrix matrix, double[] target, string parameters, Data? reference)
        {
            Check(LGBM_DatasetCreateFromMat(matrix.Values, Float64, matrix.Rows, matrix.Columns, 1, parameters, reference?._handle ?? 0, out _handle));
            try
            {
                float[] labels = Array.ConvertAll(target, t => (float)t);
                Check(LGBM_DatasetSetField(_handle, "label", labels, labels.Length, Float32));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>The native handle.</summary>
        public nint Handle => _handle;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_handle != 0) _ = LGBM_DatasetFree(_handle);
            _handle = 0;
        }
    }

    /// <summary>A model that grows round by round and keeps its predictions for one measured data set.</summary>
    internal sealed class Booster : IDisposable
    {
        private nint _handle;

        /// <summary>Starts a model.</summary>
        public Booster(Data train, Data measured, string parameters)
        {
            Check(LGBM_BoosterCreate(train.Handle, parameters, out _handle));
            try
            {
                Check(LGBM_BoosterAddValidData(_handle, measured.Handle));
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>One more round. When no split is possible the model stays as it is.</summary>
        public void Update() => Check(LGBM_BoosterUpdateOneIter(_handle, out _));

        /// <summary>Predictions for the measured data, class after class.</summary>
        public double[] Predictions()
        {
            Check(LGBM_BoosterGetNumPredict(_handle, 1, out long count));
            var result = new double[count];
            Check(LGBM_BoosterGetPredict(_handle, 1, out _, result));
            return result;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_handle != 0) _ = LGBM_BoosterFree(_handle);
            _handle = 0;
        }
    }

    private static void Check(int code)
    {
        if (code != 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"LightGBM: {Marshal.PtrToStringUTF8(LGBM_GetLastError())}"));
    }

    [DllImport(Library)]
    private static extern nint LGBM_GetLastError();

    [DllImport(Library)]
    private static extern int LGBM_DatasetCreateFromMat(
        double[] data, int type, int rows, int columns, int rowMajor, [MarshalAs(UnmanagedType.LPUTF8Str)] string parameters, nint reference, out nint handle);

    [DllImport(Library)]
    private static extern int LGBM_DatasetSetField(nint handle, [MarshalAs(UnmanagedType.LPUTF8Str)] string field, float[] data, int count, int type);

    [DllImport(Library)]
    private static extern int LGBM_DatasetFree(nint handle);

    [DllImport(Library)]
    private static extern int LGBM_BoosterCreate(nint train, [MarshalAs(UnmanagedType.LPUTF8Str)] string parameters, out nint handle);

    [DllImport(Library)]
    private static extern int LGBM_BoosterFree(nint handle);

    [DllImport(Library)]
    private static extern int LGBM_BoosterAddValidData(nint handle, nint data);

    [DllImport(Library)]
    private static extern int LGBM_BoosterUpdateOneIter(nint handle, out int finished);

    [DllImport(Library)]
    private static extern int LGBM_BoosterGetNumPredict(nint handle, int data, out long count);

    [DllImport(Library)]
    private static extern int LGBM_BoosterGetPredict(nint handle, int data, out long count, [Out] double[] result);
}
