// sd-bus, without a bus: the two are connected by a pair of sockets. A round
// trip is a method call and its reply, one way are calls that want none.

#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

int CheckBus(int result) {
  if (result < 0) Stop(std::strerror(-result));
  return result;
}

struct Unref {
  void operator()(sd_bus* bus) { ::sd_bus_flush_close_unref(bus); }
  void operator()(sd_bus_message* message) { ::sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, Unref>;
using BusMessage = std::unique_ptr<sd_bus_message, Unref>;

Bus NewBus(UniqueFd socket, bool is_server) {
  sd_bus* bus = nullptr;
  CheckBus(::sd_bus_new(&bus));
  Bus owned(bus);
  const int fd = socket.Release();  // the bus's from here on
  CheckBus(::sd_bus_set_fd(bus, fd, fd));
  if (is_server) {
    sd_id128_t id;
    CheckBus(::sd_id128_randomize(&id));
    CheckBus(::sd_bus_set_server(bus, 1, id));
  }
  CheckBus(::sd_bus_set_anonymous(bus, 1));
  CheckBus(::sd_bus_start(bus));
  return owned;
}

class SdBusLink : public SimpleLink {
 public:
  SdBusLink(UniqueFd socket, End end, Traffic traffic, BorrowedFd other)
      : SimpleLink(other),
        is_near_(end == End::kNear),
        has_replies_(traffic == Traffic::kRoundTrips),
        bus_(NewBus(std::move(socket), is_near_)) {}

  std::span<std::byte> Prepare(std::size_t size) override {
    sent_ = is_near_ ? NewCall() : NewReply();
    void* bytes = nullptr;
    CheckBus(
        ::sd_bus_message_append_array_space(sent_.get(), 'y', size, &bytes));
    return {static_cast<std::byte*>(bytes), size};
  }

  void Send() override {
    if (is_near_ && has_replies_) return;  // it is called when received
    CheckBus(::sd_bus_send(bus_.get(), sent_.get(), nullptr));
    // What does not fit the socket is queued, and sent when somebody asks.
    std::uint64_t queued = 0;
    CheckBus(::sd_bus_get_n_queued_write(bus_.get(), &queued));
    if (queued > 0) CheckBus(::sd_bus_flush(bus_.get()));
  }

  std::span<const std::byte> Receive() override {
    received_ = is_near_ ? Call() : NextCall();
    const void* bytes = nullptr;
    std::size_t size = 0;
    CheckBus(::sd_bus_message_read_array(received_.get(), 'y', &bytes, &size));
    return {static_cast<const std::byte*>(bytes), size};
  }

 private:
  BusMessage NewCall() {
    sd_bus_message* message = nullptr;
    CheckBus(::sd_bus_message_new_method_call(bus_.get(), &message, nullptr,
                                              "/peer", "bench.Peer", "Take"));
    BusMessage owned(message);
    CheckBus(::sd_bus_message_set_expect_reply(message, has_replies_ ? 1 : 0));
    return owned;
  }

  BusMessage NewReply() {
    sd_bus_message* message = nullptr;
    CheckBus(::sd_bus_message_new_method_return(received_.get(), &message));
    return BusMessage(message);
  }

  BusMessage Call() {
    sd_bus_message* reply = nullptr;
    CheckBus(
        ::sd_bus_call(bus_.get(), sent_.get(), UINT64_MAX, nullptr, &reply));
    return BusMessage(reply);
  }

  BusMessage NextCall() {
    for (;;) {
      sd_bus_message* message = nullptr;
      const int did = CheckBus(::sd_bus_process(bus_.get(), &message));
      if (message != nullptr) return BusMessage(message);
      if (did == 0) CheckBus(::sd_bus_wait(bus_.get(), UINT64_MAX));
    }
  }

  const bool is_near_;
  const bool has_replies_;
  const Bus bus_;
  BusMessage sent_;
  BusMessage received_;
};

class SdBusConnection : public Connection {
 public:
  explicit SdBusConnection(Traffic traffic) : traffic_(traffic) {
    int pair[2];
    CheckCall(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                           0, pair) == 0,
              "socketpair");
    near_.Reset(pair[0]);
    far_.Reset(pair[1]);
  }

  std::unique_ptr<Link> Open(End end, BorrowedFd other) override {
    UniqueFd near = std::move(near_);
    UniqueFd far = std::move(far_);
    return std::make_unique<SdBusLink>(
        std::move(end == End::kNear ? near : far), end, traffic_, other);
  }

 private:
  const Traffic traffic_;
  UniqueFd near_;
  UniqueFd far_;
};

const bool kAdded =
    AddPeer({.name = "sd_bus", .connect = [](const Meeting& meeting) {
               return std::make_unique<SdBusConnection>(meeting.traffic);
             }});

}  // namespace
}  // namespace ipc_channel_bench
