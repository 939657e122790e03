#include "ipc_channel/bootstrap/internal/inprocess_registry.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::internal {
namespace {

struct Registry {
  transport::Mutex mutex;
  std::uint64_t names_given ABSL_GUARDED_BY(mutex) = 0;
  std::map<std::string, transport::Sender, std::less<>> offers
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

}  // namespace ipc_channel::internal
