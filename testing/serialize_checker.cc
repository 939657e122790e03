#include "ipc_channel/testing/serialize_checker.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"
#include "ipc_channel/testing/internal/serialize_subject.h"

namespace ipc_channel_testing {
namespace {

namespace serialize = ::ipc_channel::serialize;
using internal::Bytes;
using internal::ByteView;

constexpr std::size_t kMostReported = 20;
constexpr std::size_t kFingerprintBytes = sizeof(std::uint64_t);
constexpr std::size_t kValuesOfAByte = 255;  // other than its own
constexpr std::size_t kAllocatedBeside = std::size_t{64} << 10;
constexpr std::size_t kMostNoise = 200;

std::string HexOf(std::byte byte) {
  return absl::StrCat(
      "0x", absl::Hex(std::to_integer<unsigned>(byte), absl::kZeroPad2));
}

std::string HexOf(ByteView bytes) {
  std::string hex;
  for (const std::byte byte : bytes) {
    absl::StrAppend(
        &hex, absl::Hex(std::to_integer<unsigned>(byte), absl::kZeroPad2));
  }
  return hex;
}

std::string HexOf(std::uint64_t fingerprint) {
  return absl::StrCat("0x", absl::Hex(fingerprint, absl::kZeroPad16));
}

std::string DescribeSample() { return "the sample"; }

bool IsOrdered(Reencoding reencoding) {
  return reencoding == Reencoding::kSame || reencoding == Reencoding::kAny;
}

// Where `a` and `b` differ first.
std::string Difference(ByteView a, ByteView b) {
  const auto at = std::ranges::mismatch(a, b);
  if (at.in1 == a.end() || at.in2 == b.end()) {
    return absl::StrCat(a.size(), " bytes became ", b.size());
  }
  return absl::StrCat("byte ", at.in1 - a.begin(), " became ", HexOf(*at.in2),
                      " and is ", HexOf(*at.in1));
}

bool IsPermutation(ByteView a, ByteView b) {
  std::array<std::ptrdiff_t, 256> counts = {};
  for (const std::byte byte : a) ++counts[std::to_integer<std::size_t>(byte)];
  for (const std::byte byte : b) --counts[std::to_integer<std::size_t>(byte)];
  return std::ranges::all_of(counts, [](auto count) { return count == 0; });
}

// No more than twice what the reader promises, since containers move what they
// hold when they grow, and a little for the words of a refusal.
std::uint64_t MostAllocated(std::size_t size,
                            const serialize::DecodeLimits& limits) {
  const std::uint64_t budget = std::max<std::uint64_t>(
      limits.max_allocated_bytes, limits.max_allocated_per_input_byte * size);
  return 2 * budget + kAllocatedBeside;
}

void ChangeSomething(Bytes& bytes, std::mt19937& random) {
  constexpr std::uint32_t kLengths[] = {0,          1,          0x7fffffff,
                                        0x80000000, 0xffffffff, 0x10000};
  const std::size_t at =
      kFingerprintBytes + random() % (bytes.size() - kFingerprintBytes);
  if (random() % 3 != 0) {
    bytes[at] = static_cast<std::byte>(random());
    return;
  }
  const std::uint32_t length = kLengths[random() % std::size(kLengths)];
  for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<std::byte>(length >> (8 * i));
  }
}

}  // namespace

SerializeChecker::SerializeChecker(const internal::SerializeSubject& subject,
                                   const void* sample,
                                   const SerializeCheckOptions& options)
    : subject_(subject), sample_(sample), options_(options) {
  absl::StatusOr<Bytes> bytes = subject_.encode(sample_, &sink_);
  if (bytes.ok()) {
    bytes_ = *std::move(bytes);
  } else {
    Fail(absl::StrCat("cannot be encoded: ", bytes.status().ToString()),
         DescribeSample);
  }
}

void SerializeChecker::Fail(std::string_view what, Describe describe) {
  if (++counts_.failures > kMostReported) return;
  ADD_FAILURE() << describe() << ": " << what;
}

void SerializeChecker::CheckFingerprint() {
  if (!options_.fingerprint.has_value()) {
    std::cout << "fingerprint: " << HexOf(subject_.fingerprint) << std::endl;
  } else if (*options_.fingerprint != subject_.fingerprint) {
    Fail(absl::StrCat("the fingerprint is ", HexOf(subject_.fingerprint),
                      " and was ", HexOf(*options_.fingerprint),
                      ": programs built before do not understand this type"),
         DescribeSample);
  }
}

