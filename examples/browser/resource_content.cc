#include "ipc_channel/examples/browser/resource_content.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace browser {
namespace {

std::byte ByteAt(std::string_view url, std::size_t index) {
  return static_cast<std::byte>(url[index % url.size()]);
}

}  // namespace

void FillResource(std::string_view url, std::span<std::byte> content) {
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = ByteAt(url, i);
}

bool IsResource(std::string_view url, std::span<const std::byte> content) {
  if (content.size() != kResourceBytes) return false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] != ByteAt(url, i)) return false;
  }
  return true;
}

}  // namespace browser
