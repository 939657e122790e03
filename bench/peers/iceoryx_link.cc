// iceoryx: a publisher and a subscriber for each direction, with payloads
// written where they were loaned and read where they lie. Its daemon, RouDi,
// runs as long as the connection.

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_posh/iceoryx_posh_types.hpp>
#include <iceoryx_posh/mepoo/chunk_header.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::UniqueFd;

constexpr char kDaemon[] = "/usr/bin/iox-roudi";
// Where RouDi listens: there is one on a machine.
constexpr char kDaemonSocket[] = "/tmp/roudi";

// Its own default, as long as that takes no more than some megabytes.
std::uint64_t QueueCapacity(const Meeting& meeting) {
  return meeting.size <= (64 << 10)
             ? iox::popo::SubscriberOptions().queueCapacity
             : meeting.depth;
}

// One memory pool for what is sent: RouDi's own ends at 4 MiB.
void WriteConfiguration(const Meeting& meeting, const std::string& path) {
  constexpr std::size_t kAlignment = 32;
  const std::size_t size = (meeting.size + kAlignment - 1) & ~(kAlignment - 1);
  // Beside the queue: those that are written, read and kept, at both ends.
  const std::uint64_t count = QueueCapacity(meeting) + 8;
  std::ofstream file(path);
  file << "[general]\nversion = 1\n[[segment]]\n[[segment.mempool]]\n"
       << "size = " << size << "\ncount = " << count << "\n";
  file.close();
  CheckCall(!file.fail(), path.c_str());
}

// RouDi aborts when it wants to end clients that died before.
void RemoveWhatIsLeft() {
  const group* writers = ::getgrgid(::getegid());
  const std::string segment =
      absl::StrCat("/dev/shm/", writers == nullptr ? "" : writers->gr_name);
  for (const char* path :
       {kDaemonSocket, "/tmp/roudi.lock", "/tmp/iox-unique-roudi.lock",
        "/dev/shm/iceoryx_mgmt", segment.c_str()}) {
    ::unlink(path);
  }
}

// Runs while this object lives.
class Daemon {
 public:
  explicit Daemon(const std::string& configuration) {
    int ends[2];
    CheckCall(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    UniqueFd output(ends[0]);
    const UniqueFd input(ends[1]);
    pid_ = ::fork();
    CheckCall(pid_ >= 0, "fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      ::dup2(input.get(), STDOUT_FILENO);
      ::dup2(input.get(), STDERR_FILENO);
      ::execl(kDaemon, kDaemon, "-c", configuration.c_str(), nullptr);
      std::_Exit(1);
    }
    AwaitReady(std::move(output));
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    if (status != 0) RemoveWhatIsLeft();
  }

 private:
  // What it says later nobody reads; the pipe stays open and has room for it.
  void AwaitReady(UniqueFd output) {
    std::string said;
    char part[256];
    while (said.find("ready for clients") == std::string::npos) {
      const ssize_t count = ::read(output.get(), part, sizeof(part));
      if (count <= 0) Stop(absl::StrCat("RouDi does not start: ", said));
      said.append(part, static_cast<std::size_t>(count));
    }
    output_ = std::move(output);
  }

  pid_t pid_ = -1;
  UniqueFd output_;
};

iox::capro::ServiceDescription Direction(const Meeting& meeting,
                                         std::string_view which) {
  return {iox::capro::IdString_t(iox::cxx::TruncateToCapacity,
                                 meeting.name.c_str()),
          "bench_peers",
          iox::capro::IdString_t(iox::cxx::TruncateToCapacity, which.data(),
                                 which.size())};
}

// Nothing is discarded: the sender waits for room.
iox::popo::PublisherOptions WaitingPublisher() {
  iox::popo::PublisherOptions options;
  options.subscriberTooSlowPolicy =
      iox::popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
  return options;
}

iox::popo::SubscriberOptions BlockingSubscriber(const Meeting& meeting) {
  iox::popo::SubscriberOptions options;
  options.queueCapacity = QueueCapacity(meeting);
  options.queueFullPolicy = iox::popo::QueueFullPolicy::BLOCK_PRODUCER;
  return options;
}

class IceoryxLink : public SimpleLink {
 public:
  IceoryxLink(const Meeting& meeting, End end, BorrowedFd other)
      : SimpleLink(other),
        publisher_(Direction(meeting, end == End::kNear ? "there" : "back"),
                   WaitingPublisher()),
        subscriber_(Direction(meeting, end == End::kNear ? "back" : "there"),
                    BlockingSubscriber(meeting)) {
    while (!publisher_.hasSubscribers() ||
           subscriber_.getSubscriptionState() !=
               iox::SubscribeState::SUBSCRIBED) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    waits_.attachState(subscriber_, iox::popo::SubscriberState::HAS_DATA)
        .or_else([](auto) { Stop("a wait set is full"); });
  }
  IceoryxLink(const IceoryxLink&) = delete;
  IceoryxLink& operator=(const IceoryxLink&) = delete;
  ~IceoryxLink() override {
    Release();
    waits_.detachState(subscriber_, iox::popo::SubscriberState::HAS_DATA);
  }

