// Cap'n Proto RPC over a Unix socket (ez-rpc.h): a round trip is a call, one
// way are calls of a streaming method. Payloads lie in the messages.

#include <capnp/common.h>
#include <capnp/ez-rpc.h>
#include <kj/async.h>
#include <kj/exception.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/payload.capnp.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using capnproto::PayloadPeer;
using ipc_channel::transport::BorrowedFd;

std::string AddressIn(const std::string& folder) {
  return absl::StrCat("unix:", folder, "/socket");
}

std::span<const std::byte> BytesOf(capnp::Data::Reader data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

std::span<std::byte> BytesOf(capnp::Data::Builder data) {
  return {reinterpret_cast<std::byte*>(data.begin()), data.size()};
}

// The end that calls.
class Caller : public Link {
 public:
  Caller(const Meeting& meeting, BorrowedFd other)
      : has_replies_(meeting.traffic == Traffic::kRoundTrips) {
    if (!ReceiveSignal(other)) Stop("the other end is gone");
    client_.emplace(AddressIn(meeting.folder).c_str());
    peer_.emplace(client_->getMain<PayloadPeer>());
  }
  // Their destructors may throw, which would end the process, too.
  ~Caller() noexcept override {}

  std::span<std::byte> Prepare(std::size_t size) override {
    const capnp::MessageSize hint = {size / sizeof(capnp::word) + 8, 0};
    if (has_replies_) {
      echo_.emplace(peer_->echoRequest(hint));
      return BytesOf(echo_->initPayload(static_cast<unsigned>(size)));
    }
    push_.emplace(peer_->pushRequest(hint));
    return BytesOf(push_->initPayload(static_cast<unsigned>(size)));
  }

  void Send() override {
    if (has_replies_) return;  // it is called when received
    push_->send().wait(client_->getWaitScope());
  }

  std::span<const std::byte> Receive() override {
    reply_.emplace(echo_->send().wait(client_->getWaitScope()));
    return BytesOf(reply_->getPayload());
  }

  void Acknowledge() override { Stop("the near end acknowledges nothing"); }

  void AwaitAcknowledged() override {
    peer_->finishRequest().send().wait(client_->getWaitScope());
  }

 private:
  const bool has_replies_;
  std::optional<capnp::EzRpcClient> client_;
  std::optional<PayloadPeer::Client> peer_;
  std::optional<
      capnp::Request<PayloadPeer::EchoParams, PayloadPeer::EchoResults>>
      echo_;
  std::optional<capnp::StreamingRequest<PayloadPeer::PushParams>> push_;
  std::optional<capnp::Response<PayloadPeer::EchoResults>> reply_;
};

// A call that has come, of any method, and is answered when `done` is.
struct Arrived {
  std::optional<
      capnp::CallContext<PayloadPeer::EchoParams, PayloadPeer::EchoResults>>
      echo;
  std::optional<capnp::StreamingCallContext<PayloadPeer::PushParams>> push;
  kj::Own<kj::PromiseFulfiller<void>> done;
};

class Arrivals {
 public:
  kj::Promise<void> Add(Arrived arrived) {
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
    arrived.done = kj::mv(fulfiller);
    calls_.push_back(std::move(arrived));
    if (waiting_.get() != nullptr) waiting_->fulfill();
    return kj::mv(promise);
  }

  Arrived Next(kj::WaitScope& scope) {
    while (calls_.empty()) {
      auto paf = kj::newPromiseAndFulfiller<void>();
      waiting_ = kj::mv(paf.fulfiller);
      paf.promise.wait(scope);
    }
    Arrived next = std::move(calls_.front());
    calls_.pop_front();
    return next;
  }

 private:
  std::deque<Arrived> calls_;
  kj::Own<kj::PromiseFulfiller<void>> waiting_;
};

class PeerServer final : public PayloadPeer::Server {
 public:
  explicit PeerServer(Arrivals& arrivals) : arrivals_(arrivals) {}

  kj::Promise<void> echo(EchoContext context) override {
    return arrivals_.Add({.echo = context});
  }
  kj::Promise<void> push(PushContext context) override {
    return arrivals_.Add({.push = context});
  }
  kj::Promise<void> finish(FinishContext) override { return arrivals_.Add({}); }

 private:
  Arrivals& arrivals_;
};

// The end that is called.
class Callee : public Link {
 public:
  Callee(const Meeting& meeting, BorrowedFd other)
      : server_(kj::heap<PeerServer>(arrivals_),
                AddressIn(meeting.folder).c_str()) {
    server_.getPort().wait(scope());  // it listens
    SendSignal(other);
  }
  ~Callee() noexcept override {}

  std::span<std::byte> Prepare(std::size_t size) override {
    const capnp::MessageSize hint = {size / sizeof(capnp::word) + 8, 0};
    return BytesOf(current_.echo->getResults(hint).initPayload(
        static_cast<unsigned>(size)));
  }

  void Send() override {
    Finish();
    Flush();
  }

  std::span<const std::byte> Receive() override {
    Finish();
    current_ = arrivals_.Next(scope());
    return BytesOf(current_.echo ? current_.echo->getParams().getPayload()
                                 : current_.push->getParams().getPayload());
  }

  void Acknowledge() override {
    Finish();
    current_ = arrivals_.Next(scope());
    if (current_.push) Stop("more than the batch");
    Finish();
    Flush();
  }

  void AwaitAcknowledged() override { Stop("the far end sends nothing"); }

 private:
  kj::WaitScope& scope() { return server_.getWaitScope(); }

  // Answers the call at hand, if there is one. What is waited for next lets the
  // event loop write the answer.
  void Finish() {
    if (current_.done.get() == nullptr) return;
    current_.done->fulfill();
    current_ = {};
  }

  // Writes answers, where nothing is waited for after them.
  void Flush() { scope().poll(); }

  Arrivals arrivals_;
  capnp::EzRpcServer server_;
  Arrived current_;
};

std::unique_ptr<Link> Open(const Meeting& meeting, End end, BorrowedFd other) {
  if (end == End::kNear) return std::make_unique<Caller>(meeting, other);
  return std::make_unique<Callee>(meeting, other);
}

const bool kAdded = AddPeer(
    {.name = "capnproto_rpc",
     .version = absl::StrCat(CAPNP_VERSION_MAJOR, ".", CAPNP_VERSION_MINOR, ".",
                             CAPNP_VERSION_MICRO),
     .connect = [](const Meeting& meeting) {
       return std::make_unique<SimpleConnection>(meeting, Open);
     }});

}  // namespace
}  // namespace ipc_channel_bench
