// Memory objects that are not sealed, lie about their size or are not there.

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

constexpr int kSealFutureWrite = 0x0010;
constexpr int kSealExec = 0x0020;
constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int kAllSeals = kSizeSeals | F_SEAL_WRITE;
constexpr std::size_t kSize = 100'000;

// A role that an object can have, with the seals that are due there.
struct Role {
  std::function<Bytes(std::uint64_t size)> packet;
  int seals;
};

Bytes AsPayload(std::uint64_t size) { return Header(0, size, kInObject); }
Bytes AsShared(std::uint64_t size) {
  return Header(1, 0) + Entry(kShared, size);
}
Bytes AsMutable(std::uint64_t size) {
  return Header(1, 0) + Entry(kMutable, size);
}
Bytes AsReadOnly(std::uint64_t size) {
  return Header(1, 0) + Entry(kReadOnly, size);
}

std::vector<Role> AllRoles() {
  return {{AsPayload, kAllSeals},
          {AsShared, kAllSeals},
          {AsMutable, kSizeSeals},
          {AsReadOnly, kSizeSeals | kSealFutureWrite}};
}

void Truncate(const Fd& object, std::uint64_t size) {
  Check(::ftruncate(object.get(), static_cast<off_t>(size)) == 0, "ftruncate");
}

// With memory behind all of it, unless `is_sparse`.
Fd NewObject(std::uint64_t size, bool is_sparse = false, unsigned flags = 0) {
  Fd object(::memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags));
  Check(object.valid(), "memfd_create");
  Truncate(object, size);
  if (!is_sparse && size > 0) {
    Check(::fallocate(object.get(), 0, 0, static_cast<off_t>(size)) == 0,
          "fallocate");
  }
  return object;
}

void Seal(const Fd& object, int seals) {
  Check(::fcntl(object.get(), F_ADD_SEALS, seals) == 0, "F_ADD_SEALS");
}

Fd SealedObject(int seals, std::uint64_t size = kSize, bool is_sparse = false) {
  Fd object = NewObject(size, is_sparse);
  Seal(object, seals);
  return object;
}

Fd OpenedAnew(const Fd& object, int flags) {
  const std::string path = "/proc/self/fd/" + std::to_string(object.get());
  Fd opened(::open(path.c_str(), flags | O_CLOEXEC));
  Check(opened.valid(), "open");
  return opened;
}

void GoodObjects(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = SealedObject(role.seals);
    round.Fine(role.packet(kSize), {object.get()});
  }
}

void Unsealed(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = NewObject(kSize);
    round.Bad(role.packet(kSize), {object.get()});
  }
}

void EachSealMissing(Round& round) {
  for (const Role& role : AllRoles()) {
    for (int seal = 1; seal <= role.seals; seal *= 2) {
      if ((role.seals & seal) == 0) continue;
      const Fd object = SealedObject(role.seals & ~seal);
      round.Bad(role.packet(kSize), {object.get()});
    }
  }
}

void SealsOfAnotherRole(Round& round) {
  const Fd immutable = SealedObject(kAllSeals);
  const Fd shared = SealedObject(kSizeSeals);
  const Fd read_only = SealedObject(kSizeSeals | kSealFutureWrite);
  for (const auto& packet : {AsPayload(kSize), AsShared(kSize)}) {
    round.Bad(packet, {shared.get()});
    round.Bad(packet, {read_only.get()});
  }
  round.Bad(AsMutable(kSize), {immutable.get()});
  round.Bad(AsMutable(kSize), {read_only.get()});
  round.Bad(AsReadOnly(kSize), {immutable.get()});
  round.Bad(AsReadOnly(kSize), {shared.get()});
}

void SizesThatLie(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = SealedObject(role.seals);
    for (const std::uint64_t size :
         {std::uint64_t{1}, kSize - 1, kSize + 1, std::size_t{1} << 20,
          std::uint64_t{1} << 31, std::uint64_t{1} << 32,
          (std::uint64_t{1} << 32) + kSize, std::uint64_t{1} << 45,
          std::uint64_t{1} << 62, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
      round.Bad(role.packet(size), {object.get()});
    }
  }
}

