#include "common/cli/kit.hpp"

#include "common/cli/json.hpp"
#include "common/cli/shell_words.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string_view>

namespace dsys::cli {
namespace {

constexpr std::string_view example_kit =
    R"({"problem":"raft","language":"python","build":[],"run":["python3","node.py"]})";

bool is_word_list(const Json& json) {
  return json.is_array() && !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_string(); });
}

bool is_kit(const Json& json) {
  if (!json.is_object() || !json.contains("problem") || !json.contains("run")) return false;
  const Json build = json.value("build", Json::array());
  return json["problem"].is_string() && is_word_list(json["run"]) && build.is_array() &&
         std::all_of(build.begin(), build.end(), is_word_list);
}

}  // namespace

Kit read_kit(const std::string& directory) {
  const std::string path = directory + "/dsys.json";
  std::ifstream file(path);
  if (!file) {
    throw UsageError(
        fmt::format("{}: there is no dsys.json; `dsys PROBLEM start DIR` makes a folder with one, "
                    "or give the program with --exec \"CMD\"",
                    in_quotes(directory)));
  }
  const Json json = Json::parse(file, nullptr, false);
  if (!is_kit(json)) {
    throw UsageError(fmt::format("{}: must be an object such as {}", in_quotes(path), example_kit));
  }
  return {.directory = directory,
          .problem = json["problem"].get<std::string>(),
          .build = json.value("build", std::vector<WordList>{}),
          .run = json["run"].get<WordList>()};
}

std::optional<std::string> build_kit(const Kit& kit) {
  for (const WordList& words : kit.build) {
    const std::string command =
        fmt::format("cd {} && {} 2>&1", shell_word(kit.directory), shell_words(words));
    std::FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return "no shell could be started";
    std::string output;
    std::array<char, 4096> part{};
    for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
      output.append(part.data(), size);
    }
    if (pclose(pipe) != 0) return shell_words(words) + "\n" + output;
  }
  return std::nullopt;
}

}  // namespace dsys::cli
