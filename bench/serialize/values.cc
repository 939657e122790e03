#include "ipc_channel/bench/serialize/values.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace ipc_channel_bench {
namespace {

// std::mt19937 gives the same numbers everywhere; distributions do not.
using Random = std::mt19937;

// 1 to `longest` small letters.
std::string RandomText(Random& random, std::size_t longest) {
  std::string text(random() % longest + 1, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

float RandomFloat(Random& random) { return static_cast<float>(random()); }

Vec3 RandomPlace(Random& random) {
  return {RandomFloat(random), RandomFloat(random), RandomFloat(random)};
}

Weapon RandomWeapon(Random& random) {
  return {RandomText(random, 20), static_cast<std::int16_t>(random())};
}

Monster RandomMonster(Random& random) {
  Monster monster;
  monster.pos = RandomPlace(random);
  monster.mana = static_cast<std::int16_t>(random());
  monster.hp = static_cast<std::int16_t>(random());
  monster.name = RandomText(random, 20);
  monster.inventory.resize(random() % 50);
  for (std::uint8_t& item : monster.inventory) {
    item = static_cast<std::uint8_t>(random());
  }
  monster.color = static_cast<Color>(random() % 3);
  monster.weapons.resize(random() % 6);
  for (Weapon& weapon : monster.weapons) weapon = RandomWeapon(random);
  monster.equipped = {RandomText(random, 20), 3};
  monster.path.resize(random() % 10);
  for (Vec3& place : monster.path) place = RandomPlace(random);
  return monster;
}

Strings RandomStrings(Random& random, std::size_t count) {
  Strings strings(count);
  for (std::string& string : strings) string = RandomText(random, 40);
  return strings;
}

Monsters MakeMonsters() {
  Random random(42);
  Monsters monsters(50);
  for (Monster& monster : monsters) monster = RandomMonster(random);
  return monsters;
}

Doubles MakeDoubles() {
  Random random(42);
  Doubles doubles(1'000'000);
  for (double& value : doubles) value = static_cast<double>(random()) / 7;
  return doubles;
}

Strings MakeStrings() {
  Random random(42);
  return RandomStrings(random, 10'000);
}

Nested MakeNested() {
  Random random(42);
  Nested nested;
  for (int i = 0; i < 20; ++i) {
    auto& inner = nested[RandomText(random, 20) + std::to_string(i)];
    for (std::uint32_t j = 0; j < 10; ++j) {
      inner[100 * j] = RandomStrings(random, random() % 5);
    }
  }
  return nested;
}

}  // namespace

template <>
const Scalars& ValueOf<Scalars>() {
  static const auto& value = *new Scalars{.id = 7'000'000,
                                          .time = 1'700'000'000'000'000'000,
                                          .kind = 3,
                                          .level = -200,
                                          .weight = 1.5,
                                          .price = 99.75,
                                          .is_last = true,
                                          .count = -5};
  return value;
}

template <>
const TwoStrings& ValueOf<TwoStrings>() {
  static const auto& value = *new TwoStrings{
      .key = "a short key",
      .text = "a text that is too long for the string object itself"};
  return value;
}

template <>
const Monsters& ValueOf<Monsters>() {
  static const auto& value = *new Monsters(MakeMonsters());
  return value;
}

template <>
const Doubles& ValueOf<Doubles>() {
  static const auto& value = *new Doubles(MakeDoubles());
  return value;
}

template <>
const Strings& ValueOf<Strings>() {
  static const auto& value = *new Strings(MakeStrings());
  return value;
}

template <>
const Nested& ValueOf<Nested>() {
  static const auto& value = *new Nested(MakeNested());
  return value;
}

}  // namespace ipc_channel_bench
