#ifndef IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "ipc_channel/bench/serialize/values.h"

// What one would write by hand for the types of values.h, on a little-endian
// machine: the bytes that //serialize writes, without the fingerprint. The
// reader stays within its bytes and allocates no more than they can fill; it
// neither limits depth and memory nor looks at enums, bools and the order of
// keys, and has no more to say of an error than that there was one.

namespace ipc_channel_bench::handwritten {

template <class T>
concept Scalar = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// The first pass: how many bytes a value takes.

template <Scalar T>
std::size_t SizeOf(const T&) {
  return sizeof(T);
}

inline std::size_t SizeOf(const std::string& string) {
  return sizeof(std::uint32_t) + string.size();
}

inline std::size_t SizeOf(const Scalars&) { return 4 + 8 + 1 + 2 + 4 + 8 + 5; }

inline std::size_t SizeOf(const TwoStrings& value) {
  return SizeOf(value.key) + SizeOf(value.text);
}

inline std::size_t SizeOf(const Vec3&) { return sizeof(Vec3); }

inline std::size_t SizeOf(const Weapon& weapon) {
  return SizeOf(weapon.name) + sizeof(weapon.damage);
}

inline std::size_t SizeOf(const Monster& monster);

template <class T>
std::size_t SizeOf(const std::vector<T>& vector) {
  std::size_t size = sizeof(std::uint32_t);
  if constexpr (Scalar<T> || std::is_same_v<T, Vec3>) {
    return size + vector.size() * sizeof(T);
  } else {
    for (const T& element : vector) size += SizeOf(element);
    return size;
  }
}

inline std::size_t SizeOf(const Monster& monster) {
  return SizeOf(monster.pos) + sizeof(monster.mana) + sizeof(monster.hp) +
         SizeOf(monster.name) + SizeOf(monster.inventory) +
         sizeof(monster.color) + SizeOf(monster.weapons) +
         SizeOf(monster.equipped) + SizeOf(monster.path);
}

template <class K, class V>
std::size_t SizeOf(const std::map<K, V>& map) {
  std::size_t size = sizeof(std::uint32_t);
  for (const auto& [key, value] : map) size += SizeOf(key) + SizeOf(value);
  return size;
}

// The second pass: writes to where SizeOf() bytes are, and returns where they
// end.

inline std::byte* PutBytes(std::byte* to, const void* from, std::size_t size) {
  if (size != 0) std::memcpy(to, from, size);
  return to + size;
}

template <Scalar T>
std::byte* Put(std::byte* to, T value) {
  return PutBytes(to, &value, sizeof value);
}

inline std::byte* PutCount(std::byte* to, std::size_t count) {
  return Put(to, static_cast<std::uint32_t>(count));
}

inline std::byte* Put(std::byte* to, const std::string& string) {
  return PutBytes(PutCount(to, string.size()), string.data(), string.size());
}

inline std::byte* Put(std::byte* to, const Scalars& value) {
  to = Put(to, value.id);
  to = Put(to, value.time);
  to = Put(to, value.kind);
  to = Put(to, value.level);
  to = Put(to, value.weight);
  to = Put(to, value.price);
  to = Put(to, value.is_last);
  return Put(to, value.count);
}

inline std::byte* Put(std::byte* to, const TwoStrings& value) {
  return Put(Put(to, value.key), value.text);
}

inline std::byte* Put(std::byte* to, const Vec3& place) {
  return PutBytes(to, &place, sizeof place);
}

inline std::byte* Put(std::byte* to, const Weapon& weapon) {
  return Put(Put(to, weapon.name), weapon.damage);
}

inline std::byte* Put(std::byte* to, const Monster& monster);

template <class T>
std::byte* Put(std::byte* to, const std::vector<T>& vector) {
  to = PutCount(to, vector.size());
  if constexpr (Scalar<T> || std::is_same_v<T, Vec3>) {
    return PutBytes(to, vector.data(), vector.size() * sizeof(T));
  } else {
    for (const T& element : vector) to = Put(to, element);
    return to;
  }
}

inline std::byte* Put(std::byte* to, const Monster& monster) {
  to = Put(to, monster.pos);
  to = Put(to, monster.mana);
  to = Put(to, monster.hp);
  to = Put(to, monster.name);
  to = Put(to, monster.inventory);
  to = Put(to, monster.color);
  to = Put(to, monster.weapons);
  to = Put(to, monster.equipped);
  return Put(to, monster.path);
}

template <class K, class V>
std::byte* Put(std::byte* to, const std::map<K, V>& map) {
  to = PutCount(to, map.size());
  for (const auto& [key, value] : map) to = Put(Put(to, key), value);
  return to;
}

// The fewest bytes that an element takes.
template <class T>
inline constexpr std::size_t kFewest = Scalar<T> || std::is_same_v<T, Vec3>
                                           ? sizeof(T)
                                           : sizeof(std::uint32_t);
template <>
inline constexpr std::size_t kFewest<Weapon> = 6;
template <>
inline constexpr std::size_t kFewest<Monster> = 39;

class Reader {
 public:
  explicit Reader(std::span<const std::byte> in)
      : cursor_(in.data()), end_(in.data() + in.size()) {}

