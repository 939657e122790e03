#include "ipc_channel/bench/peers/rust_link.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::BorrowedFd;

struct RustEnd;  // one of theirs

// The functions of the library; bench/peers/rust/src/lib.rs defines them.
class RustLibrary {
 public:
  explicit RustLibrary(const std::string& path)
      : library_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) Stop(::dlerror());
    Find("bench_peers_open", open);
    Find("bench_peers_prepare", prepare);
    Find("bench_peers_send", send);
    Find("bench_peers_receive", receive);
    Find("bench_peers_close", close);
  }

  // Of `kind`, for messages of `size` bytes, `depth` of which fit a queue;
  // `name` and `folder` as in Meeting. The end that is not near says its name
  // to the other, or is told that, through the bare socket `other`.
  RustEnd* (*open)(const char* kind, bool is_near, const char* name,
                   const char* folder, int other, std::size_t size,
                   std::size_t depth);
  std::uint8_t* (*prepare)(RustEnd* end);
  void (*send)(RustEnd* end);
  const std::uint8_t* (*receive)(RustEnd* end, std::size_t* size);
  void (*close)(RustEnd* end);

 private:
  template <class Function>
  void Find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr) Stop(::dlerror());
  }

  void* const library_;  // never closed: it may have started threads
};

class RustLink : public SimpleLink {
 public:
  RustLink(const std::string& path, const char* kind, const Meeting& meeting,
           End end, BorrowedFd other)
      : SimpleLink(other),
        library_(path),
        size_(meeting.size),
        end_(library_.open(kind, end == End::kNear, meeting.name.c_str(),
                           meeting.folder.c_str(), other.get(), meeting.size,
                           meeting.depth)) {}
  RustLink(const RustLink&) = delete;
  RustLink& operator=(const RustLink&) = delete;
  ~RustLink() override { library_.close(end_); }

  std::span<std::byte> Prepare(std::size_t size) override {
    if (size != size_) Stop("a message of another size than agreed");
    return {reinterpret_cast<std::byte*>(library_.prepare(end_)), size};
  }

  void Send() override { library_.send(end_); }

  std::span<const std::byte> Receive() override {
    std::size_t size = 0;
    const std::uint8_t* bytes = library_.receive(end_, &size);
    return {reinterpret_cast<const std::byte*>(bytes), size};
  }

 private:
  const RustLibrary library_;
  const std::size_t size_;
  RustEnd* const end_;
};

std::string WhyNot(const std::string& path) {
  return ::access(path.c_str(), R_OK) == 0 ? ""
                                           : absl::StrCat("there is no ", path);
}

// The versions are those of bench/peers/rust/Cargo.toml.
struct Kind {
  const char* name;
  const char* version;
};
constexpr Kind kKinds[] = {
    {"rust_ipc_channel_old_bytes", "0.13.0"},
    {"rust_ipc_channel_old_vec", "0.13.0"},
    {"rust_ipc_channel_bytes", "0.23.1"},
    {"rust_ipc_channel_vec", "0.23.1"},
    {"rust_iceoryx2_loan", "0.10.0"},
};

}  // namespace

void AddRustPeers(const std::string& path) {
  for (const Kind& kind : kKinds) {
    AddPeer({.name = kind.name,
             .version = kind.version,
             .connect =
                 [path, kind](const Meeting& meeting) {
                   return std::make_unique<SimpleConnection>(
                       meeting, [path, kind](const Meeting& met, End end,
                                             BorrowedFd other) {
                         return std::make_unique<RustLink>(path, kind.name, met,
                                                           end, other);
                       });
                 },
             .why_missing = [path] { return WhyNot(path); }});
  }
}

}  // namespace ipc_channel_bench
