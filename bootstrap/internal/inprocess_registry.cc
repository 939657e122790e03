#include "ipc_channel/bootstrap/internal/inprocess_registry.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::internal {
namespace {

struct Registry {
  transport::Mutex mutex;
  std::uint64_t names_given ABSL_GUARDED_BY(mutex) = 0;
  std::map<std::string, transport::Sender, std::less<>> offers
      ABSL_GUARDED_BY(mutex);
  std::map<std::string, transport::Sender, std::less<>> inboxes
      ABSL_GUARDED_BY(mutex);
};

// Never destroyed: servers may outlive main().
Registry& TheRegistry() {
  static Registry* const registry = new Registry;
  return *registry;
}

}  // namespace

std::string NewInprocessName() {
  Registry& registry = TheRegistry();
  transport::MutexLock lock(registry.mutex);
  return "inprocess:" + std::to_string(++registry.names_given);
}

void OfferInprocess(const std::string& name, transport::Sender sender) {
  Registry& registry = TheRegistry();
  transport::MutexLock lock(registry.mutex);
  registry.offers.insert_or_assign(name, std::move(sender));
}

std::optional<transport::Sender> TakeInprocess(std::string_view name) {
  Registry& registry = TheRegistry();
  transport::MutexLock lock(registry.mutex);
  const auto offer = registry.offers.find(name);
  if (offer == registry.offers.end()) return std::nullopt;
  transport::Sender sender = std::move(offer->second);
  registry.offers.erase(offer);
  return sender;
}

absl::Status AnnounceInprocess(const std::string& name,
                               transport::Sender inbox) {
  Registry& registry = TheRegistry();
  transport::MutexLock lock(registry.mutex);
  if (!registry.inboxes.try_emplace(name, std::move(inbox)).second) {
    return absl::AlreadyExistsError("another server has this name");
  }
  return absl::OkStatus();
}

void WithdrawInprocess(const std::string& name) {
  Registry& registry = TheRegistry();
  transport::Sender inbox;  // destroyed without the lock
  transport::MutexLock lock(registry.mutex);
  const auto found = registry.inboxes.find(name);
  if (found == registry.inboxes.end()) return;
  inbox = std::move(found->second);
  registry.inboxes.erase(found);
}

std::optional<transport::Sender> FindInprocess(std::string_view name) {
  Registry& registry = TheRegistry();
  transport::MutexLock lock(registry.mutex);
  const auto found = registry.inboxes.find(name);
  if (found == registry.inboxes.end()) return std::nullopt;
  return found->second;
}

}  // namespace ipc_channel::internal
