#include "ipc_channel/examples/wordcount/progress_bar.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/mutex.h"

namespace wordcount {
namespace {

using ipc_channel::transport::MutexLock;

constexpr int kWidth = 40;
constexpr absl::Duration kInterval = absl::Milliseconds(50);
constexpr double kMegabyte = 1e6;

}  // namespace

ProgressBar::~ProgressBar() {
  MutexLock lock(mutex_);
  Clear();
}

void ProgressBar::Show(std::uint64_t total) {
  MutexLock lock(mutex_);
  is_shown_ = true;
  total_ = static_cast<std::int64_t>(total);
  Draw();
}

void ProgressBar::Advance(std::int64_t bytes) {
  MutexLock lock(mutex_);
  done_ += bytes;
  const absl::Time now = absl::Now();
  if (now < next_draw_) return;
  next_draw_ = now + kInterval;
  Draw();
}

void ProgressBar::Note(const std::string& line) {
  MutexLock lock(mutex_);
  Clear();
  std::fprintf(stderr, "%s\n", line.c_str());
  Draw();
}

void ProgressBar::Clear() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::Draw() {
  if (!is_shown_) return;
  // Files grow and shrink: what is done need not be within the total.
  const double part =
      total_ <= 0
          ? 0.0
          : std::clamp(static_cast<double>(done_) / static_cast<double>(total_),
                       0.0, 1.0);
  const std::string filled(static_cast<std::size_t>(part * kWidth), '#');
  std::fprintf(stderr, "\r[%-*s] %3d%%  %.1f of %.1f MB\033[K", kWidth,
               filled.c_str(), static_cast<int>(part * 100),
               static_cast<double>(done_) / kMegabyte,
               static_cast<double>(total_) / kMegabyte);
}

}  // namespace wordcount
