#include "ipc_channel/examples/notebook/attacks.h"

#include <fcntl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect.h"
#include "ipc_channel/bootstrap/connect_duplex.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/notebook/protocol.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/sender.h"

namespace notebook {
namespace {

namespace ipc = ipc_channel;
using Strike = absl::FunctionRef<void()>;
using Ends = ipc::Duplex<ToServer, ToClient>;

// A daemon that does not read is given up by then.
absl::Time Shortly() { return absl::Now() + absl::Milliseconds(200); }

absl::StatusOr<Ends> Open(const std::string& name) {
  return ipc::ConnectDuplex<ToServer, ToClient>(name, Shortly());
}

ToServer Ask(std::uint64_t serial, Request request,
             absl::Time deadline = absl::InfiniteFuture()) {
  ToServer message;
  message.serial = serial;
  message.what = ipc::rpc::Ask<Request>{deadline, std::move(request)};
  return message;
}

// Sends what `make` gives for the serials from 1 on, and reads nothing, until
// the daemon hangs up or no longer reads.
void SendMany(const std::string& name, Strike strike, int count,
              absl::FunctionRef<ToServer(std::uint64_t)> make) {
  const absl::StatusOr<Ends> ends = Open(name);
  for (int i = 1; ends.ok() && i <= count; ++i) {
    if (!ends->sender.SendUntil(make(i), Shortly()).ok()) break;
    strike();
  }
}

void FloodAndReadNothing(const std::string& name, Strike strike) {
  SendMany(name, strike, 1, [](std::uint64_t serial) {
    return Ask(serial, Request{Put{"flood", std::string(16'000, 'f')}});
  });
  SendMany(name, strike, 10'000, [](std::uint64_t serial) {
    return Ask(serial, Request{Get{.key = "flood"}});
  });
  SendMany(name, strike, 1'000,
           [](std::uint64_t serial) { return Ask(serial, Request{Export{}}); });
}

void FloodAndRead(const std::string& name, Strike strike) {
  absl::StatusOr<Ends> ends = Open(name);
  if (!ends.ok()) return;
  auto client = Client::Create(*std::move(ends));
  for (int i = 0; client.ok() && i < 1'000; ++i) {
    const Request list{List{}};
    if (absl::IsUnavailable(client->Call(list).status())) break;
    strike();
  }
}

void FloodWithConnections(const std::string& name, Strike strike) {
  std::vector<Ends> all;
  for (int i = 0; i < 400; ++i) {
    absl::StatusOr<Ends> ends = Open(name);
    if (!ends.ok()) continue;
    ends->sender.TrySend(Ask(1, Request{Who{}})).IgnoreError();
    all.push_back(*std::move(ends));
    strike();
  }
}

void ConnectAndNotOpen(const std::string& name, Strike strike) {
  std::vector<ipc::Sender<ipc::Bytes>> all;
  for (int i = 0; i < 400; ++i) {
    auto connected = ipc::Connect<ipc::Bytes>(name, Shortly());
    if (!connected.ok()) continue;
    all.push_back(*std::move(connected));
    strike();
  }
}

void OpenWithNonsense(const std::string& name, Strike strike) {
  for (int i = 0; i < 100; ++i) {
    auto bytes = ipc::Connect<ipc::Bytes>(name, Shortly());
    if (bytes.ok()) bytes->TrySend(std::string(5'000, 'x')).IgnoreError();
    auto other = ipc::ConnectDuplex<int, std::string>(name, Shortly());
    if (other.ok()) other->sender.TrySend(i).IgnoreError();
    strike();
  }
}

void WatchAndReadNothing(const std::string& name, Strike strike) {
  std::vector<ipc::Receiver<Change>> unread;
  SendMany(name, strike, 2'000, [&](std::uint64_t serial) {
    if (serial > 20) return Ask(serial, Request{Put{"watched", "x"}});
    auto ends = ipc::Channel<Change>();
    if (!ends.ok()) return Ask(serial, Request{Who{}});
    unread.push_back(std::move(ends->receiver));
    return Ask(serial, Request{Watch{"", std::move(ends->sender)}});
  });
}

void WaitForWhatNeverComes(const std::string& name, Strike strike) {
  const absl::StatusOr<Ends> ends = Open(name);
  for (int i = 1; ends.ok() && i <= 100; ++i) {
    const Request get{Get{.key = "never", .waits = true}};
    if (!ends->sender.SendUntil(Ask(i, get), Shortly()).ok()) break;
    strike();
  }
}

void CancelWhatIsNotThere(const std::string& name, Strike strike) {
  SendMany(name, strike, 20'000, [](std::uint64_t serial) {
    ToServer message;
    message.serial = serial;
    message.what = ipc::rpc::Cancel{.id = serial * 7};
    return message;
  });
}

void LieAboutSerialsAndDeadlines(const std::string& name, Strike strike) {
  SendMany(name, strike, 2'000, [](std::uint64_t serial) {
    const std::uint64_t lies[] = {0, 1, ~std::uint64_t{0}, serial};
    return Ask(lies[serial % 4], Request{Who{}},
               serial % 3 == 0 ? absl::InfinitePast() : absl::InfiniteFuture());
  });
}

void SendGarbage(const std::string& name, Strike strike) {
  std::mt19937 random(7);
  const absl::StatusOr<Ends> ends = Open(name);
  for (int i = 0; ends.ok() && i < 500; ++i) {
    std::vector<std::byte> bytes(random() % 200);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (!ends->sender.raw().Send(bytes, {}, Shortly()).ok()) break;
    strike();
  }
}

void SendHugeValues(const std::string& name, Strike strike) {
  const std::string huge(8 << 20, 'h');
  SendMany(name, strike, 20, [&](std::uint64_t serial) {
    return Ask(serial, Request{Put{"huge", huge}});
  });
  auto memory = ipc::SharedMemory::CopyOf(std::as_bytes(std::span(huge)));
  if (!memory.ok()) return;
  SendMany(name, strike, 20, [&](std::uint64_t serial) {
    return Ask(serial, Request{Import{*memory}});
  });
}

void SendManyHandles(const std::string& name, Strike strike) {
  const absl::StatusOr<Ends> ends = Open(name);
  for (int i = 0; ends.ok() && i < 20; ++i) {
    std::array<ipc::UniqueFd, 200> descriptors;
    std::vector<ipc::transport::HandleRef> handles;
    for (ipc::UniqueFd& descriptor : descriptors) {
      descriptor = ipc::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      handles.push_back(descriptor);
    }
    if (!ends->sender.raw().Send({}, handles, Shortly()).ok()) break;
    strike();
  }
}

constexpr Attack kAttacks[] = {
    {"FloodAndReadNothing", 8000, FloodAndReadNothing},
    {"FloodAndRead", 1000, FloodAndRead},
    {"FloodWithConnections", 1000, FloodWithConnections},
    {"ConnectAndNotOpen", 1000, ConnectAndNotOpen},
    {"OpenWithNonsense", 200, OpenWithNonsense},
    {"WatchAndReadNothing", 1000, WatchAndReadNothing},
    {"WaitForWhatNeverComes", 300, WaitForWhatNeverComes},
    {"CancelWhatIsNotThere", 1000, CancelWhatIsNotThere},
    {"LieAboutSerialsAndDeadlines", 1000, LieAboutSerialsAndDeadlines},
    {"SendGarbage", 1000, SendGarbage},
    {"SendHugeValues", 40, SendHugeValues},
    {"SendManyHandles", 60, SendManyHandles},
};

}  // namespace

std::span<const Attack> Attacks() { return kAttacks; }

}  // namespace notebook
