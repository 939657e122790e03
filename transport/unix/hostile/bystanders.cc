#include "ipc_channel/transport/unix/hostile/bystanders.h"

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/receiver_set.h"
#include "ipc_channel/transport/unique_fd.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_hostile {
namespace {

using ::ipc_channel::transport::AdoptUnixReceiver;
using ::ipc_channel::transport::AdoptUnixSender;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateUnixChannel;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::ReceiverSet;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::UniqueFd;
using ::ipc_channel_testing::Bytes;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecOptions;
using ::ipc_channel_testing::Soon;
using ::ipc_channel_testing::Text;

// Where the honest process finds its sockets: questions, answers, questions...
constexpr int kFirstSocket = 10;

std::string Question(std::uint64_t number) {
  return absl::StrCat("question ", number, std::string(number % 500, '?'));
}

int AnswerAll(int count) {
  ReceiverSet set;
  std::map<ReceiverSet::Id, Sender> answers;
  for (int i = 0; i < count; ++i) {
    const int socket = kFirstSocket + 2 * i;
    auto id = set.Add(AdoptUnixReceiver(UniqueFd(socket)).value());
    answers[id.value()] = AdoptUnixSender(UniqueFd(socket + 1)).value();
  }
  std::vector<ReceiverSet::Event> buffer(8);
  while (set.size() > 0) {
    const auto events = set.Wait(absl::InfiniteFuture(), buffer);
    if (!events.ok()) return 1;
    for (const ReceiverSet::Event& event : *events) {
      if (!event.status.ok()) {
        answers.erase(event.id);
        continue;
      }
      answers[event.id].Send(event.message.payload()).IgnoreError();
    }
  }
  return 0;
}

IPC_CHANNEL_CHILD_MAIN(AnswerQuestions) {
  return AnswerAll(std::stoi(args.at(0)));
}

}  // namespace

absl::Status Bystander::Ask() {
  return questions.Send(Bytes(Question(++asked)), Soon());
}

absl::Status Bystander::TakeAnswer(const Message& message) {
  if (Text(message.payload()) != Question(asked) ||
      !message.handles().empty()) {
    return absl::InternalError(
        absl::StrCat("a wrong answer to question ", asked));
  }
  answered = asked;
  return absl::OkStatus();
}

absl::StatusOr<Bystanders> StartBystanders(int count) {
  std::vector<Bystander> all;
  std::vector<ChannelPair> theirs;
  ExecOptions options;
  for (int i = 0; i < count; ++i) {
    absl::StatusOr<ChannelPair> to = CreateUnixChannel();
    absl::StatusOr<ChannelPair> from = CreateUnixChannel();
    if (!to.ok()) return to.status();
    if (!from.ok()) return from.status();
    const int socket = kFirstSocket + 2 * i;
    options.descriptors[socket] = to->receiver.lane()->descriptor().get();
    options.descriptors[socket + 1] = from->sender.lane()->descriptor().get();
    all.push_back({.questions = std::move(to->sender),
                   .answers = std::move(from->receiver)});
    theirs.push_back({.sender = std::move(from->sender),
                      .receiver = std::move(to->receiver)});
  }
  absl::StatusOr<ChildProcess> process =
      ChildProcess::Exec("AnswerQuestions", {absl::StrCat(count)}, options);
  if (!process.ok()) return process.status();
  return Bystanders{.process = *std::move(process), .all = std::move(all)};
}

LoneRoundTrips::LoneRoundTrips(Bystander& bystander)
    : bystander_(bystander), thread_([this] { Run(); }) {}

absl::Status LoneRoundTrips::Stop() {
  is_stopped_ = true;
  if (thread_.joinable()) thread_.join();
  return status_;
}

void LoneRoundTrips::Run() {
  Message message;
  while (!is_stopped_ && status_.ok()) {
    status_ = bystander_.Ask();
    if (status_.ok()) status_ = bystander_.answers.Receive(message, Soon());
    if (status_.ok()) status_ = bystander_.TakeAnswer(message);
    absl::SleepFor(absl::Milliseconds(1));
  }
}

}  // namespace ipc_channel_hostile
