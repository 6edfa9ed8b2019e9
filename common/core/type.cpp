#include "common/core/type.hpp"

#include "common/core/assert.hpp"

#include <cstring>
#include <limits>

namespace dsys {
namespace {

template <typename Number>
Number loaded(const void* address) {
  Number number{};
  std::memcpy(&number, address, sizeof(Number));
  return number;
}

}  // namespace

std::uint64_t unsigned_number(const Type& type, const void* address) {
  switch (type.size) {
    case 1:
      return loaded<std::uint8_t>(address);
    case 2:
      return loaded<std::uint16_t>(address);
    case 4:
      return loaded<std::uint32_t>(address);
    default:
      DSYS_ASSERT(type.size == 8);
      return loaded<std::uint64_t>(address);
  }
}

std::int64_t signed_number(const Type& type, const void* address) {
  switch (type.size) {
    case 1:
      return loaded<std::int8_t>(address);
    case 2:
      return loaded<std::int16_t>(address);
    case 4:
      return loaded<std::int32_t>(address);
    default:
      DSYS_ASSERT(type.size == 8);
      return loaded<std::int64_t>(address);
  }
}

void put_number(const Type& type, void* address, std::uint64_t number) {
  static_assert(std::numeric_limits<unsigned char>::digits == 8);
  switch (type.size) {
    case 1: {
      const auto one = static_cast<std::uint8_t>(number);
      std::memcpy(address, &one, sizeof(one));
      break;
    }
    case 2: {
      const auto one = static_cast<std::uint16_t>(number);
      std::memcpy(address, &one, sizeof(one));
      break;
    }
    case 4: {
      const auto one = static_cast<std::uint32_t>(number);
      std::memcpy(address, &one, sizeof(one));
      break;
    }
    default:
      std::memcpy(address, &number, sizeof(number));
  }
}

std::string_view enumerator_of(const Type& type, const void* address) {
  const auto value = static_cast<std::int64_t>(unsigned_number(type, address));
  for (const Enumerator& one : type.enumerators) {
    if (one.value == value) return one.name;
  }
  return "?";
}

}  // namespace dsys
