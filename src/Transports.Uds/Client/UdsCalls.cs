using System.Buffers;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Content;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Transports.Uds.Client;

/// <summary>Everything that is no generation, each under a deadline.</summary>
internal sealed class UdsCalls(UdsConnector connector, string backend, TimeSpan callTimeout)
{
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken)
    {
        request = request with
            { Deadlines = request.Deadlines with { Total = request.Deadlines.Total ?? callTimeout } };
        var terms = new CallTerms
        {
            Kind = RequestKind.Embed,
            Due = 0,
            Result = ResultKind.Embedding,
            Results = request.Inputs.Count,
        };
        UnaryCall call = await RunAsync(terms, request.Deadlines,
            static (output, handle, sent) => RequestWriter.Write(output, handle, sent), request, cancellationToken)
            .ConfigureAwait(false);
        return new EmbeddingResult(request.Model, call.Vectors, call.Usage);
    }

    public async Task<TokenizeResult> TokenizeAsync(TokenizeRequest request, CancellationToken cancellationToken)
    {
        var terms = new CallTerms { Kind = RequestKind.Tokenize, Due = 0, Result = ResultKind.Ids, Results = 1 };
        UnaryCall call = await RunAsync(terms, new DeadlineBudgets { Total = callTimeout },
            static (output, handle, sent) => RequestWriter.Write(output, handle, sent.request, sent.callTimeout),
            (request, callTimeout), cancellationToken).ConfigureAwait(false);
        return new TokenizeResult(call.Ids, call.MaxModelLength);
    }

    public async Task<string> DetokenizeAsync(DetokenizeRequest request, CancellationToken cancellationToken)
    {
        var terms = new CallTerms { Kind = RequestKind.Detokenize, Due = 0, Result = ResultKind.Text, Results = 1 };
        UnaryCall call = await RunAsync(terms, new DeadlineBudgets { Total = callTimeout },
            static (output, handle, sent) => RequestWriter.Write(output, handle, sent.request, sent.callTimeout),
            (request, callTimeout), cancellationToken).ConfigureAwait(false);
        return call.Text;
    }

    public async Task<HealthContent> HealthAsync(TimeSpan budget, CancellationToken cancellationToken)
    {
        UnaryCall call = await AdminAsync(
            AdminOperation.Health, ResultKind.Json, budget, [], cancellationToken).ConfigureAwait(false);
        return HealthContent.Read(call.Bytes) ?? throw Unreadable();
    }

    public Task LoadAdapterAsync(AdapterSource source, CancellationToken cancellationToken) =>
        AdminAsync(AdminOperation.AdapterLoad, null, callTimeout, AdapterContent.Of(source).Write(), cancellationToken);

    public async Task<bool> UnloadAdapterAsync(string model, string name, CancellationToken cancellationToken)
    {
        byte[] json = new AdapterName { Model = model, Name = name }.Write();
        UnaryCall call = await AdminAsync(
            AdminOperation.AdapterUnload, ResultKind.Json, callTimeout, json, cancellationToken).ConfigureAwait(false);
        return (UnloadContent.Read(call.Bytes) ?? throw Unreadable()).Unloaded;
    }

    public async Task<IReadOnlyList<AdapterSource>> ListAdaptersAsync(string model, CancellationToken cancellationToken)
    {
        byte[] json = new AdapterName { Model = model }.Write();
        UnaryCall call = await AdminAsync(
            AdminOperation.AdapterList, ResultKind.Json, callTimeout, json, cancellationToken).ConfigureAwait(false);
        AdapterListContent list = AdapterListContent.Read(call.Bytes) ?? throw Unreadable();
        return [.. list.Adapters.Select(adapter => adapter.ToSource())];
    }

    private Task<UnaryCall> AdminAsync(
        AdminOperation operation, ResultKind? result, TimeSpan budget, byte[] json, CancellationToken cancellationToken)
    {
        var terms = new CallTerms
        {
            Kind = RequestKind.Admin,
            Due = 0,
            Result = result ?? default,
            Results = result is null ? 0 : 1,
        };
        return RunAsync(terms, new DeadlineBudgets { Total = budget },
            static (output, handle, sent) => AdminFrame.Write(output, handle, sent.operation, sent.budget, sent.json),
            (operation, budget, json), cancellationToken);
    }

    private async Task<UnaryCall> RunAsync<T>(
        CallTerms terms, DeadlineBudgets budgets, Action<IBufferWriter<byte>, uint, T> write, T state,
        CancellationToken cancellationToken)
    {
        ClientConnection connection =
            await connector.GetAsync(budgets.Connect, cancellationToken).ConfigureAwait(false);
        var call = new UnaryCall(backend);
        terms = terms with { Due = connection.DueAfter(budgets.Total) };
        call.Handle = await connection.SendAsync(call, terms, write, state, cancellationToken).ConfigureAwait(false);
        try
        {
            await call.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
            return call;
        }
        catch (OperationCanceledException)
        {
            connection.Cancel(call.Handle, call);
            throw;
        }
    }

    private BridgeException Unreadable() => new(BridgeFailure.ProtocolViolation, FailureStage.Stream,
        "The listener's answer is not JSON of the form that was asked for.") { Backend = backend };
}