void SerializeChecker::CheckEncoders() {
  if (bytes_.empty()) return;
  const std::size_t size = subject_.size(sample_);
  if (size != bytes_.size()) {
    Fail(absl::StrCat("EncodedSize() is ", size, ", Encode() gives ",
                      bytes_.size(), " bytes"),
         DescribeSample);
  }
  CheckEncodeTo(bytes_.size() - 1);
  CheckEncodeTo(bytes_.size());
  CheckEncodeTo(bytes_.size() + 1);
  CheckEncodeInto();
  CheckWriter();
}

void SerializeChecker::CheckEncodeTo(std::size_t size) {
  Bytes out(size);
  FakeSink sink;
  const absl::Status status = subject_.encode_to(sample_, out, &sink);
  if (size != bytes_.size()) {
    if (status.code() != absl::StatusCode::kInvalidArgument) {
      Fail(absl::StrCat("EncodeTo() memory of a wrong size gives ",
                        status.ToString()),
           DescribeSample);
    }
  } else if (!status.ok()) {
    Fail(absl::StrCat("EncodeTo() gives ", status.ToString()), DescribeSample);
  } else if (out != bytes_) {
    Fail(absl::StrCat("EncodeTo() is not Encode(): ", Difference(bytes_, out)),
         DescribeSample);
  } else if (sink.lent() != sink_.lent()) {
    Fail("EncodeTo() lends other handles than Encode()", DescribeSample);
  }
}

void SerializeChecker::CheckEncodeInto() {
  Bytes out;
  FakeSink sink;
  const absl::Status status = subject_.encode_into(
      sample_,
      [&out](std::size_t size) {
        out.resize(size);
        return std::span<std::byte>(out);
      },
      &sink);
  if (!status.ok()) {
    Fail(absl::StrCat("EncodeInto() gives ", status.ToString()),
         DescribeSample);
  } else if (out != bytes_) {
    Fail(
        absl::StrCat("EncodeInto() is not Encode(): ", Difference(bytes_, out)),
        DescribeSample);
  } else if (sink.lent() != sink_.lent()) {
    Fail("EncodeInto() lends other handles than Encode()", DescribeSample);
  }
}

void SerializeChecker::CheckWriter() {
  Bytes out(bytes_.size());
  FakeSink sink;
  serialize::Writer writer(out, &sink);
  writer.Write(subject_.fingerprint);
  subject_.write(sample_, writer);
  if (!writer.ok()) {
    Fail(absl::StrCat("Writer::Write() gives ", writer.status().ToString()),
         DescribeSample);
  } else if (out != bytes_) {
    Fail(absl::StrCat("Writer::Write() is not Encode(): ",
                      Difference(bytes_, out)),
         DescribeSample);
  } else if (sink.lent() != sink_.lent()) {
    Fail("Writer::Write() lends other handles than Encode()", DescribeSample);
  }
}

void SerializeChecker::CheckRoundTrip() {
  if (bytes_.empty()) return;
  FakeSource source(sink_, options_.copy_handle);
  const absl::Status status = Decode(
      bytes_, source,
      [&](const void* value) {
        if (options_.use_equality && subject_.equal != nullptr &&
            !subject_.equal(sample_, value)) {
          Fail("does not come back as it was (==)", DescribeSample);
        }
        CheckValue(bytes_, value, source, DescribeSample);
      },
      DescribeSample);
  if (!status.ok()) {
    Fail(absl::StrCat("does not come back: ", status.ToString()),
         DescribeSample);
  } else if (source.unclaimed() != 0) {
    Fail(absl::StrCat(source.unclaimed(), " of its handles are not taken"),
         DescribeSample);
  } else {
    CheckReadingOver();
  }
}

void SerializeChecker::CheckReadingOver() {
  const auto describe = [] { return "the sample, where it was read before"; };
  FakeSource first(sink_, options_.copy_handle);
  FakeSource second(sink_, options_.copy_handle);
  const absl::Status status = subject_.decode_twice(
      bytes_, &first, &second, options_.limits,
      [&](const void* value) { CheckValue(bytes_, value, second, describe); });
  if (!status.ok()) {
    Fail(absl::StrCat("does not come back: ", status.ToString()), describe);
  }
}

void SerializeChecker::CheckLengths() {
  if (bytes_.empty()) return;
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    CheckInput(std::span(bytes_).first(size), [size] {
      return absl::StrCat("cut off after ", size, " bytes");
    });
  }
  Bytes longer = bytes_;
  longer.push_back(std::byte{0});
  CheckInput(longer, [] { return std::string("with a byte 0x00 at its end"); });
}

void SerializeChecker::CheckMutants() {
  const std::size_t all = bytes_.size() * kValuesOfAByte;
  const std::size_t count = std::min(all, options_.most_mutants);
  Bytes mutant = bytes_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number =
        static_cast<std::size_t>(static_cast<std::uint64_t>(i) * all / count);
    const std::size_t at = number / kValuesOfAByte;
    const std::byte original = bytes_[at];
    const auto changed = static_cast<std::byte>(
        std::to_integer<std::size_t>(original) + 1 + number % kValuesOfAByte);
    mutant[at] = changed;
    CheckInput(mutant, [&] {
      return absl::StrCat("byte ", at, " changed from ", HexOf(original),
                          " to ", HexOf(changed));
    });
    mutant[at] = original;
  }
}

