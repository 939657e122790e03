#include "ipc_channel/testing/model/holdings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/mutable_memory.h"
#include "ipc_channel/transport/shared_memory.h"

namespace ipc_channel_testing {

using ::ipc_channel::transport::CreateReadOnlyMemory;
using ::ipc_channel::transport::Handle;
using ::ipc_channel::transport::HandleKind;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::MutableMemory;
using ::ipc_channel::transport::ReadOnlyMemory;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::SharedMemory;
using ::ipc_channel::transport::UniqueFd;

namespace {

// Adds `thing`, or drops it if there are many.
template <class T>
void Keep(std::vector<T>& things, T thing) {
  if (things.size() < Holdings::kMostOfAKind) {
    things.push_back(std::move(thing));
  }
}

std::span<const std::byte> BytesOf(const Handle& memory) {
  return std::visit(
      [](const auto& object) -> std::span<const std::byte> {
        if constexpr (requires { object.bytes(); }) {
          return object.bytes();
        } else {
          return {};
        }
      },
      memory);
}

absl::Status Wrong(absl::string_view what) { return absl::InternalError(what); }

HandleKind KindOf(const ModelHandle& model) {
  if (std::holds_alternative<ModelSender>(model)) return HandleKind::kSender;
  if (std::holds_alternative<ModelReceiver>(model)) {
    return HandleKind::kReceiver;
  }
  if (const auto* memory = std::get_if<ModelMemory>(&model)) {
    return memory->kind;
  }
  return HandleKind::kDescriptor;
}

absl::StatusOr<Handle> NewMemory(HandleKind kind,
                                 std::span<const std::byte> bytes,
                                 std::vector<HeldWriter>& writers,
                                 const ModelMemory& model) {
  if (kind == HandleKind::kSharedMemory) {
    absl::StatusOr<SharedMemory> memory = SharedMemory::CopyOf(bytes);
    if (!memory.ok()) return memory.status();
    return Handle(*std::move(memory));
  }
  if (kind == HandleKind::kMutableMemory) {
    absl::StatusOr<MutableMemory> memory = MutableMemory::Create(bytes.size());
    if (!memory.ok()) return memory.status();
    std::ranges::copy(bytes, memory->bytes().begin());
    return Handle(*std::move(memory));
  }
  auto made = CreateReadOnlyMemory(bytes.size());
  if (!made.ok()) return made.status();
  std::ranges::copy(bytes, made->writer.bytes().begin());
  Keep(writers, HeldWriter{std::move(made->writer), model});
  return Handle(std::move(made->memory));
}

}  // namespace

std::uint64_t InodeOf(const UniqueFd& descriptor) {
  struct stat about = {};
  return ::fstat(descriptor.get(), &about) == 0 ? about.st_ino : 0;
}

absl::Status CompareMemory(const HeldMemory& memory) {
  const std::span<const std::byte> real = BytesOf(memory.real);
  const std::vector<std::byte>& model = *memory.model.bytes;
  // Not std::ranges::equal(): without optimization that is most of a run.
  if (real.size() == model.size() &&
      (model.empty() ||
       std::memcmp(real.data(), model.data(), model.size()) == 0)) {
    return absl::OkStatus();
  }
  return Wrong("memory holds other bytes");
}

absl::Status Holdings::AddMemory(HandleKind kind, std::size_t size,
                                 std::uint64_t seed) {
  const ModelMemory model = {
      kind, std::make_shared<std::vector<std::byte>>(Pattern(size, seed))};
  absl::StatusOr<Handle> real = NewMemory(kind, *model.bytes, writers, model);
  // Some kinds need what a system or a sandbox does not give (memfd_create).
  if (absl::IsResourceExhausted(real.status())) return absl::OkStatus();
  if (!real.ok()) return real.status();
  Keep(memory, HeldMemory{*std::move(real), model});
  return absl::OkStatus();
}

absl::Status Holdings::AddDescriptor() {
  Pipe pipe = NewPipe();
  const ModelDescriptor model = {InodeOf(pipe.read_end)};
  if (model.inode == 0) return absl::ResourceExhaustedError("no pipe");
  Keep(descriptors, HeldDescriptor{std::move(pipe.read_end), model});
  return absl::OkStatus();
}

absl::Status Holdings::TakeHandle(Handle& real, ModelHandle model) {
  if (real.index() != static_cast<std::size_t>(KindOf(model))) {
    return Wrong(absl::StrCat("a handle of kind ", real.index(),
                              " came in place of one of ", KindOf(model)));
  }
  if (auto* sender = std::get_if<Sender>(&real)) {
    if (!sender->valid()) return Wrong("an empty sender came");
    Keep(senders, HeldSender{std::move(*sender),
                             std::get<ModelSender>(std::move(model))});
  } else if (auto* receiver = std::get_if<Receiver>(&real)) {
    if (!receiver->valid()) return Wrong("an empty receiver came");
    Keep(receivers, HeldReceiver{std::move(*receiver),
                                 std::get<ModelReceiver>(std::move(model))});
  } else if (auto* descriptor = std::get_if<UniqueFd>(&real)) {
    const auto& expected = std::get<ModelDescriptor>(model);
    if (InodeOf(*descriptor) != expected.inode) return Wrong("another file");
    Keep(descriptors, HeldDescriptor{std::move(*descriptor), expected});
  } else {
    HeldMemory held{std::move(real), std::get<ModelMemory>(model)};
    absl::Status same = CompareMemory(held);
    if (!same.ok()) return same;
    Keep(memory, std::move(held));
  }
  return absl::OkStatus();
}

absl::Status Holdings::TakeMessage(Message& real, ModelMessage model) {
  if (!Holds(real, Pattern(model.size, model.seed))) {
    return Wrong(absl::StrCat("a payload of ", real.payload().size(),
                              " bytes came in place of number ", model.seed,
                              " of ", model.size));
  }
  if (real.handles().size() != model.handles.size()) {
    return Wrong(absl::StrCat(real.handles().size(), " handles came where ",
                              model.handles.size(), " were sent"));
  }
  for (std::size_t i = 0; i < model.handles.size(); ++i) {
    absl::Status taken =
        TakeHandle(real.handles()[i], std::move(model.handles[i]));
    if (!taken.ok()) return taken;
  }
  real.Clear();
  return absl::OkStatus();
}

}  // namespace ipc_channel_testing
