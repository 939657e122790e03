#include "ipc_channel/examples/wordcount/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/wordcount/input_file.h"
#include "ipc_channel/examples/wordcount/job_queue.h"
#include "ipc_channel/examples/wordcount/outcome.h"
#include "ipc_channel/examples/wordcount/printable.h"
#include "ipc_channel/examples/wordcount/protocol.h"
#include "ipc_channel/examples/wordcount/remote_worker.h"
#include "ipc_channel/examples/wordcount/word_counts.h"
#include "ipc_channel/examples/wordcount/word_table.h"
#include "ipc_channel/ipc_channel.h"

namespace wordcount {
namespace {

namespace ipc = ipc_channel;

// A file that costs so many workers is at fault itself.
constexpr int kMaxLossesPerFile = 3;

// Workers in a row that do not even say hello.
constexpr int kMaxFailedStarts = 3;

}  // namespace

absl::Status Session::Run() {
  absl::Status status;
  while (status.ok()) {
    std::optional<FileJob> job = queue_.Take();
    if (!job.has_value()) break;
    status = Handle(*std::move(job));
  }
  if (worker_.has_value()) worker_->End();
  return status;
}

absl::Status Session::Handle(FileJob job) {
  if (!job.file.fd.valid()) {
    absl::StatusOr<InputFile> file = OpenInputFile(job.path);
    if (!file.ok()) {
      Finish(job, file.status());
      return absl::OkStatus();
    }
    job.file = *std::move(file);
  }
  if (absl::Status status = EnsureWorker(); !status.ok()) {
    queue_.GiveBack(std::move(job));
    return status;
  }
  const absl::StatusOr<WordCounts> counts = Count(job);
  if (ipc::IsDisconnected(counts.status())) {
    OnWorkerLostWith(std::move(job));
  } else {
    Finish(job, counts);
  }
  return absl::OkStatus();
}

absl::Status Session::EnsureWorker() {
  absl::Status status;
  for (int i = 0; i < kMaxFailedStarts && !worker_.has_value(); ++i) {
    status = StartWorker();
  }
  return status;
}

absl::Status Session::StartWorker() {
  absl::StatusOr<RemoteWorker> worker = RemoteWorker::Start(test_hold_);
  if (!worker.ok()) return worker.status();
  worker_.emplace(*std::move(worker));
  absl::Status contact = worker_->AwaitContact();
  if (!contact.ok()) {
    ReportLoss("", "before it made contact", std::string(contact.message()));
  }
  return contact;
}

absl::StatusOr<WordCounts> Session::Count(FileJob& job) {
  absl::StatusOr<ipc::ChannelEnds<Reply>> replies = ipc::Channel<Reply>();
  if (!replies.ok()) return replies.status();
  absl::Status sent = SendJob(job, std::move(replies->sender));
  if (!sent.ok()) return sent;
  for (absl::StatusOr<Reply>& reply : replies->receiver) {
    if (!reply.ok()) return reply.status();
    if (const auto* progress = std::get_if<Progress>(&*reply)) {
      job.progress += progress->bytes;
      bar_.Advance(static_cast<std::int64_t>(progress->bytes));
    } else if (const auto* counted = std::get_if<Counted>(&*reply)) {
      return ReadWordTable(counted->table.bytes());
    } else {
      return absl::UnknownError(std::get<Unreadable>(*reply).reason);
    }
  }
  return absl::UnavailableError("the worker hung up");
}

// Takes the only sender of replies, and leaves none behind: the worker's is
// then the last, and its end is noticed.
absl::Status Session::SendJob(const FileJob& job, ipc::Sender<Reply> reply) {
  absl::StatusOr<ipc::UniqueFd> file = job.file.fd.Duplicate();
  if (!file.ok()) return file.status();
  return worker_->jobs().Send(Job{*std::move(file), std::move(reply)});
}

void Session::OnWorkerLostWith(FileJob job) {
  bar_.Advance(-static_cast<std::int64_t>(std::exchange(job.progress, 0)));
  ++job.workers_lost;
  const bool is_hopeless = job.workers_lost == kMaxLossesPerFile;
  ReportLoss(job.path, absl::StrCat("while counting ", Printable(job.path)),
             is_hopeless ? "the file is given up" : "another one starts over");
  if (is_hopeless) {
    Finish(job, absl::AbortedError(absl::StrCat("given up after the loss of ",
                                                job.workers_lost, " workers")));
  } else {
    queue_.GiveBack(std::move(job));
  }
}

void Session::ReportLoss(const std::string& path, std::string_view at,
                         std::string_view then) {
  const std::int64_t pid = worker_->pid();
  const std::string how = worker_->End();
  worker_.reset();
  bar_.Note("wordcount: worker " + std::to_string(number_) + " (pid " +
            std::to_string(pid) + ") " + how + " " + std::string(at) + "; " +
            std::string(then));
  tally_.AddLostWorker({number_, pid, how, path});
}

void Session::Finish(const FileJob& job,
                     const absl::StatusOr<WordCounts>& counts) {
  bar_.Advance(static_cast<std::int64_t>(job.file.size - job.progress));
  if (counts.ok()) {
    tally_.Add(job.index, *counts);
  } else {
    bar_.Note("wordcount: " + Printable(job.path) + ": " +
              std::string(counts.status().message()));
    tally_.Fail(job.index, counts.status());
  }
  queue_.Done();
}

}  // namespace wordcount
