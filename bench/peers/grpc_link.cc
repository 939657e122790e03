// gRPC over a Unix socket: a round trip is a unary call, one way is a stream
// each batch of which is answered. Both ends run on the threads that use them:
// the near one by the synchronous calls, the far one by a completion queue.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/payload.grpc.pb.h"
#include "ipc_channel/bench/peers/payload.pb.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using grpc_peer::Payload;
using grpc_peer::PayloadPeer;
using grpc_peer::Taken;
using ipc_channel::transport::BorrowedFd;

std::string AddressIn(const std::string& folder) {
  return absl::StrCat("unix:", folder, "/socket");
}

std::span<std::byte> Resize(Payload& message, std::size_t size) {
  std::string& bytes = *message.mutable_payload();
  bytes.resize(size);
  return {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> BytesOf(const Payload& message) {
  const std::string& bytes = message.payload();
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

std::shared_ptr<grpc::Channel> Connect(const Meeting& meeting,
                                       BorrowedFd other) {
  if (!ReceiveSignal(other)) Stop("the other end is gone");
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // 4 MiB otherwise
  return grpc::CreateCustomChannel(
      AddressIn(meeting.folder), grpc::InsecureChannelCredentials(), arguments);
}

// The end that calls.
class Caller : public Link {
 public:
  Caller(const Meeting& meeting, BorrowedFd other)
      : stub_(PayloadPeer::NewStub(Connect(meeting, other))) {
    if (meeting.traffic == Traffic::kRoundTrips) return;
    context_.set_wait_for_ready(true);
    stream_ = stub_->Push(&context_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() override {
    if (stream_ == nullptr) return;
    context_.TryCancel();
    stream_->Finish().IgnoreError();
  }

  std::span<std::byte> Prepare(std::size_t size) override {
    return Resize(sent_, size);
  }

  void Send() override {
    if (stream_ == nullptr) return;  // it is called when received
    if (!stream_->Write(sent_)) Stop("the other end is gone");
  }

  std::span<const std::byte> Receive() override {
    grpc::ClientContext context;
    const grpc::Status status = stub_->Echo(&context, sent_, &received_);
    if (!status.ok()) Stop(status.error_message());
    return BytesOf(received_);
  }

  void Acknowledge() override { Stop("the near end acknowledges nothing"); }

  void AwaitAcknowledged() override {
    Taken taken;
    if (!stream_->Read(&taken)) Stop("the other end is gone");
  }

 private:
  const std::unique_ptr<PayloadPeer::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Payload, Taken>> stream_;
  Payload sent_;
  Payload received_;
};

// The end that is called.
class Callee : public Link {
 public:
  ~Callee() override {
    server_->Shutdown(std::chrono::system_clock::now());
    queue_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
  }

 protected:
  Callee(const Meeting& meeting, BorrowedFd other) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(AddressIn(meeting.folder),
                             grpc::InsecureServerCredentials());
    builder.SetMaxReceiveMessageSize(-1);  // 4 MiB otherwise
    builder.RegisterService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) Stop("the server does not start");
    SendSignal(other);
  }

  PayloadPeer::AsyncService& service() { return service_; }
  grpc::ServerCompletionQueue* queue() { return queue_.get(); }

  // Waits until what was begun with `wanted`, and nothing else, is done.
  void Await(void* wanted) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_->Next(&tag, &ok) || !ok || tag != wanted) {
      Stop("the other end is gone");
    }
  }

 private:
  PayloadPeer::AsyncService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

class Echoer : public Callee {
 public:
  Echoer(const Meeting& meeting, BorrowedFd other) : Callee(meeting, other) {}
  ~Echoer() override { EndCall(); }

  std::span<std::byte> Prepare(std::size_t size) override {
    return Resize(sent_, size);
  }

  void Send() override {
    call_->responder.Finish(sent_, grpc::Status::OK, &sent_);
    is_answered_ = true;
  }

  std::span<const std::byte> Receive() override {
    EndCall();
    call_ = std::make_unique<Call>();
    service().RequestEcho(&call_->context, &call_->received, &call_->responder,
                          queue(), queue(), call_.get());
    Await(call_.get());
    return BytesOf(call_->received);
  }

  void Acknowledge() override { Stop("a call is answered"); }
  void AwaitAcknowledged() override { Stop("the far end sends nothing"); }

 private:
  struct Call {
    grpc::ServerContext context;
    Payload received;
    grpc::ServerAsyncResponseWriter<Payload> responder{&context};
  };

  // The answer is sent when the queue says so, and needs the call until then.
  void EndCall() {
    if (is_answered_) Await(&sent_);
    is_answered_ = false;
  }

  std::unique_ptr<Call> call_;
  Payload sent_;
  bool is_answered_ = false;
};

class Sink : public Callee {
 public:
  Sink(const Meeting& meeting, BorrowedFd other) : Callee(meeting, other) {
    service().RequestPush(&context_, &stream_, queue(), queue(), &stream_);
    Await(&stream_);
  }

  std::span<std::byte> Prepare(std::size_t) override {
    Stop("the far end sends nothing");
  }
  void Send() override { Stop("the far end sends nothing"); }

  std::span<const std::byte> Receive() override {
    stream_.Read(&received_, &received_);
    Await(&received_);
    return BytesOf(received_);
  }

  void Acknowledge() override {
    stream_.Write(taken_, &taken_);
    Await(&taken_);
  }
  void AwaitAcknowledged() override { Stop("the far end sends nothing"); }

 private:
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<Taken, Payload> stream_{&context_};
  Payload received_;
  Taken taken_;
};

std::unique_ptr<Link> Open(const Meeting& meeting, End end, BorrowedFd other) {
  if (end == End::kNear) return std::make_unique<Caller>(meeting, other);
  if (meeting.traffic == Traffic::kRoundTrips) {
    return std::make_unique<Echoer>(meeting, other);
  }
  return std::make_unique<Sink>(meeting, other);
}

const bool kAdded =
    AddPeer({.name = "grpc",
             .version = grpc::Version(),
             .connect = [](const Meeting& meeting) {
               return std::make_unique<SimpleConnection>(meeting, Open);
             }});

}  // namespace
}  // namespace ipc_channel_bench
