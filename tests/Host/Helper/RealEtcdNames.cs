// What RealEtcd, a file of another project, finds there without a using directive.
global using Assert = Xunit.Assert;
global using IAsyncLifetime = Xunit.IAsyncLifetime;
