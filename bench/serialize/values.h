#ifndef IPC_CHANNEL_BENCH_SERIALIZE_VALUES_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_VALUES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What the benchmarks write and read.

namespace ipc_channel_bench {

// Eight scalars of all sizes, with padding between them in memory.
struct Scalars {
  std::uint32_t id;
  std::uint64_t time;
  std::uint8_t kind;
  std::int16_t level;
  float weight;
  double price;
  bool is_last;
  std::int32_t count;

  friend bool operator==(const Scalars&, const Scalars&) = default;
};

// One string that fits into std::string itself, and one that does not.
struct TwoStrings {
  std::string key;
  std::string text;

  friend bool operator==(const TwoStrings&, const TwoStrings&) = default;
};

// The data of the public comparison of C++ serializers that uses monsters.

enum class Color : std::uint8_t { kRed, kGreen, kBlue };
constexpr bool IsValidEnum(Color color) { return color <= Color::kBlue; }

struct Vec3 {
  float x;
  float y;
  float z;

  friend bool operator==(const Vec3&, const Vec3&) = default;
};

struct Weapon {
  std::string name;
  std::int16_t damage;

  friend bool operator==(const Weapon&, const Weapon&) = default;
};

struct Monster {
  Vec3 pos;
  std::int16_t mana;
  std::int16_t hp;
  std::string name;
  std::vector<std::uint8_t> inventory;
  Color color;
  std::vector<Weapon> weapons;
  Weapon equipped;
  std::vector<Vec3> path;

  friend bool operator==(const Monster&, const Monster&) = default;
};

using Monsters = std::vector<Monster>;
using Doubles = std::vector<double>;
using Strings = std::vector<std::string>;
using Nested = std::map<std::string, std::map<std::uint32_t, Strings>>;

// The value of this type that the benchmarks use: the same in every process.
// Thread-safe.
template <class T>
const T& ValueOf();

template <>
const Scalars& ValueOf<Scalars>();
template <>
const TwoStrings& ValueOf<TwoStrings>();
template <>
const Monsters& ValueOf<Monsters>();  // 50
template <>
const Doubles& ValueOf<Doubles>();  // a million
template <>
const Strings& ValueOf<Strings>();  // 10,000, of 1 to 40 letters
template <>
const Nested& ValueOf<Nested>();  // 20 times 10 times up to 4

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_VALUES_H_
