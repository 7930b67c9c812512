using HyperCloud.Functions;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddHyperCloud();

// To train in C#: a class that implements HyperCloud.Runners.IObjective, and a line here. A spec names it with `trial: {objective: NAME}`.
// builder.Services.AddSingleton<IObjective, MyObjective>();

builder.Build().Run();
