namespace StreamActors.Remote;

/// <summary>The forms of what is told of readers.</summary>
internal static class ReaderForms
{
    public static Protos.Elsewhere Write(OpenedElsewhere opened) => new() { Member = opened.Member, Reader = opened.Reader, State = Write(opened.State) };

    public static OpenedElsewhere Read(Protos.Elsewhere form) => new(CommonForms.Id(form.Member), form.Reader, Read(form.State));

    public static Protos.ReaderState Write(ReaderState state) => new()
    {
        Stat = CommonForms.Write(state.Stat),
        End = state.End,
        IsEnded = state.IsEnded,
        IsComplete = state.IsComplete,
        Stalled = state.Stalled is { } stalled ? FailureForms.Write(stalled) : null,
    };

    public static ReaderState Read(Protos.ReaderState? state)
    {
        var form = CommonForms.Required(state, "state");
        return new ReaderState(
            CommonForms.Read(form.Stat), CommonForms.NotNegative(form.End), form.IsEnded, form.IsComplete,
            form.Stalled is { } stalled ? FailureForms.Read(stalled) : null);
    }
}