  bool AtEnd() const { return cursor_ == end_; }

  template <Scalar T>
  bool Get(T& value) {
    return GetFixed(value);
  }

  // Other bytes than 0 and 1 must not get into a bool.
  bool Get(bool& value) {
    std::uint8_t byte;
    if (!Get(byte)) return false;
    value = byte != 0;
    return true;
  }

  bool Get(std::string& string) {
    std::uint32_t size;
    if (!GetCount(size, 1)) return false;
    string.assign(reinterpret_cast<const char*>(cursor_), size);
    cursor_ += size;
    return true;
  }

  bool Get(Scalars& value) {
    return Get(value.id) && Get(value.time) && Get(value.kind) &&
           Get(value.level) && Get(value.weight) && Get(value.price) &&
           Get(value.is_last) && Get(value.count);
  }

  bool Get(TwoStrings& value) { return Get(value.key) && Get(value.text); }

  bool Get(Vec3& place) { return GetFixed(place); }

  bool Get(Weapon& weapon) { return Get(weapon.name) && Get(weapon.damage); }

  // Not through resize(), which would write zeros first.
  bool Get(std::vector<std::uint8_t>& bytes) {
    std::uint32_t size;
    if (!GetCount(size, 1)) return false;
    const auto* from = reinterpret_cast<const std::uint8_t*>(cursor_);
    bytes.assign(from, from + size);
    cursor_ += size;
    return true;
  }

  template <class T>
  bool Get(std::vector<T>& vector) {
    std::uint32_t count;
    if (!GetCount(count, kFewest<T>)) return false;
    vector.resize(count);
    if constexpr (Scalar<T> || std::is_same_v<T, Vec3>) {
      return GetBytes(vector.data(), count * sizeof(T));
    } else {
      for (T& element : vector) {
        if (!Get(element)) return false;
      }
      return true;
    }
  }

  bool Get(Monster& monster) {
    return Get(monster.pos) && Get(monster.mana) && Get(monster.hp) &&
           Get(monster.name) && Get(monster.inventory) && Get(monster.color) &&
           Get(monster.weapons) && Get(monster.equipped) && Get(monster.path);
  }

  template <class K, class V>
  bool Get(std::map<K, V>& map) {
    std::uint32_t count;
    if (!GetCount(count, kFewest<K> + kFewest<V>)) return false;
    map.clear();
    for (; count > 0; --count) {
      K key;
      if (!Get(key)) return false;
      // The keys come in order.
      if (!Get(map.try_emplace(map.end(), std::move(key))->second)) {
        return false;
      }
    }
    return true;
  }

 private:
  std::size_t left() const { return static_cast<std::size_t>(end_ - cursor_); }

  // Copies a number of bytes that the compiler knows, without a call.
  template <class T>
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool GetFixed(T& value) {
    if (left() < sizeof value) return false;
    std::memcpy(&value, cursor_, sizeof value);
    cursor_ += sizeof value;
    return true;
  }

  bool GetBytes(void* to, std::size_t size) {
    if (left() < size) return false;
    if (size != 0) std::memcpy(to, cursor_, size);
    cursor_ += size;
    return true;
  }

  // A number of elements that each take `fewest` bytes at least.
  bool GetCount(std::uint32_t& count, std::size_t fewest) {
    return Get(count) && count <= left() / fewest;
  }

  const std::byte* cursor_;
  const std::byte* end_;
};

}  // namespace ipc_channel_bench::handwritten

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_HANDWRITTEN_H_
