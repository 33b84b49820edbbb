using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Runtime;

public sealed class PipeToTests() : TestKitBase(new Simulation(seed: 8))
{
    [Fact]
    public void PipeTo_TaskEndsLater_TellsItsResultWithTheSender()
    {
        var work = new TaskCompletionSource<string>();
        var sender = CreateTestProbe();
        work.Task.PipeTo(TestActor.Ref, sender.Ref);
        TestActor.ExpectNoMsg();
        work.SetResult("done");
        TestActor.ExpectMsg("done");
        Assert.Equal(sender.Ref, TestActor.LastSender);
    }

    [Fact]
    public void PipeTo_WorkThatContinuesElsewhere_IsToldByTheSimulation()
    {
        var work = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Task.PipeTo(TestActor.Ref);
        work.SetResult("done");
        TestActor.ExpectMsg("done");
    }

    [Fact]
    public void PipeTo_TaskHasEnded_TellsItsResult()
    {
        Task.FromResult("done").PipeTo(TestActor.Ref);
        TestActor.ExpectMsg("done");
    }

    [Fact]
    public void PipeTo_TaskFails_TellsAStatusFailureWithItsCause()
    {
        var work = new TaskCompletionSource<string>();
        work.Task.PipeTo(TestActor.Ref);
        var cause = new FormatException("thrown");
        work.SetException(cause);
        Assert.Same(cause, TestActor.ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void PipeTo_TaskIsCancelled_TellsAStatusFailure()
    {
        var work = new TaskCompletionSource();
        work.Task.PipeTo(TestActor.Ref);
        work.SetCanceled();
        Assert.IsType<TaskCanceledException>(TestActor.ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void PipeTo_Functions_MakeTheMessages()
    {
        Task.FromResult(2).PipeTo(TestActor.Ref, null, result => $"two is {result}", failure => failure.Message);
        TestActor.ExpectMsg("two is 2");
        Task.FromException<int>(new FormatException("thrown")).PipeTo(TestActor.Ref, null, _ => "no", failure => failure.Message);
        TestActor.ExpectMsg("thrown");
        Task.CompletedTask.PipeTo(TestActor.Ref, null, () => "ended");
        TestActor.ExpectMsg("ended");
    }

    [Fact]
    public void PipeTo_FunctionThrows_TellsAStatusFailure()
    {
        Task.FromResult(2).PipeTo(TestActor.Ref, null, _ => throw new FormatException("thrown"));
        Assert.IsType<FormatException>(TestActor.ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void PipeTo_NoResultAndNoFunction_TellsNothing()
    {
        Task.CompletedTask.PipeTo(TestActor.Ref);
        TestActor.ExpectNoMsg();
    }
}
