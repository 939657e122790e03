#include "ipc_channel/bench/serialize/protobuf_fill.h"

#include <string>

#include "ipc_channel/bench/serialize/values.h"
#include "ipc_channel/bench/serialize/values.pb.h"

namespace ipc_channel_bench {
namespace {

void FillPlace(const Vec3& place, proto::Vec3& message) {
  message.set_x(place.x);
  message.set_y(place.y);
  message.set_z(place.z);
}

void FillWeapon(const Weapon& weapon, proto::Weapon& message) {
  message.set_name(weapon.name);
  message.set_damage(weapon.damage);
}

void FillMonster(const Monster& monster, proto::Monster& message) {
  FillPlace(monster.pos, *message.mutable_pos());
  message.set_mana(monster.mana);
  message.set_hp(monster.hp);
  message.set_name(monster.name);
  message.set_inventory(monster.inventory.data(), monster.inventory.size());
  message.set_color(static_cast<int>(monster.color));
  for (const Weapon& weapon : monster.weapons) {
    FillWeapon(weapon, *message.add_weapons());
  }
  FillWeapon(monster.equipped, *message.mutable_equipped());
  for (const Vec3& place : monster.path) FillPlace(place, *message.add_path());
}

}  // namespace

void Fill(const Scalars& value, proto::Scalars& message) {
  message.set_id(value.id);
  message.set_time(value.time);
  message.set_kind(value.kind);
  message.set_level(value.level);
  message.set_weight(value.weight);
  message.set_price(value.price);
  message.set_is_last(value.is_last);
  message.set_count(value.count);
}

void Fill(const TwoStrings& value, proto::TwoStrings& message) {
  message.set_key(value.key);
  message.set_text(value.text);
}

void Fill(const Monsters& monsters, proto::Monsters& message) {
  message.Clear();
  for (const Monster& monster : monsters) {
    FillMonster(monster, *message.add_monsters());
  }
}

void Fill(const Doubles& doubles, proto::Doubles& message) {
  message.mutable_values()->Assign(doubles.begin(), doubles.end());
}

void Fill(const Strings& strings, proto::Strings& message) {
  message.Clear();
  for (const std::string& string : strings) message.add_values(string);
}

void Fill(const Nested& nested, proto::Nested& message) {
  message.Clear();
  for (const auto& [name, by_number] : nested) {
    proto::StringsByNumber& inner = (*message.mutable_values())[name];
    for (const auto& [number, strings] : by_number) {
      Fill(strings, (*inner.mutable_values())[number]);
    }
  }
}

}  // namespace ipc_channel_bench
