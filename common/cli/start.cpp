// Starter kits: the learner's first file, the declarations of what it exchanges with the world, the
// library of the language, the exercise's text and the protocol, in a new folder.
#include "common/cli/declarations.hpp"
#include "common/cli/report.hpp"
#include "common/cli/verbs.hpp"
#include "common/core/error.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::bridge {

extern const std::span<const EmbeddedFile> embedded_files;

}  // namespace dsys::bridge

namespace dsys::cli {
namespace {

namespace files = std::filesystem;

struct NewFile {
  std::string path;
  std::string text;
};

// "starter/python/node.py" below "starter/python/" is "node.py"; nothing if it is elsewhere.
std::optional<std::string> path_below(std::string_view path, const std::string& folder) {
  if (!path.starts_with(folder)) return std::nullopt;
  return std::string(path.substr(folder.size()));
}

constexpr std::string_view language_template = "messages.template";

std::string with_problem(std::string text, const Problem& problem) {
  constexpr std::string_view mark = "@PROBLEM@";
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
    text.replace(at, mark.size(), problem.name);
  }
  return text;
}

// The rubric as a ladder: a step for each stage.
std::string ladder_of(const Problem& problem) {
  std::string text;
  unsigned number = 0;
  for (const study::Stage& stage : problem.rubric.stages) {
    unsigned points = 0;
    std::string groups;
    for (const study::Group& group : stage.groups) {
      points += study::points_of(group);
      groups += fmt::format("{}{} ({})", groups.empty() ? "" : ", ", group.name, group.id);
    }
    text += fmt::format("{}. **{}**, {} points: {}. Then: `dsys {} grade --stage {}`\n", ++number,
                        stage.title, points, groups, problem.name, number);
  }
  return text;
}

std::string readme_of(const Problem& problem, const std::string& first_file,
                      const std::string& declarations) {
  return fmt::format(
      "# {}\n\n{}\n\nWrite your answer in `{}`; the handlers to fill are laid out there, and `{}` "
      "declares what they exchange with the world. Grade it here, as often as you like:\n\n    "
      "dsys {} grade\n    dsys {} grade --watch\n\nWhat is lost "
      "is told as a story, with a hint, the section of the study reading, and the command that "
      "shows the run again.\n\n## The ladder\n\n{}\n`EXERCISE.md` says what the program has to do, "
      "`PROTOCOL.md` how it talks to `dsys` (the library does that for you), `dsys {} protocol` "
      "lists the messages, `dsys {} read` is the study reading, and `dsys {} demo` shows a good "
      "answer at work.\n",
      problem.title, problem.question, first_file, declarations, problem.name, problem.name,
      ladder_of(problem), problem.name, problem.name, problem.name);
}

std::vector<NewFile> files_of(const Problem& problem, const std::string& language) {
  std::vector<NewFile> kit;
  std::string first_file;
  std::string declared_in;
  for (const EmbeddedFile& file : problem.files) {
    const auto path = path_below(file.path, fmt::format("starter/{}/", language));
    if (!path) continue;
    if (first_file.empty()) first_file = *path;
    kit.push_back({*path, std::string(file.text)});
  }
  for (const EmbeddedFile& file : bridge::embedded_files) {
    const auto path = path_below(file.path, fmt::format("kits/{}/", language));
    if (!path) continue;
    if (*path == language_template) {
      Declarations declarations = declare_types(problem, file.text);
      declared_in = declarations.file;
      kit.push_back({std::move(declarations.file), std::move(declarations.text)});
    } else {
      kit.push_back({*path, with_problem(std::string(file.text), problem)});
    }
  }
  kit.push_back({"README.md", readme_of(problem, first_file, declared_in)});
  kit.push_back({"EXERCISE.md", std::string(text_of(problem.files, "exercise.md"))});
  kit.push_back({"PROTOCOL.md", std::string(text_of(bridge::embedded_files, "README.md"))});
  return kit;
}

// Throws UsageError if the folder has something in it already, or cannot be made.
void make_folder(const std::string& directory) {
  std::error_code error;
  if (files::exists(directory, error)) {
    const bool is_free = files::is_directory(directory, error) && files::is_empty(directory, error);
    if (is_free) return;
    throw UsageError(
        fmt::format("{}: is there already and not empty; nothing is overwritten, so "
                    "name a new folder",
                    in_quotes(directory)));
  }
  files::create_directories(directory, error);
  if (error) {
    throw UsageError(
        fmt::format("{}: the folder cannot be made ({})", in_quotes(directory), error.message()));
  }
}

void write(const std::string& directory, const NewFile& file) {
  const files::path path = files::path(directory) / file.path;
  std::error_code ignored;
  files::create_directories(path.parent_path(), ignored);
  std::ofstream out(path, std::ios::binary);
  out << file.text;
  out.close();
  if (!out) throw UsageError(fmt::format("{}: cannot be written", in_quotes(path.string())));
}

}  // namespace

std::set<std::string> languages_of(const Problem& problem) {
  std::set<std::string> languages;
  for (const EmbeddedFile& file : problem.files) {
    const auto below = path_below(file.path, "starter/");
    if (below) languages.insert(below->substr(0, below->find('/')));
  }
  return languages;
}

int start_kit(const Problem& problem, const StartOptions& options, Terminal& terminal) {
  const std::set<std::string> languages = languages_of(problem);
  if (!languages.contains(options.language)) {
    throw UsageError(
        fmt::format("--lang {}: there are kits for {}; any other language can speak "
                    "the protocol (`dsys {} protocol`, then grade --exec \"CMD\")",
                    in_quotes(options.language), fmt::join(languages, ", "), problem.name));
  }
  make_folder(options.directory);
  terminal.line(
      fmt::format("{}, a kit for {} in {}:", options.directory, problem.name, options.language));
  for (const NewFile& file : files_of(problem, options.language)) {
    write(options.directory, file);
    terminal.line("  " + file.path);
  }
  terminal.line();
  terminal.paragraph(
      fmt::format("Read README.md there first. Then: cd {} && dsys {} grade --stage 1",
                  options.directory, problem.name));
  return exit_fine;
}

}  // namespace dsys::cli
