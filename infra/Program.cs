using HyperCloud.Infra;

return await Pulumi.Deployment.RunAsync(HyperCloudStack.Deploy);
