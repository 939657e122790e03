#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_TALLY_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_TALLY_H_

#include <cstdint>
#include <cstdio>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loops {

// What a parent has got from its squarer (squarer.h), and says about it.
class Tally {
 public:
  // False if `square` is the end.
  bool Add(const absl::StatusOr<std::int64_t>& square) {
    if (!square.ok()) return absl::IsDataLoss(square.status());
    ++count_;
    sum_ += *square;
    return true;
  }

  void Print(bool has_exited) const {
    std::printf("%lld squares, their sum is %lld\n",
                static_cast<long long>(count_), static_cast<long long>(sum_));
    std::printf(has_exited ? "the child has exited\n" : "the child has died\n");
  }

 private:
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
};

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_TALLY_H_
