// A value as it would be if some nodes had each other's names: for whoever knows states again that
// are the same but for the names of nodes that play the same part.
#pragma once

#include "common/core/describe.hpp"
#include "common/core/encode.hpp"
#include "common/core/node_id.hpp"
#include "common/core/time.hpp"

#include <boost/mp11.hpp>
#include <boost/pfr/core.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace dsys {

// A permutation of some names; all others stay.
class Renaming {
 public:
  // names[i] becomes renamed[i]; both are the same names, in two orders.
  Renaming(std::vector<NodeId> names, std::vector<NodeId> renamed)
      : names_(std::move(names)), renamed_(std::move(renamed)) {}

  NodeId of(NodeId name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    return found == names_.end() ? name
                                 : renamed_[static_cast<std::size_t>(found - names_.begin())];
  }

 private:
  std::vector<NodeId> names_;
  std::vector<NodeId> renamed_;
};

// A type offers this, void rename(const Renaming&), that keeps its fields to itself, or in which
// the order of some names means nothing: it puts them in order again.
template <typename T>
concept SelfRenaming = requires(T& value, const Renaming& names) {
  value.rename(names);
};

template <typename T>
concept Sequence = Iterable<T> && requires(T& value) {
  value.front() = value.front();
};

template <typename T>
constexpr bool is_renameable();

namespace detail {

template <typename... T>
constexpr bool are_renameable(std::type_identity<std::variant<T...>> /*types*/) {
  return (is_renameable<T>() && ...);
}

template <typename T, std::size_t... i>
constexpr bool are_fields_renameable(std::index_sequence<i...> /*places*/) {
  return (is_renameable<boost::pfr::tuple_element_t<i, T>>() && ...);
}

template <typename T>
constexpr bool are_fields_renameable() {
  if constexpr (!std::is_aggregate_v<T>) {
    return false;
  } else if constexpr (std::is_empty_v<T>) {
    return true;
  } else {
    return are_fields_renameable<T>(std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
  }
}

}  // namespace detail

// Whether all fields, to the end, can be reached.
template <typename T>
constexpr bool is_renameable() {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T> ||
                std::is_same_v<T, std::string> || std::is_same_v<T, Duration> || SelfRenaming<T>) {
    return true;
  } else if constexpr (SelfEncoding<T>) {
    return false;
  } else if constexpr (made_of<std::pair, T>) {
    return is_renameable<typename T::first_type>() && is_renameable<typename T::second_type>();
  } else if constexpr (made_of<std::variant, T>) {
    return detail::are_renameable(std::type_identity<T>{});
  } else if constexpr (made_of<std::map, T>) {
    return is_renameable<typename T::key_type>() && is_renameable<typename T::mapped_type>();
  } else if constexpr (made_of<std::optional, T> || made_of<std::set, T> || Sequence<T>) {
    return is_renameable<typename T::value_type>();
  } else {
    return detail::are_fields_renameable<T>();
  }
}

// What a number means is not known: a name in disguise stays what it is.
template <typename T>
void rename(T& value, const Renaming& names) {
  static_assert(is_renameable<T>());
  if constexpr (std::is_same_v<T, NodeId>) {
    value = names.of(value);
  } else if constexpr (SelfRenaming<T>) {
    value.rename(names);
  } else if constexpr (made_of<std::pair, T>) {
    rename(value.first, names);
    rename(value.second, names);
  } else if constexpr (made_of<std::optional, T>) {
    if (value) rename(*value, names);
  } else if constexpr (made_of<std::variant, T>) {
    std::visit([&](auto& one) { rename(one, names); }, value);
  } else if constexpr (made_of<std::map, T>) {
    T renamed;
    for (const auto& [key, mapped] : value) {
      auto entry = std::pair(key, mapped);
      rename(entry, names);
      renamed.insert(std::move(entry));
    }
    value = std::move(renamed);
  } else if constexpr (made_of<std::set, T>) {
    T renamed;
    for (auto key : value) {
      rename(key, names);
      renamed.insert(std::move(key));
    }
    value = std::move(renamed);
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T> ||
                       std::is_same_v<T, std::string> || std::is_same_v<T, Duration> ||
                       std::is_same_v<T, std::vector<bool>>) {
    return;  // no names in it
  } else if constexpr (Sequence<T>) {
    for (auto& one : value) rename(one, names);
  } else {
    boost::pfr::for_each_field(value, [&](auto& field) { rename(field, names); });
  }
}

template <typename T>
T renamed(T value, const Renaming& names) {
  rename(value, names);
  return value;
}

}  // namespace dsys
