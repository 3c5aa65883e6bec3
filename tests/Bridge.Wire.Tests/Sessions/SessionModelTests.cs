using System.Buffers;
using System.Text.Json.Nodes;
using CsCheck;
using ThemisBridge.Core.Contracts;
using ThemisBridge.Core.Failures;
using ThemisBridge.Wire.Frames;
using ThemisBridge.Wire.Layout;
using ThemisBridge.Wire.Sessions;

namespace ThemisBridge.Wire.Tests.Sessions;

/// <summary>
/// Both sessions against each other, with frames under way in both directions and the two sides acting in any order: no
/// side ever sees a fault in what the other does, every request ends once, and no token is sent without credit.
/// </summary>
public sealed class SessionModelTests
{
    private const int MaxRequests = 3;

    [Fact]
    public void Sides_that_keep_the_rules_never_see_a_fault() =>
        Gen.Int[0, 99].Array[0, 300].Sample(moves =>
        {
            var model = new Model();
            foreach (int move in moves)
            {
                model.Move(move);
            }

            model.Settle();
        }, iter: 3000);

    private sealed class Model : IClientEvents, IListenerEvents
    {
        private readonly ClientSession _client = new(MaxRequests);
        private readonly ListenerSession _listener = new(MaxRequests, TimeProvider.System);
        private readonly Queue<byte[]> _toListener = new();
        private readonly Queue<byte[]> _toClient = new();
        private readonly Dictionary<uint, RecordingCall> _calls = [];
        private readonly Dictionary<uint, (bool Accepted, SilentCall Call)> _serving = [];
        private readonly List<JsonObject> _outcome = [];
        private int _opened;
        private int _sent;

        public void Move(int move)
        {
            uint handle = (uint)(move / 10 % MaxRequests) + 1;
            switch (move % 10)
            {
                case 0 or 1:
                    Open((uint)(move / 10));
                    break;
                case 2 when _client.Cancel(handle):
                    Send(_toListener, output => CancelFrame.Write(output, handle));
                    break;
                case 3 when _client.Grant(handle, 2):
                    Send(_toListener, output => CreditFrame.Write(output, handle, 2));
                    break;
                case 4 or 5:
                    Deliver(_toListener, PeerRole.Client);
                    break;
                case 6 or 7:
                    Deliver(_toClient, PeerRole.Listener);
                    break;
                case 8:
                    Serve(handle, end: false);
                    break;
                case 9:
                    Serve(handle, end: true);
                    break;
            }
        }

        // Everything that is open ends, and everything under way arrives.
        public void Settle()
        {
            while (_toListener.Count > 0)
            {
                Deliver(_toListener, PeerRole.Client);
            }

            for (uint handle = 1; handle <= MaxRequests; handle++)
            {
                Serve(handle, end: true);
                Serve(handle, end: true);
            }

            while (_toClient.Count > 0)
            {
                Deliver(_toClient, PeerRole.Listener);
            }

            Assert.Equal(0, _client.OpenCount);
            Assert.Equal(0, _listener.OpenCount);
            Assert.Equal(_opened, _outcome.Count);
            Assert.Equal(_sent, _outcome.Sum(one => one["ids"]!.AsArray().Count));
        }

        public IListenerCall OnRequest(in RequestFrame frame)
        {
            var call = new SilentCall();
            _serving.Add(frame.Handle, (false, call));
            return call;
        }

        public IListenerCall OnAdmin(in AdminFrame frame) => throw new InvalidOperationException();

        public void OnPing(ulong value)
        {
        }

        public void OnGoAway(in GoAwayFrame frame)
        {
        }

        public void OnConnectionError(in ErrorFrame frame)
        {
        }

        private void Open(uint credit)
        {
            var call = new RecordingCall(RequestKind.Generate, _outcome);
            var terms = new CallTerms { Kind = RequestKind.Generate, Credit = credit, Due = long.MaxValue };
            if (_client.Open(call, terms) is not 0 and var handle)
            {
                call.Handle = handle;
                _calls[handle] = call;
                _opened++;
                var request = new InferenceRequest { Model = "m", Prompt = new TokenPrompt(new[] { 1 }) };
                Send(_toListener, output => RequestWriter.Write(output, handle, request, credit));
            }
        }

        private void Serve(uint handle, bool end)
        {
            if (!_serving.TryGetValue(handle, out (bool Accepted, SilentCall Call) served))
            {
                return;
            }

            if (!served.Accepted)
            {
                _listener.Accept(handle);
                _serving[handle] = (true, served.Call);
                Send(_toClient, output => AcceptedFrame.Write(output, handle, new GenerationStart { Model = "" }, ""));
            }
            else if (!end)
            {
                int tokens = (int)_listener.TakeCredit(handle, 3);
                if (tokens > 0)
                {
                    _sent += tokens;
                    var builder = new StepBuilder(withLogprobs: false);
                    builder.Add(handle, new int[tokens], "", []);
                    Send(_toClient, builder.Flush);
                }
            }
            else
            {
                FailureStage stage = _listener.End(handle);
                _serving.Remove(handle);
                if (served.Call.Cancelled > 0)
                {
                    Send(_toClient, output => ErrorFrame.WriteCancelled(output, handle, stage));
                }
                else
                {
                    Send(_toClient, output =>
                        EndFrame.Write(output, handle, new GenerationEnd(FinishReason.Stop, default)));
                }
            }
        }

        private static void Send(Queue<byte[]> way, Action<IBufferWriter<byte>> write)
        {
            var output = new ArrayBufferWriter<byte>();
            write(output);
            way.Enqueue(output.WrittenSpan.ToArray());
        }

        private void Deliver(Queue<byte[]> way, PeerRole sender)
        {
            if (!way.TryDequeue(out byte[]? frame))
            {
                return;
            }

            Assert.Null(FrameHeader.Read(frame, sender, WireLimits.MaxFrameBytes, out FrameHeader header));
            FrameFault? fault = sender == PeerRole.Client
                ? _listener.Receive(header, frame, this) : _client.Receive(header, frame, this);
            Assert.Null(fault?.Reason);
        }
    }
}
