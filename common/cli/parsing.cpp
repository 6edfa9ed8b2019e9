#include "common/cli/parsing.hpp"

#include "common/core/error.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <utility>

namespace dsys::cli {

void parse(CLI::App& app, const std::string& name, Words words) {
  app.name(name);
  std::reverse(words.begin(), words.end());  // CLI11 takes the words from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    throw Answered{app.help()};
  } catch (const CLI::ParseError& error) {
    std::string complaint = error.what();
    complaint = complaint.substr(0, complaint.find('\n'));
    throw UsageError(fmt::format("{}: {}; `{} --help` lists what there is", name, complaint, name));
  }
}

int finished(Terminal& terminal, int status) {
  terminal.finish();
  return status;
}

}  // namespace dsys::cli
