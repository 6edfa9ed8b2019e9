#include "common/study/progress.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace dsys::study {
namespace {

namespace files = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

// --- JSON ---

OrderedJson json_of(const Score& score) {
  return {{"points", score.points}, {"of", score.of}};
}

OrderedJson json_of(const Progress& progress) {
  OrderedJson problems = OrderedJson::object();
  for (const auto& [name, one] : progress) {
    OrderedJson& problem = problems[name] = OrderedJson::object();
    problem["sections_read"] = one.sections_read;
    if (one.quiz) problem["quiz"] = json_of(*one.quiz);
    if (one.grade) problem["grade"] = json_of(*one.grade);
    problem["stage"] = one.stage;
  }
  return {{"version", 1}, {"problems", problems}};
}

// Well-formed JSON that no dsys has written.
struct Damaged {};

// The library would take -1 for 4294967295.
unsigned count_in(const OrderedJson& json) {
  constexpr unsigned most = 1'000'000;
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > most) throw Damaged{};
  return json.get<unsigned>();
}

std::optional<Score> score_in(const OrderedJson& problem, const char* name) {
  if (!problem.contains(name)) return std::nullopt;
  const Score score{.points = count_in(problem[name].at("points")),
                    .of = count_in(problem[name].at("of"))};
  if (score.points > score.of) throw Damaged{};
  return score;
}

// Throws Damaged or the library's exceptions if the text is anything else.
Progress progress_in(const std::string& text) {
  const OrderedJson json = OrderedJson::parse(text);
  Progress progress;
  for (const auto& [name, problem] : json.at("problems").items()) {
    progress[name] = {.sections_read = problem.at("sections_read").get<std::set<std::string>>(),
                      .quiz = score_in(problem, "quiz"),
                      .grade = score_in(problem, "grade"),
                      .stage = count_in(problem.at("stage"))};
  }
  return progress;
}

// --- Files ---

// Held while it lives. Without the folder or the right to write there is no lock, and none is
// needed: nothing will be written either.
class Lock {
 public:
  explicit Lock(const std::string& path)
      : file_(open((path + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (file_ >= 0) (void)flock(file_, LOCK_EX);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (file_ >= 0) (void)close(file_);
  }

 private:
  int file_;
};

void set_aside(const std::string& path, const Complain& complain) {
  std::error_code error;
  int number = 1;
  std::string aside;
  do {
    aside = fmt::format("{}.damaged-{}", path, number++);
  } while (files::exists(aside, error));
  files::rename(path, aside, error);
  complain(
      error ? fmt::format("{} is damaged and cannot be set aside: {}", path, error.message())
            : fmt::format("{} was damaged; it is kept as {}, and a new one begins", path, aside));
}

// Nothing if there is a file that may not be read: it must not be replaced by an empty one either.
std::optional<Progress> read_locked(const std::string& path, const Complain& complain) {
  std::ifstream file(path);
  if (!file) {
    std::error_code ignored;
    if (!files::exists(path, ignored)) return Progress{};
    complain(fmt::format("{} cannot be read: your progress is not kept", path));
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  try {
    return progress_in(text);
  } catch (const OrderedJson::exception&) {
    set_aside(path, complain);
  } catch (const Damaged&) {
    set_aside(path, complain);
  }
  return Progress{};
}

// Under another name first, on the disk, then in one step under its own.
bool replace(const std::string& path, const std::string& text) {
  const std::string draft = fmt::format("{}.{}", path, getpid());
  std::FILE* const file = std::fopen(draft.c_str(), "w");
  if (file == nullptr) return false;
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size() &&
                          std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  const bool is_closed = std::fclose(file) == 0;
  if (is_written && is_closed && std::rename(draft.c_str(), path.c_str()) == 0) return true;
  (void)std::remove(draft.c_str());
  return false;
}

std::optional<std::string> folder_in(const char* variable, std::string_view below) {
  const char* const value = std::getenv(variable);
  if (value == nullptr || *value != '/') return std::nullopt;  // the standard wants it absolute
  return fmt::format("{}{}", value, below);
}

}  // namespace

std::optional<std::string> progress_path() {
  auto folder = folder_in("XDG_STATE_HOME", "/dsys");
  if (!folder) folder = folder_in("HOME", "/.local/state/dsys");
  if (!folder) return std::nullopt;
  return *folder + "/progress.json";
}

Progress read_progress(const std::string& path, const Complain& complain) {
  std::error_code ignored;
  if (!files::exists(path, ignored)) return {};
  const Lock lock(path);
  return read_locked(path, complain).value_or(Progress{});
}

void change_progress(const std::string& path, const std::function<void(Progress&)>& change,
                     const Complain& complain) {
  std::error_code ignored;
  files::create_directories(files::path(path).parent_path(), ignored);
  const Lock lock(path);
  const std::optional<Progress> before = read_locked(path, complain);
  if (!before) return;
  Progress progress = *before;
  change(progress);
  if (progress == *before) return;
  if (!replace(path, json_of(progress).dump(2) + "\n")) {
    complain(fmt::format("{} cannot be written: your progress is not kept", path));
  }
}

void keep_best(std::optional<Score>& best, const Score& score) {
  if (score.of == 0) return;
  const bool is_better =
      !best || std::uint64_t{score.points} * best->of > std::uint64_t{best->points} * score.of ||
      (std::uint64_t{score.points} * best->of == std::uint64_t{best->points} * score.of &&
       score.of > best->of);
  if (is_better) best = score;
}

}  // namespace dsys::study
