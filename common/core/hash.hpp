// Hashes that are the same on every machine, compiler and run. Never std::hash: the standard
// leaves it to the library, and some libraries seed it for each process.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace dsys {

// FNV-1a with 64 bits (RFC 9923): XOR a byte in, then multiply. Stable, but weak in its last
// bytes: texts that differ only at the end stay close together. Finish with `mix`.
constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : text) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x00000100000001b3U;
  }
  return hash;
}

// The 64-bit finaliser of MurmurHash3: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdU;
  hash ^= hash >> 33U;
  hash *= 0xc4ceb9fe1a85ec53U;
  hash ^= hash >> 33U;
  return hash;
}

// The hash of a text: well mixed and stable.
constexpr std::uint64_t hash_text(std::string_view text) {
  return mix(fnv1a(text));
}

// Folds one more value into a running hash; the order of the values matters.
constexpr std::uint64_t hash_combine(std::uint64_t seed, std::uint64_t value) {
  return mix(seed * 0x9e3779b97f4a7c15U + value);
}

}  // namespace dsys
