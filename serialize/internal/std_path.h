#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_PATH_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_PATH_H_

#include "ipc_channel/platforms/cxx20.h"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

// The bytes of the path as the system knows them, which need not be UTF-8.
// Neither written nor read with a byte 0 in it: the system would see another
// path than whoever checked this one. Nothing else is checked: a path from a
// stranger may lead anywhere.
template <>
struct SerializeTraits<std::filesystem::path> {
  using Path = std::filesystem::path;
  static_assert(std::same_as<Path::value_type, char>);

  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    schema.Name("path");
    internal::DescribeSequence<char>(schema);
  }
  template <class Out>
  static void Write(Out& out, const Path& path) {
    if (HasZero(path.native())) out.Fail("a path with a byte 0");
    internal::WriteValue(out, path.native());
  }
  static std::byte* Put(std::byte* to, const Path& path) {
    return internal::PutValue(to, path.native());
  }
  static bool Read(Reader& in, Path& path) {
    std::string name;
    if (!in.Read(name)) return false;
    if (HasZero(name)) return in.Fail("a path with a byte 0");
    if (!in.Charge(CostOfParts(name))) return false;
    path = std::move(name);
    return true;
  }

 private:
  static bool HasZero(const std::string& name) {
    return name.find('\0') != std::string::npos;
  }

  // libstdc++ keeps a path for each part of a path, in a growing array.
  static std::size_t CostOfParts(const std::string& name) {
    const auto slashes = std::count(name.begin(), name.end(), '/');
    if (slashes == 0) return 0;
    return (static_cast<std::size_t>(slashes) + 2) * 2 *
           (sizeof(Path) + sizeof(std::size_t));
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_PATH_H_
