// iceoryx: a publisher and a subscriber for each direction, with payloads
// written where they were loaned and read where they lie. Its daemon, RouDi,
// runs as long as the connection.

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_posh/iceoryx_posh_types.hpp>
#include <iceoryx_posh/mepoo/chunk_header.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <iceoryx_versions.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/await_end.h"
#include "ipc_channel/bench/peers/interruption.h"
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
// Locked as long as it runs.
constexpr char kDaemonLock[] = "/tmp/iox-unique-roudi.lock";
constexpr char kManagement[] = "/dev/shm/iceoryx_mgmt";

// Its own default, as long as that takes no more than some megabytes.
std::uint64_t QueueCapacity(const Meeting& meeting) {
  return meeting.size <= (64 << 10)
             ? iox::popo::SubscriberOptions().queueCapacity
             : meeting.depth;
}

// False if it cannot be written. One memory pool for what is sent: RouDi's own
// ends at 4 MiB.
bool WriteConfiguration(const Meeting& meeting, const std::string& path) {
  constexpr std::size_t kAlignment = 32;
  const std::size_t size = (meeting.size + kAlignment - 1) & ~(kAlignment - 1);
  // Beside the queue: those that are written, read and kept, at both ends.
  const std::uint64_t count = QueueCapacity(meeting) + 8;
  std::ofstream file(path);
  file << "[general]\nversion = 1\n[[segment]]\n[[segment.mempool]]\n"
       << "size = " << size << "\ncount = " << count << "\n";
  file.close();
  return !file.fail();
}

// All that a RouDi leaves that has not ended by itself: it aborts, too, when it
// wants to end clients that died before.
void RemoveWhatIsLeft() {
  const group* writers = ::getgrgid(::getegid());
  const std::string segment =
      absl::StrCat("/dev/shm/", writers == nullptr ? "" : writers->gr_name);
  for (const char* path : {kDaemonSocket, kManagement, segment.c_str(),
                           "/tmp/roudi.lock", kDaemonLock}) {
    ::unlink(path);
  }
}

absl::Status WithReason(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

// Runs while this object lives.
class Daemon {
 public:
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(
      const std::string& configuration) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return WithReason("pipe2");
    UniqueFd output(ends[0]);
    UniqueFd input(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return WithReason("fork");
    if (pid == 0) Become(configuration, input);
    input.Reset();  // so that its end is seen
    std::unique_ptr<Daemon> daemon(new Daemon(pid, std::move(output)));
    if (absl::Status ready = daemon->AwaitReady(); !ready.ok()) return ready;
    return daemon;
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    ::kill(pid_, SIGTERM);
    const std::optional<int> status = AwaitEnd(pid_, Clock::now() + kTimeToEnd);
    if (!status.has_value()) KillChild(pid_);
    if (status != 0) RemoveWhatIsLeft();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kTimeToStart{20};
  static constexpr std::chrono::seconds kTimeToEnd{5};

  Daemon(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}

  [[noreturn]] static void Become(const std::string& configuration,
                                  const UniqueFd& output) {
    LetInterruptionsThrough();
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    // It clears away even if nobody reads what it says then.
    ::signal(SIGPIPE, SIG_IGN);
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(output.get(), STDERR_FILENO);
    ::execl(kDaemon, kDaemon, "-c", configuration.c_str(), nullptr);
    std::_Exit(1);
  }

  // What it says later nobody reads; the pipe stays open and has room for it.
  absl::Status AwaitReady() {
    const Clock::time_point deadline = Clock::now() + kTimeToStart;
    const UniqueFd interruption = NewInterruptionFd();
    std::string said;
    while (said.find("ready for clients") == std::string::npos) {
      pollfd sources[] = {{.fd = output_.get(), .events = POLLIN},
                          {.fd = interruption.get(), .events = POLLIN}};
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      const int count =
          ::poll(sources, 2,
                 static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
      if (count < 0 && errno == EINTR) continue;
      if (sources[1].revents != 0) return absl::CancelledError("interrupted");
      char part[256];
      const ssize_t got =
          count <= 0 ? 0 : ::read(output_.get(), part, sizeof(part));
      if (got <= 0) {
        return absl::UnavailableError(
            absl::StrCat("RouDi does not start: ",
                         absl::StrReplaceAll(said, {{"\n", " "}})));
      }
      said.append(part, static_cast<std::size_t>(got));
    }
    return absl::OkStatus();
  }

  const pid_t pid_;
  const UniqueFd output_;
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
  IceoryxConnection(const Meeting& meeting, std::unique_ptr<Daemon> daemon)
      : meeting_(meeting), daemon_(std::move(daemon)) {}

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
  const Meeting meeting_;
  const std::unique_ptr<Daemon> daemon_;
};

absl::StatusOr<std::unique_ptr<Connection>> Connect(const Meeting& meeting) {
  const std::string path = absl::StrCat(meeting.folder, "/roudi.toml");
  if (!WriteConfiguration(meeting, path)) {
    return absl::UnavailableError(absl::StrCat(path, " cannot be written"));
  }
  absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(path);
  if (!daemon.ok()) return daemon.status();
  return std::make_unique<IceoryxConnection>(meeting, *std::move(daemon));
}

bool IsThere(const char* path) { return ::access(path, F_OK) == 0; }

// A RouDi that runs holds its lock. One that was killed has left its files, and
// no other would start: they go, while this process holds the lock.
std::string WhyMissing() {
  if (::access(kDaemon, X_OK) != 0) {
    return absl::StrCat("there is no ", kDaemon);
  }
  if (!IsThere(kDaemonSocket) && !IsThere(kManagement)) return "";
  const UniqueFd lock(
      ::open(kDaemonLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return "somebody else's RouDi runs";
  }
  RemoveWhatIsLeft();
  if (IsThere(kDaemonSocket)) {
    return absl::StrCat("somebody else's RouDi has left ", kDaemonSocket);
  }
  return "";
}

const bool kAdded = AddPeer({.name = "iceoryx_loan",
                             .version = ICEORYX_LATEST_RELEASE_VERSION,
                             .connect = Connect,
                             .why_missing = WhyMissing});

}  // namespace
}  // namespace ipc_channel_bench
