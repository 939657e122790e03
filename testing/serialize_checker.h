#ifndef IPC_CHANNEL_TESTING_SERIALIZE_CHECKER_H_
#define IPC_CHANNEL_TESTING_SERIALIZE_CHECKER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"
#include "ipc_channel/testing/internal/serialize_subject.h"

// Whether a type is serialized as it should be: its own traits, its field list,
// or just that nobody changes what travels.
//
//   TEST(OrderTest, IsSerializedAsItShouldBe) {
//     CheckSerialization({.fingerprint = 0xa81148d25fd86d28}, Order(),
//                        Order(7, "x"));
//   }
//
// What is wrong is a failure of the GoogleTest test that runs, and says which
// bytes of the encoding were changed to what. It proves most under sanitizers.

namespace ipc_channel_testing {

// What may come back when accepted bytes are decoded and encoded again.
enum class Reencoding {
  // The same bytes: each value has one encoding.
  kSame,
  // The same bytes in another order: for types with unordered containers.
  kAnyOrder,
  // Other bytes, which then stay the same: for a Read() that normalizes.
  kAny,
  // Other bytes, which then stay the same but for their order: for both.
  kAnyInAnyOrder,
};

struct SerializeCheckOptions {
  // The golden number. Without it the fingerprint is printed.
  std::optional<std::uint64_t> fingerprint;

  Reencoding reencoding = Reencoding::kSame;

  // Samples are compared by T's own == where it has one that says what is meant
  // (a class or an enum or a scalar; never an instance of a template). False:
  // by their encodings.
  bool use_equality = true;

  // What decoding may cost, that of the samples too.
  ipc_channel::serialize::DecodeLimits limits = {.max_allocated_bytes = 1
                                                                        << 20};

  // How many changes of single bytes are tried per sample. If there are more
  // (an encoding of over 392 bytes), this many are evenly chosen from them.
  std::size_t most_mutants = 100'000;

  // How many bytes this thread has asked operator new for so far, as
  // AllocatedBytes() of allocation_count.h says. If given, no decoding may ask
  // for more than twice the budget of `limits` and 64 KiB, summed up; a type
  // whose default constructor allocates may have to do without.
  std::uint64_t (*allocated_bytes)() = nullptr;

  // How a handle of the sample comes to the other side.
  CopyHandle copy_handle = CopyFakeHandle;
};

struct SerializeCheckCounts {
  std::uint64_t inputs = 0;          // that were decoded: of them
  std::uint64_t values = 0;          // were values, the others were refused
  std::uint64_t most_allocated = 0;  // bytes, for one input
  std::uint64_t failures = 0;        // the first twenty are reported
};

// The checks one by one, for one sample. Thread-compatible.
class SerializeChecker {
 public:
  // Borrows `sample`, and encodes it. If that fails, no other check is made.
  template <class T>
  requires(!std::same_as<T, SerializeChecker>) &&
      ipc_channel::serialize::Deserializable<T> explicit SerializeChecker(
          const T& sample, const SerializeCheckOptions& options = {})
      : SerializeChecker(internal::SubjectFor<T>(), &sample, options) {}
  template <class T>
  explicit SerializeChecker(const T&& sample,
                            const SerializeCheckOptions& options = {}) = delete;
  SerializeChecker(const SerializeChecker&) = delete;
  SerializeChecker& operator=(const SerializeChecker&) = delete;

  // The fingerprint is the golden number.
  void CheckFingerprint();

  // Encode(), EncodeTo(), EncodeInto() and a Writer agree on the bytes and the
  // handles, EncodedSize() is exact, and memory of another size is refused.
  void CheckEncoders();

  // The sample comes back as it was, and takes each of its handles; and so it
  // does into an object that holds it already, of which nothing is left.
  void CheckRoundTrip();

  // CheckInput() of every shorter encoding, and of one byte more.
  void CheckLengths();

  // CheckInput() of the encoding with one byte changed: each, to all values.
  void CheckMutants();

  // CheckInput() of `count` encodings with up to four changes anywhere behind
  // the fingerprint: bytes, lengths that are too large, ends cut off.
  void CheckManyChanges(std::uint32_t seed, std::size_t count);

  // CheckInput() of the fingerprint and bytes by chance, `count` times.
  void CheckNoise(std::uint32_t seed, std::size_t count);

  // Decodes any bytes, with the sample's handles beside them. What comes of it
  // must be DATA_LOSS, RESOURCE_EXHAUSTED or a value; a value can be encoded,
  // to what Reencoding says, and decoded again. True if it is a value.
  bool CheckInput(std::span<const std::byte> bytes);

  const std::vector<std::byte>& bytes() const { return bytes_; }
  const SerializeCheckCounts& counts() const { return counts_; }

 private:
  using Describe = absl::FunctionRef<std::string()>;

  SerializeChecker(const internal::SerializeSubject& subject,
                   const void* sample, const SerializeCheckOptions& options);

  void CheckEncodeTo(std::size_t size);
  void CheckEncodeInto();
  void CheckWriter();
  void CheckReadingOver();
  bool CheckInput(internal::ByteView bytes, Describe describe);
  void CheckValue(internal::ByteView bytes, const void* value,
                  const FakeSource& source, Describe describe);
  bool MayBecome(internal::ByteView before, internal::ByteView after) const;
  absl::Status Decode(internal::ByteView bytes, FakeSource& source,
                      absl::FunctionRef<void(const void*)> use,
                      Describe describe);
  void Fail(std::string_view what, Describe describe);

  const internal::SerializeSubject subject_;
  const void* const sample_;
  const SerializeCheckOptions options_;
  FakeSink sink_;
  internal::Bytes bytes_;
  SerializeCheckCounts counts_;
};

// All of these checks but those by chance, for each sample.
template <class T, std::same_as<T>... More>
void CheckSerialization(const SerializeCheckOptions& options, const T& sample,
                        const More&... more) {
  const auto check = [](SerializeChecker& checker) {
    checker.CheckEncoders();
    checker.CheckRoundTrip();
    checker.CheckLengths();
    checker.CheckMutants();
  };
  SerializeChecker first(sample, options);
  first.CheckFingerprint();
  check(first);
  [[maybe_unused]] const auto check_another = [&](const T& value) {
    SerializeChecker checker(value, options);
    check(checker);
  };
  (check_another(more), ...);
}

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_SERIALIZE_CHECKER_H_
