#ifndef IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_FILL_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_FILL_H_

#include "ipc_channel/bench/serialize/values.h"
#include "ipc_channel/bench/serialize/values.pb.h"

namespace ipc_channel_bench {

// The message for each type of values.h.
template <class T>
struct ProtobufOf;

template <>
struct ProtobufOf<Scalars> {
  using Message = proto::Scalars;
};
template <>
struct ProtobufOf<TwoStrings> {
  using Message = proto::TwoStrings;
};
template <>
struct ProtobufOf<Monsters> {
  using Message = proto::Monsters;
};
template <>
struct ProtobufOf<Doubles> {
  using Message = proto::Doubles;
};
template <>
struct ProtobufOf<Strings> {
  using Message = proto::Strings;
};
template <>
struct ProtobufOf<Nested> {
  using Message = proto::Nested;
};

// Puts a value into `message`, whose memory is used again.
void Fill(const Scalars& value, proto::Scalars& message);
void Fill(const TwoStrings& value, proto::TwoStrings& message);
void Fill(const Monsters& monsters, proto::Monsters& message);
void Fill(const Doubles& doubles, proto::Doubles& message);
void Fill(const Strings& strings, proto::Strings& message);
void Fill(const Nested& nested, proto::Nested& message);

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_PROTOBUF_FILL_H_
