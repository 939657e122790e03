// Typed channels beside the transport below them: the same bytes, as raw
// payloads and as values. The size is that of what a value holds.
//
//   StructOneWay     a struct of eight numbers
//   ValueOneWay      a string or vector; the receiver reads every word
//   SenderRoundTrip  a sender goes there, and the answer comes back on it

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/latency_histogram.h"
#include "ipc_channel/bench/peer_process.h"
#include "ipc_channel/bench/touch.h"
#include "ipc_channel/bench/works.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/status.h"

namespace ipc_channel_bench {
namespace {

namespace transport = ipc_channel::transport;

struct Quote {
  std::uint64_t id = 0;
  std::uint64_t time = 0;
  double bid = 0;
  double ask = 0;
  std::uint64_t bid_size = 0;
  std::uint64_t ask_size = 0;
  std::uint32_t venue = 0;
  std::uint32_t flags = 0;
  std::uint64_t sequence = 0;
};
static_assert(sizeof(Quote) == 64);

std::size_t SizeFor(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

int BatchFor(const benchmark::State& state) {
  return SizeFor(state) > (64 << 10)  ? 50
         : SizeFor(state) > (4 << 10) ? 500
                                      : 4000;
}

void TouchValue(const Quote& quote) {
  Touch(std::as_bytes(std::span(&quote, 1)));
}
template <class Range>
void TouchValue(const Range& range) {
  Touch(std::as_bytes(std::span(std::data(range), std::size(range))));
}

// The receiver says when it has the last message of a batch.
template <class SendOne>
void SendBatches(benchmark::State& state, transport::BorrowedFd answers,
                 SendOne send_one) {
  const int batch = BatchFor(state);
  while (state.KeepRunningBatch(batch)) {
    for (int i = 0; i < batch; ++i) send_one();
    ReceiveSignal(answers);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// `receive_one` gives false at the end.
template <class ReceiveOne>
void ReceiveBatches(const benchmark::State& state,
                    transport::BorrowedFd answers, ReceiveOne receive_one) {
  const int batch = BatchFor(state);
  for (int count = 1; receive_one(); ++count) {
    if (count % batch == 0) SendSignal(answers);
  }
}

void RawOneWay(benchmark::State& state) {
  transport::ChannelPair channel = Check(transport::CreateChannel());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    transport::Message message;
    ReceiveBatches(state, answers.far.Borrow(), [&] {
      if (!channel.receiver.Receive(message).ok()) return false;
      Touch(message.payload());
      return true;
    });
  });
  channel.receiver = {};
  const std::vector<std::byte> payload(SizeFor(state), std::byte{1});
  SendBatches(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(payload)); });
  channel.sender = {};
}

template <class T>
void TypedOneWay(benchmark::State& state, const T& value) {
  auto channel = Check(ipc_channel::Channel<T>());
  const BarePair answers = NewBarePair();
  const PeerProcess sink(state, [&] {
    channel.sender = {};
    ReceiveBatches(state, answers.far.Borrow(), [&] {
      const absl::StatusOr<T> received = channel.receiver.Recv();
      if (transport::IsDisconnected(received.status())) {
        return false;
      }
      Check(received.status());
      TouchValue(*received);
      return true;
    });
  });
  channel.receiver = {};
  SendBatches(state, answers.near.Borrow(),
              [&] { Check(channel.sender.Send(value)); });
  channel.sender = {};
}

void StructOneWay(benchmark::State& state) {
  TypedOneWay(state, Quote{.id = 1, .bid = 2.5});
}
void BytesOneWay(benchmark::State& state) {
  TypedOneWay(state, std::vector<std::byte>(SizeFor(state), std::byte{1}));
}
void StringOneWay(benchmark::State& state) {
  TypedOneWay(state, std::string(SizeFor(state), 'x'));
}
void DoublesOneWay(benchmark::State& state) {
  TypedOneWay(state, std::vector<double>(SizeFor(state) / sizeof(double), 1.5));
}

// `ask` sends a sender and waits for an answer on it.
template <class Ask>
void AskRepeatedly(benchmark::State& state, Ask ask) {
  LapTimer timer;
  for (auto _ : state) {
    ask();
    timer.Lap();
  }
  ReportLatencies(timer.histogram(), state);
}

void RawSender(benchmark::State& state) {
  transport::ChannelPair questions = Check(transport::CreateChannel());
  transport::ChannelPair answers = Check(transport::CreateChannel());
  const std::array<std::byte, 8> payload = {};
  const PeerProcess answerer(state, [&] {
    questions.sender = {};
    answers = {};
    transport::Message message;
    while (questions.receiver.Receive(message).ok()) {
      const auto* reply =
          message.handles().size() == 1
              ? std::get_if<transport::Sender>(&message.handles().front())
              : nullptr;
      if (reply == nullptr) Stop("a question without a sender");
      Check(reply->Send(message.payload()));
      message.Clear();
    }
  });
  questions.receiver = {};
  transport::Message answer;
  AskRepeatedly(state, [&] {
    const transport::HandleRef handles[] = {answers.sender};
    Check(questions.sender.Send(payload, handles));
    Check(answers.receiver.Receive(answer));
  });
  questions.sender = {};
}

struct Question {
  std::uint64_t number = 0;
  ipc_channel::Sender<std::uint64_t> reply;
};

void TypedSender(benchmark::State& state) {
  auto questions = Check(ipc_channel::Channel<Question>());
  auto answers = Check(ipc_channel::Channel<std::uint64_t>());
  const PeerProcess answerer(state, [&] {
    questions.sender = {};
    answers = {};
    for (absl::StatusOr<Question>& question : questions.receiver) {
      Check(question.status());
      Check(question->reply.Send(question->number));
    }
  });
  questions.receiver = {};
  const Question question = {.number = 1, .reply = answers.sender};
  AskRepeatedly(state, [&] {
    Check(questions.sender.Send(question));
    Check(answers.receiver.Recv());
  });
  questions.sender = {};
}

const bool kAdded =
    AddWork({.name = "StructOneWay",
             .sizes = {sizeof(Quote)},
             .variants = {{"transport", RawOneWay},
                          {"typed_struct", StructOneWay}}}) &&
    AddWork({.name = "ValueOneWay",
             .sizes = {64 << 10, 1 << 20},
             .variants = {{"transport", RawOneWay},
                          {"typed_bytes", BytesOneWay},
                          {"typed_string", StringOneWay},
                          {"typed_doubles", DoublesOneWay}}}) &&
    AddWork({.name = "SenderRoundTrip",
             .sizes = {8},
             .variants = {{"transport", RawSender}, {"typed", TypedSender}}});

}  // namespace
}  // namespace ipc_channel_bench
