// What idle channels and memory cost this process: a thousand of each are made
// in a process of their own, and /proc/self is read before and after.
//
//   --csv=FILE   writes the table there too
//
// Memory is what is resident (Rss in smaps_rollup). What the kernel itself
// keeps for a socket or a memory object is in none of these figures: some 2 KiB
// for each pair of sockets, in its slabs. "used" has carried one message.

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/set_work.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/router/router.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

using Channel = ipc_channel::ChannelEnds<std::uint64_t>;
// Owns so many of something.
using Made = std::shared_ptr<void>;

constexpr int kCount = 1000;
// Made before the first look, so that the code is in memory.
constexpr int kWarm = 10;
constexpr std::size_t kMemoryBytes = 4096;

struct Footprint {
  double descriptors = 0;
  double kib = 0;
};

struct Item {
  std::string_view name;
  Made (*make)(int count);
};

template <class MakeOne>
Made Repeat(int count, MakeOne make_one) {
  auto made = std::make_shared<std::vector<decltype(make_one())>>();
  for (int i = 0; i < count; ++i) made->push_back(make_one());
  return made;
}

Made MakePairs(int count) { return Repeat(count, NewBarePair); }

Made MakeTransportChannels(int count) {
  return Repeat(count, [] { return Check(transport::CreateChannel()); });
}

Channel NewChannel() { return Check(ipc_channel::Channel<std::uint64_t>()); }

Made MakeChannels(int count) { return Repeat(count, NewChannel); }

Made MakeUsedChannels(int count) {
  return Repeat(count, [] {
    Channel channel = NewChannel();
    Check(channel.sender.Send(1));
    Check(channel.receiver.Recv());
    return channel;
  });
}

Made MakeDuplexes(int count) {
  return Repeat(count, [] {
    return Check(ipc_channel::DuplexChannel<std::uint64_t, std::uint64_t>());
  });
}

Made MakeSet(int count) {
  struct Members {
    ipc_channel::ReceiverSet set;
    std::vector<ipc_channel::Sender<std::uint64_t>> senders;
  };
  auto members = std::make_shared<Members>();
  for (int i = 0; i < count; ++i) {
    Channel channel = NewChannel();
    Check(members->set.Add(std::move(channel.receiver)));
    members->senders.push_back(std::move(channel.sender));
  }
  return members;
}

Made MakeRoutes(int count) {
  struct Routes {
    std::unique_ptr<ipc_channel::Router> router =
        Check(ipc_channel::Router::Create());
    std::vector<ipc_channel::Sender<std::uint64_t>> senders;
  };
  auto routes = std::make_shared<Routes>();
  for (int i = 0; i < count; ++i) {
    Channel channel = NewChannel();
    Check(routes->router->AddRoute(std::move(channel.receiver),
                                   [](absl::StatusOr<std::uint64_t>) {}));
    routes->senders.push_back(std::move(channel.sender));
  }
  return routes;
}

Made MakeMemories(int count) {
  return Repeat(count, [] {
    static const std::vector<std::byte> bytes(kMemoryBytes, std::byte{1});
    return Check(ipc_channel::SharedMemory::CopyOf(bytes));
  });
}

constexpr Item kItems[] = {
    {"bare socket pair", MakePairs},
    {"transport channel", MakeTransportChannels},
    {"typed channel", MakeChannels},
    {"typed channel, used", MakeUsedChannels},
    {"duplex (two channels)", MakeDuplexes},
    {"channel in a set", MakeSet},
    {"channel in a router", MakeRoutes},
    {"shared memory of 4 KiB", MakeMemories},
};

int OpenDescriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<int>(std::distance(begin(open), end(open)));
}

double ResidentKib() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string word;
  while (file >> word) {
    double kib = 0;
    if (word == "Rss:" && file >> kib) return kib;
  }
  Stop("/proc/self/smaps_rollup does not say what is resident");
}

Footprint Measure(const Item& item) {
  const Made warm = item.make(kWarm);
  const int descriptors = OpenDescriptors();
  const double kib = ResidentKib();
  const Made made = item.make(kCount);
  return {.descriptors =
              static_cast<double>(OpenDescriptors() - descriptors) / kCount,
          .kib = (ResidentKib() - kib) / kCount};
}

// In a process of its own, which has used no memory yet that could be used
// again.
Footprint MeasureApart(const Item& item) {
  BarePair pair = NewBarePair();
  const pid_t child = ::fork();
  CheckCall(child >= 0, "fork");
  std::array<Footprint, 1> result;
  if (child == 0) {
    result = {Measure(item)};
    SendBare(pair.far.Borrow(), std::as_bytes(std::span(result)));
    std::_Exit(0);
  }
  pair.far.Reset();
  const std::size_t received = ReceiveBare(
      pair.near.Borrow(), std::as_writable_bytes(std::span(result)));
  int status = 0;
  CheckCall(::waitpid(child, &status, 0) == child, "waitpid");
  if (status != 0 || received != sizeof(result)) Stop("a process failed");
  return result.front();
}

void Run(const std::string& csv_name) {
  AllowDescriptors(2 * (kCount + kWarm));
  std::ofstream csv;
  if (!csv_name.empty()) csv.open(csv_name);
  csv << "what,count,descriptors,kib\n";
  std::cout << absl::StreamFormat("%-24s %12s %10s  of %d\n", "each",
                                  "descriptors", "KiB", kCount);
  for (const Item& item : kItems) {
    const Footprint found = MeasureApart(item);
    std::cout << absl::StreamFormat("%-24s %12.2f %10.2f\n", item.name,
                                    found.descriptors, found.kib);
    csv << absl::StreamFormat("\"%s\",%d,%g,%g\n", item.name, kCount,
                              found.descriptors, found.kib);
  }
  if (csv_name.empty()) return;
  csv.close();
  CheckCall(!csv.fail(), csv_name.c_str());
}

}  // namespace
}  // namespace ipc_channel_bench

int main(int argc, char** argv) {
  constexpr std::string_view kCsv = "--csv=";
  std::string csv;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kCsv)) {
      ipc_channel_bench::Stop("usage: footprint_benchmark [--csv=FILE]");
    }
    csv = argument.substr(kCsv.size());
  }
  ipc_channel_bench::Run(csv);
}