  std::span<std::byte> Prepare(std::size_t size) override {
    auto loan = publisher_.loan(static_cast<std::uint32_t>(size));
    if (loan.has_error()) Stop("no chunk can be loaned");
    loaned_ = loan.value();
    return {static_cast<std::byte*>(loaned_), size};
  }

  void Send() override { publisher_.publish(loaned_); }

  std::span<const std::byte> Receive() override {
    Release();
    while (!Take()) waits_.wait();
    return {
        static_cast<const std::byte*>(taken_),
        iox::mepoo::ChunkHeader::fromUserPayload(taken_)->userPayloadSize()};
  }

 private:
  bool Take() {
    auto chunk = subscriber_.take();
    if (chunk.has_error()) {
      if (chunk.get_error() !=
          iox::popo::ChunkReceiveResult::NO_CHUNK_AVAILABLE)
        Stop("a chunk cannot be taken");
      return false;
    }
    taken_ = chunk.value();
    return true;
  }

  void Release() {
    if (taken_ != nullptr) subscriber_.release(taken_);
    taken_ = nullptr;
  }

  iox::popo::UntypedPublisher publisher_;
  iox::popo::UntypedSubscriber subscriber_;
  iox::popo::WaitSet<> waits_;
  void* loaned_ = nullptr;
  const void* taken_ = nullptr;
};

class IceoryxConnection : public Connection {
 public:
  explicit IceoryxConnection(const Meeting& meeting)
      : meeting_(meeting), daemon_(Configure(meeting)) {}

  std::unique_ptr<Link> Open(End end, BorrowedFd other) override {
    iox::log::LogManager::GetLogManager().SetDefaultLogLevel(
        iox::log::LogLevel::kError, iox::log::LogLevelOutput::kHideLogLevel);
    const std::string process =
        absl::StrCat(meeting_.name, end == End::kNear ? "near" : "far");
    iox::runtime::PoshRuntime::initRuntime(iox::RuntimeName_t(
        iox::cxx::TruncateToCapacity, process.c_str(), process.size()));
    return std::make_unique<IceoryxLink>(meeting_, end, other);
  }

  // RouDi is told.
  bool EndsByExit() const override { return true; }

 private:
  static std::string Configure(const Meeting& meeting) {
    const std::string path = absl::StrCat(meeting.folder, "/roudi.toml");
    WriteConfiguration(meeting, path);
    return path;
  }

  const Meeting meeting_;
  const Daemon daemon_;
};

std::string WhyMissing() {
  if (::access(kDaemon, X_OK) != 0)
    return absl::StrCat("there is no ", kDaemon);
  if (::access(kDaemonSocket, F_OK) == 0) {
    return absl::StrCat("somebody else's RouDi has left ", kDaemonSocket);
  }
  return "";
}

const bool kAdded =
    AddPeer({.name = "iceoryx_loan",
             .version = "2.0.3",
             .connect =
                 [](const Meeting& meeting) {
                   return std::make_unique<IceoryxConnection>(meeting);
                 },
             .why_missing = WhyMissing});

}  // namespace
}  // namespace ipc_channel_bench