void EmptyObjects(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = SealedObject(role.seals, 0);
    round.Bad(role.packet(kSize), {object.get()});
    round.Bad(role.packet(1), {object.get()});
  }
}

void SparseObjects(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = SealedObject(role.seals, kSize, /*is_sparse=*/true);
    if (role.seals == kSizeSeals) {
      round.Fine(role.packet(kSize), {object.get()});  // mutable: may be
    } else {
      round.Bad(role.packet(kSize), {object.get()});
    }
  }
}

// As many blocks as are due, beyond the end where they can be freed again.
void SparseObjectsWithBlocksBeyondTheEnd(Round& round) {
  for (const Role& role : AllRoles()) {
    if (role.seals == kSizeSeals) continue;
    const Fd object = NewObject(kSize, /*is_sparse=*/true);
    Check(
        ::fallocate(object.get(), FALLOC_FL_KEEP_SIZE, 1 << 20, 2 * kSize) == 0,
        "fallocate");
    Seal(object, role.seals);
    round.Bad(role.packet(kSize), {object.get()});
  }
}

// 1 TiB, 2^62 bytes and the most a file can have, which cost nothing to claim.
void HugeObjects(Round& round) {
  for (const Role& role : AllRoles()) {
    for (const std::uint64_t size :
         {kGibibyte + 1, std::uint64_t{1} << 40, std::uint64_t{1} << 62,
          ~std::uint64_t{0} >> 1}) {
      const Fd object = SealedObject(role.seals, size, /*is_sparse=*/true);
      round.Bad(role.packet(size), {object.get()});
      round.Bad(role.packet(size + 1), {object.get()});
    }
  }
}

// Sends `packet` with `object` while a child changes the size without end.
void WhileItsSizeChanges(Round& round, const Fd& object, std::uint64_t size) {
  const Companion shrinking([&] {
    while (true) {
      static_cast<void>(!::ftruncate(object.get(), 0));
      static_cast<void>(!::ftruncate(object.get(), static_cast<off_t>(size)));
    }
  });
  for (int i = 0; i < 10; ++i) {
    for (const Role& role : AllRoles()) {
      round.Bad(role.packet(size), {object.get()});
    }
  }
}

void ShrinkingWhileReceived(Round& round) {
  WhileItsSizeChanges(round, NewObject(kSize), kSize);
}

void WriteSealedAndShrinking(Round& round) {
  // Cut off beyond its sealed bytes: only shrinking is left open.
  const Fd object = NewObject(kSize);
  Seal(object, F_SEAL_WRITE | F_SEAL_GROW);
  WhileItsSizeChanges(round, object, kSize);
}

// Seals come while the object is on its way: whatever is seen is coherent.
void SealedWhileReceived(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = NewObject(kSize);
    round.Odd(role.packet(kSize), {object.get()});
    Seal(object, role.seals);
    round.Fine(role.packet(kSize), {object.get()});
  }
}

void Punch(const Fd& object) {
  Check(::fallocate(object.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                    kSize) == 0,
        "PUNCH_HOLE");
}

void MutableMemoryPunchedWhileRead(Round& round) {
  const Fd object = SealedObject(kSizeSeals);
  const Companion punching([&] {
    while (true) Punch(object);
  });
  for (int i = 0; i < 20; ++i) {
    round.Fine(AsMutable(kSize), {object.get()});
  }
}

void MemoryWrittenWhileRead(Round& round) {
  for (const int seals : {kSizeSeals, kSizeSeals | kSealFutureWrite}) {
    const Fd object = NewObject(kSize);
    void* const memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                MAP_SHARED, object.get(), 0);
    Check(memory != MAP_FAILED, "mmap");
    Seal(object, seals);
    const Companion writing([&] {
      for (int value = 0;; ++value) std::memset(memory, value, kSize);
    });
    for (int i = 0; i < 10; ++i) {
      round.Fine(seals == kSizeSeals ? AsMutable(kSize) : AsReadOnly(kSize),
                 {object.get()});
    }
    ::munmap(memory, kSize);
  }
}