void SerializeChecker::CheckManyChanges(std::uint32_t seed, std::size_t count) {
  if (bytes_.size() <= kFingerprintBytes) return;
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < count; ++i) {
    Bytes mutant = bytes_;
    for (std::uint32_t change = random() % 4 + 1; change > 0; --change) {
      ChangeSomething(mutant, random);
    }
    if (random() % 8 == 0) mutant.resize(random() % mutant.size());
    CheckInput(mutant);
  }
}

void SerializeChecker::CheckNoise(std::uint32_t seed, std::size_t count) {
  if (bytes_.empty()) return;
  std::mt19937 random(seed);
  Bytes noise = bytes_;
  for (std::size_t i = 0; i < count; ++i) {
    noise.resize(kFingerprintBytes + random() % kMostNoise);
    for (std::size_t at = kFingerprintBytes; at < noise.size(); ++at) {
      noise[at] = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    }
    CheckInput(noise);
  }
}

bool SerializeChecker::CheckInput(ByteView bytes) {
  return CheckInput(bytes, [bytes] { return HexOf(bytes); });
}

bool SerializeChecker::CheckInput(ByteView bytes, Describe describe) {
  // Of its very size, so that AddressSanitizer sees every byte read beyond it.
  const Bytes exact(bytes.begin(), bytes.end());
  FakeSource source(sink_, options_.copy_handle);
  ++counts_.inputs;
  const absl::Status status = Decode(
      exact, source,
      [&](const void* value) {
        ++counts_.values;
        CheckValue(exact, value, source, describe);
      },
      describe);
  return status.ok();
}

absl::Status SerializeChecker::Decode(ByteView bytes, FakeSource& source,
                                      absl::FunctionRef<void(const void*)> use,
                                      Describe describe) {
  const auto allocated = [this]() -> std::uint64_t {
    return options_.allocated_bytes == nullptr ? 0 : options_.allocated_bytes();
  };
  const std::uint64_t before = allocated();
  std::uint64_t after = 0;
  const absl::Status status =
      subject_.decode(bytes, &source, options_.limits, [&](const void* value) {
        after = allocated();
        use(value);
      });
  if (!status.ok()) after = allocated();
  counts_.most_allocated = std::max(counts_.most_allocated, after - before);
  if (after - before > MostAllocated(bytes.size(), options_.limits)) {
    Fail(absl::StrCat("decoding allocated ", after - before, " bytes"),
         describe);
  }
  if (!status.ok() && status.code() != absl::StatusCode::kDataLoss &&
      status.code() != absl::StatusCode::kResourceExhausted) {
    Fail(absl::StrCat("refused with ", status.ToString()), describe);
  }
  return status;
}

void SerializeChecker::CheckValue(ByteView bytes, const void* value,
                                  const FakeSource& source, Describe describe) {
  SameIndices indices(source.claimed());
  const absl::StatusOr<Bytes> again = subject_.encode(value, &indices);
  if (!again.ok()) {
    Fail(absl::StrCat("is read, but cannot be encoded again: ",
                      again.status().ToString()),
         describe);
    return;
  }
  if (!MayBecome(bytes, *again)) {
    Fail(absl::StrCat("is read, but encoded differently again: ",
                      Difference(bytes, *again)),
         describe);
    return;
  }
  FakeSource same_source(sink_, options_.copy_handle);
  const absl::Status status = subject_.decode(
      *again, &same_source, options_.limits, [&](const void* same) {
        SameIndices same_indices(same_source.claimed());
        const absl::StatusOr<Bytes> third =
            subject_.encode(same, &same_indices);
        const bool is_stable =
            third.ok() &&
            (IsOrdered(options_.reencoding) ? *again == *third
                                            : IsPermutation(*again, *third));
        if (!is_stable) {
          Fail("is read, but what it is encoded to again does not stay",
               describe);
        }
      });
  if (!status.ok()) {
    Fail(absl::StrCat("is read, but what it is encoded to again is not: ",
                      status.ToString()),
         describe);
  }
}

bool SerializeChecker::MayBecome(ByteView before, ByteView after) const {
  switch (options_.reencoding) {
    case Reencoding::kSame:
      return std::ranges::equal(before, after);
    case Reencoding::kAnyOrder:
      return IsPermutation(before, after);
    case Reencoding::kAny:
    case Reencoding::kAnyInAnyOrder:
      return true;
  }
  return false;
}

}  // namespace ipc_channel_testing
