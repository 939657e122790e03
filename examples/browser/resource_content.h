#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_RESOURCE_CONTENT_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_RESOURCE_CONTENT_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace browser {

inline constexpr std::size_t kResourceBytes = 256 * 1024;

// What is found at `url`: the address, over and over.
void FillResource(std::string_view url, std::span<std::byte> content);
bool IsResource(std::string_view url, std::span<const std::byte> content);

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_RESOURCE_CONTENT_H_