void OpenedForReadingOnly(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = SealedObject(role.seals);
    const Fd opened = OpenedAnew(object, O_RDONLY);
    if (role.seals == kSizeSeals) {
      round.Bad(role.packet(kSize), {opened.get()});
    } else {
      round.Fine(role.packet(kSize), {opened.get()});
    }
  }
}

// F_GET_SEALS answers for a descriptor opened for writing only; mmap does not.
void OpenedForWritingOnly(Round& round) {
  for (const Role& role : AllRoles()) {
    const Fd object = NewObject(kSize);
    const Fd opened = OpenedAnew(object, O_WRONLY);
    const Fd path = OpenedAnew(object, O_PATH);
    Seal(object, role.seals);
    round.Bad(role.packet(kSize), {opened.get()});
    round.Bad(role.packet(kSize), {path.get()});
  }
}

void HugePages(Round& round) {
  constexpr std::uint64_t kHugePage = 2 << 20;
  for (const Role& role : AllRoles()) {
    Fd object(::memfd_create("hostile",
                             MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB));
    if (!object.valid()) Skip("no objects of huge pages");
    Truncate(object, kHugePage);
    Seal(object, role.seals);
    round.Bad(role.packet(kHugePage), {object.get()});
  }
}

// Whose memory is charged when it is touched, and can run out: a mount's.
void FilesOfATmpfs(Round& round) {
  const Fd file(::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) Skip("no tmpfs at /dev/shm");
  Truncate(file, kSize);
  Check(::fallocate(file.get(), 0, 0, kSize) == 0, "fallocate");
  for (const Role& role : AllRoles()) {
    round.Bad(role.packet(kSize), {file.get()});
  }
}

void SealsBeyondTheNeed(Round& round) {
  for (const Role& role : AllRoles()) {
    Fd object = NewObject(kSize);
    if (::fcntl(object.get(), F_ADD_SEALS, kSealExec) != 0) {
      Skip("no F_SEAL_EXEC");
    }
    if ((::fcntl(object.get(), F_GET_SEALS) & F_SEAL_WRITE) != 0) {
      // The kernel adds the others where the object can be executed.
      object = NewObject(kSize);
      Check(::fchmod(object.get(), 0600) == 0, "fchmod");
      Seal(object, kSealExec);
    }
    Seal(object, role.seals);
    round.Fine(role.packet(kSize), {object.get()});
  }
}

void OneObjectInManyPlaces(Round& round) {
  const Fd object = SealedObject(kAllSeals, 5'000);
  round.Fine(Header(252, 5'000, kInObject) + Entries(252, kShared, 5'000),
             std::vector<int>(253, object.get()));
  round.Bad(Header(252, 5'000, kInObject) + Entries(252, kMutable, 5'000),
            std::vector<int>(253, object.get()));
}

}  // namespace

std::vector<Attack> MemoryAttacks() {
  return {
      {"GoodObjects", GoodObjects},
      {"Unsealed", Unsealed},
      {"EachSealMissing", EachSealMissing},
      {"SealsOfAnotherRole", SealsOfAnotherRole},
      {"SizesThatLie", SizesThatLie},
      {"EmptyObjects", EmptyObjects},
      {"SparseObjects", SparseObjects},
      {"SparseObjectsWithBlocksBeyondTheEnd",
       SparseObjectsWithBlocksBeyondTheEnd},
      {"HugeObjects", HugeObjects},
      {"ShrinkingWhileReceived", ShrinkingWhileReceived},
      {"WriteSealedAndShrinking", WriteSealedAndShrinking},
      {"SealedWhileReceived", SealedWhileReceived},
      {"MutableMemoryPunchedWhileRead", MutableMemoryPunchedWhileRead},
      {"MemoryWrittenWhileRead", MemoryWrittenWhileRead},
      {"OpenedForReadingOnly", OpenedForReadingOnly},
      {"OpenedForWritingOnly", OpenedForWritingOnly},
      {"HugePages", HugePages},
      {"FilesOfATmpfs", FilesOfATmpfs},
      {"SealsBeyondTheNeed", SealsBeyondTheNeed},
      {"OneObjectInManyPlaces", OneObjectInManyPlaces},
  };
}

}  // namespace ipc_channel_hostile
