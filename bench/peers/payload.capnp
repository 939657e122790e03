@0xd8a1f3f04b6c92e7;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ipc_channel_bench::capnproto");

interface PayloadPeer {
  # There and back.
  echo @0 (payload :Data) -> (payload :Data);

  # One way, with the flow control of streams.
  push @1 (payload :Data) -> stream;

  # Answered when all that was pushed before it has been taken.
  finish @2 ();
}
