#include "problems/hashring/scenarios/conversation.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace dsys::hashring {

std::string server(std::uint64_t number) {
  return fmt::format("server{}", number);
}

std::vector<std::string> servers(std::uint64_t count) {
  std::vector<std::string> names;
  for (std::uint64_t i = 1; i <= count; ++i) names.push_back(server(i));
  return names;
}

Keys numbered(std::uint64_t first, std::uint64_t count) {
  return {.list = {}, .prefix = "key", .first = first, .count = count};
}

Keys some_keys(Random& random, std::uint64_t count) {
  return numbered(1 + count * random.below(1000), count);
}

void Conversation::ask(RingProtocol::Message message, Telling answer) {
  questions.push_back({.to = node, .message = std::move(message), .note = {}, .answer = answer});
}

void Conversation::add(const std::string& name) {
  add(name, name + ".rack1:7000");
}

void Conversation::add(const std::string& name, const std::string& address, std::uint32_t weight) {
  ask(AddNode{.name = name, .weight = weight, .address = address, .version = ++version});
}

void Conversation::add_all(const std::vector<std::string>& names) {
  for (const std::string& name : names) add(name);
}

void Conversation::remove(const std::string& name) {
  ask(RemoveNode{.name = name, .version = ++version});
}

void Conversation::look_up(const Keys& keys, Telling answer) {
  ask(Owners{.keys = keys}, answer);
}

void Conversation::look_up_with_proof(const Keys& keys) {
  ask(Points{});
  ask(Positions{.keys = keys});
  look_up(keys);
}

}  // namespace dsys::hashring
