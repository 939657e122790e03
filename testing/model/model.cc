#include "ipc_channel/testing/model/model.h"

#include <algorithm>
#include <list>
#include <utility>
#include <variant>

namespace ipc_channel_testing {
namespace {

void SetPlace(ModelMessage& message, ModelChannel* queued_in) {
  for (ModelHandle& handle : message.handles) {
    if (auto* receiver = std::get_if<ModelReceiver>(&handle)) {
      receiver->channel().queued_in = queued_in;
    }
  }
}

}  // namespace

bool ModelChannel::IsReady() const { return !queue.empty() || senders == 0; }

ModelSender::ModelSender(ModelChannelPtr channel)
    : channel_(std::move(channel)) {
  ++channel_->senders;
}

ModelSender::~ModelSender() {
  if (channel_ != nullptr) --channel_->senders;
}

ModelReceiver::ModelReceiver(ModelChannelPtr channel)
    : channel_(std::move(channel)) {
  channel_->has_receiver = true;
}

ModelReceiver::~ModelReceiver() {
  if (channel_ == nullptr) return;
  channel_->has_receiver = false;
  channel_->queued_in = nullptr;
  const std::list<ModelMessage> dropped = std::move(channel_->queue);
  channel_->queue.clear();
}

void Enqueue(ModelChannel& channel, ModelMessage message) {
  SetPlace(message, &channel);
  channel.queue.push_back(std::move(message));
}

ModelMessage Dequeue(ModelChannel& channel) {
  ModelMessage message = std::move(channel.queue.front());
  channel.queue.pop_front();
  SetPlace(message, nullptr);
  return message;
}

bool WouldCloseRing(const ModelReceiver& receiver, const ModelChannel& in) {
  const ModelChannel* channel = &in;
  while (channel != nullptr && channel != &receiver.channel()) {
    channel = channel->queued_in;
  }
  return channel != nullptr;
}

int DepthOf(const ModelChannel& channel) {
  return channel.queued_in == nullptr ? 1 : 1 + DepthOf(*channel.queued_in);
}

int DepthBelow(const ModelChannel& channel) {
  int deepest = 0;
  for (const ModelMessage& message : channel.queue) {
    for (const ModelHandle& handle : message.handles) {
      if (const auto* receiver = std::get_if<ModelReceiver>(&handle)) {
        deepest = std::max(deepest, DepthBelow(receiver->channel()));
      }
    }
  }
  return 1 + deepest;
}

}  // namespace ipc_channel_testing
