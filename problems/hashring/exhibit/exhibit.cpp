#include "problems/hashring/exhibit/exhibit.hpp"

#include "common/core/error.hpp"
#include "common/core/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

namespace dsys::hashring {
namespace {

constexpr std::uint64_t nodes_max = 1'000;
constexpr std::uint64_t virtual_nodes_max = 10'000;
constexpr std::uint64_t points_drawn_max = 200'000;
constexpr std::size_t key_bytes_max = 1'000;
constexpr std::size_t file_bytes_max = 64U << 20U;
constexpr std::size_t listed_max = 8;  // of a file's keys; those of --key are all listed
constexpr int made_up_keys = 20'000;   // enough to tell 16.7% from 17.2%

std::string last_value(const problem::OwnValues& values, std::string_view name,
                       std::string_view otherwise) {
  const auto found = values.find(name);
  const bool is_given = found != values.end() && !found->second.empty();
  return is_given ? found->second.back() : std::string(otherwise);
}

std::vector<std::string> all_values(const problem::OwnValues& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::vector<std::string>{} : found->second;
}

Algorithm read_algorithm(const std::string& word) {
  if (const auto known = algorithm_named(word)) return *known;
  std::vector<std::string_view> names;
  names.reserve(all_algorithms.size());
  for (const Algorithm one : all_algorithms) names.push_back(name_of(one));
  throw UsageError(
      fmt::format("--algorithm {}: must be one of {}", in_quotes(word), fmt::join(names, ", ")));
}

// --- Weights ---

void read_weight(const std::string& word, std::vector<Member>& members) {
  const std::string argument = fmt::format("--weight {}", in_quotes(word));
  const std::size_t sign = word.find('=');
  if (sign == std::string::npos) {
    throw UsageError(argument + ": must be a node and a weight, such as server2=3");
  }
  const std::string name = word.substr(0, sign);
  const auto member = std::find_if(members.begin(), members.end(),
                                   [&](const Member& one) { return one.name == name; });
  if (member == members.end()) {
    throw UsageError(fmt::format("{}: there is no such node; the nodes are server1 to server{}",
                                 argument, members.size()));
  }
  member->weight = static_cast<std::uint32_t>(
      parse_whole(fmt::format("--weight {}=", name), word.substr(sign + 1), 1, max_weight));
}

void check_points(const Exhibit& exhibit) {
  std::uint64_t points = 0;
  for (const Member& member : exhibit.members) {
    points += std::uint64_t{exhibit.virtual_nodes} * member.weight;
  }
  if (points <= points_drawn_max) return;
  throw UsageError(fmt::format(
      "--virtual-nodes {}: with these nodes and weights that is {} points; at most {} are drawn",
      exhibit.virtual_nodes, points, points_drawn_max));
}

// --- Keys ---

void check_key(std::string_view argument, std::string_view key) {
  const bool is_fine = !key.empty() && key.size() <= key_bytes_max;
  if (!is_fine) {
    throw UsageError(fmt::format("{} {}: must be a key of 1 to {} bytes", argument, in_quotes(key),
                                 key_bytes_max));
  }
}

[[noreturn]] void refuse_file(const std::string& path, std::string_view why) {
  throw UsageError(fmt::format("--keys {}: {}; must be a text file with a key on each line",
                               in_quotes(path), why));
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) (void)std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File open_keys(const std::string& path) {
  if (path == "-") return File(stdin);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) refuse_file(path, "is a directory");
  File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    refuse_file(path, fmt::format("cannot be read ({})", std::strerror(errno)));
  }
  return file;
}

// Stops at the first byte that no text has, so that an endless device is refused at once.
std::string read_text(const std::string& path) {
  const File file = open_keys(path);
  std::string text;
  std::array<char, 1U << 16U> chunk{};
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    const std::string_view piece(chunk.data(), size);
    if (piece.find('\0') != std::string_view::npos) refuse_file(path, "is not a text file");
    text += piece;
    if (text.size() > file_bytes_max) {
      refuse_file(path, fmt::format("is larger than {} MB", file_bytes_max >> 20U));
    }
  }
  if (std::ferror(file.get()) != 0) {
    refuse_file(path, fmt::format("cannot be read ({})", std::strerror(errno)));
  }
  return text;
}

// Empty lines are no keys; a line may end as in DOS.
std::vector<std::string> keys_of_file(const std::string& path) {
  const std::string text = read_text(path);
  std::vector<std::string> keys;
  std::size_t line_number = 0;
  for (std::size_t start = 0; start < text.size();) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line(text.data() + start, end - start);
    start = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > key_bytes_max) {
      refuse_file(path, fmt::format("line {} has {} bytes, more than the {} of a key", line_number,
                                    line.size(), key_bytes_max));
    }
    if (!line.empty()) keys.emplace_back(line);
  }
  if (keys.empty()) refuse_file(path, "has no keys");
  return keys;
}

void read_keys(const problem::OwnValues& values, Exhibit& exhibit) {
  exhibit.listed = all_values(values, "key");
  for (const std::string& key : exhibit.listed) check_key("--key", key);
  const bool has_file = !all_values(values, "keys").empty();
  if (has_file) {
    exhibit.measured_from = last_value(values, "keys", "");
    exhibit.measured = keys_of_file(exhibit.measured_from);
    exhibit.measured_from = exhibit.measured_from == "-" ? "standard input" : exhibit.measured_from;
    if (!exhibit.listed.empty()) return;
    const std::size_t count = std::min(listed_max, exhibit.measured.size());
    exhibit.listed.assign(exhibit.measured.begin(),
                          exhibit.measured.begin() + static_cast<std::ptrdiff_t>(count));
    return;
  }
  for (int i = 1; i <= made_up_keys; ++i) exhibit.measured.push_back(fmt::format("key{}", i));
  if (exhibit.listed.empty()) exhibit.listed = {"apple", "banana", "cherry", "cart:17", "user:42"};
}

}  // namespace

const std::vector<problem::OwnOption>& exhibit_options() {
  static const std::vector<problem::OwnOption> options{
      {"--virtual-nodes", "N", "points of each node on the ring (160)"},
      {"--weight", "NODE=W", "a node with W times the points, such as server2=3", true},
      {"--key", "KEY", "a key to look up", true},
      {"--keys", "FILE", "count the keys of this file, one a line; - is standard input"},
      {"--replicas", "R", "copies of each key (3)"},
      {"--algorithm", "NAME", "ring, modulo, rendezvous, jump or maglev"}};
  return options;
}

Exhibit read_exhibit(const problem::OwnValues& values) {
  Exhibit exhibit;
  const auto whole = [&](std::string_view name, std::string_view otherwise, std::uint64_t highest) {
    return static_cast<std::uint32_t>(
        parse_whole(fmt::format("--{}", name), last_value(values, name, otherwise), 1, highest));
  };
  exhibit.algorithm = read_algorithm(last_value(values, "algorithm", "ring"));
  exhibit.virtual_nodes = whole("virtual-nodes", "160", virtual_nodes_max);
  exhibit.replicas = whole("replicas", "3", nodes_max);
  const std::uint32_t nodes = whole("nodes", "5", nodes_max);
  for (std::uint32_t i = 1; i <= nodes; ++i) {
    exhibit.members.push_back({.name = fmt::format("server{}", i), .weight = 1, .address = {}});
  }
  for (const std::string& word : all_values(values, "weight")) {
    read_weight(word, exhibit.members);
  }
  check_points(exhibit);
  read_keys(values, exhibit);
  return exhibit;
}

}  // namespace dsys::hashring
