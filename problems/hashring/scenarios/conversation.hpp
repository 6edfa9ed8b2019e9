// Words for scenarios: what is asked of a node, in order.
#pragma once

#include "problems/hashring/given/clients.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dsys::hashring {

std::string server(std::uint64_t number);                 // "server3"
std::vector<std::string> servers(std::uint64_t count);    // server1, server2, ...
Keys numbered(std::uint64_t first, std::uint64_t count);  // key1, key2, ...
Keys some_keys(Random& random, std::uint64_t count);      // other ones for each seed

template <typename Value>
std::vector<Value> shuffled(std::vector<Value> values, Random& random) {
  for (std::size_t left = values.size(); left > 1; --left) {
    std::swap(values[left - 1], values[random.below(left)]);
  }
  return values;
}

// Puts questions to one node, and counts the versions of its ring.
struct Conversation {
  NodeId node{};
  std::vector<Question>& questions;
  RingVersion version = 0;

  void ask(RingProtocol::Message message, Telling answer = Telling::told);

  void add(const std::string& name);
  void add(const std::string& name, const std::string& address, std::uint32_t weight = 1);
  void add_all(const std::vector<std::string>& names);
  void remove(const std::string& name);

  void look_up(const Keys& keys, Telling answer = Telling::told);
  // And before it the points and positions that the owners must agree with.
  void look_up_with_proof(const Keys& keys);
};

}  // namespace dsys::hashring
