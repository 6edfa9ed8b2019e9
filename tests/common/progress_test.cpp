// The learner's progress: what is kept, what two processes do to it, and what damage does.
#include "common/study/progress.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace dsys::study {
namespace {

// A folder of its own for each test, gone at its end.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "dsys-progress-XXXXXX").string()) {
    REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string file() const { return path_ + "/dsys/progress.json"; }

 private:
  std::string path_;
};

struct Complaints {
  std::vector<std::string> lines;
  Complain note = [this](const std::string& line) { lines.push_back(line); };
};

void read_section(const std::string& path, const std::string& section) {
  change_progress(
      path, [&](Progress& all) { all["raft"].sections_read.insert(section); },
      [](const std::string&) {});
}

}  // namespace

TEST_CASE("what is noted is there the next time") {
  const Folder folder;
  Complaints complaints;
  CHECK(read_progress(folder.file(), complaints.note).empty());
  change_progress(
      folder.file(),
      [](Progress& all) {
        all["raft"] = {.sections_read = {"Question", "State"},
                       .quiz = Score{12, 15},
                       .grade = Score{76, 100},
                       .stage = 3};
        all["hashring"].quiz = Score{1, 15};
      },
      complaints.note);
  const Progress known = read_progress(folder.file(), complaints.note);
  CHECK(known.size() == 2);
  CHECK(known.at("raft").sections_read.size() == 2);
  CHECK(known.at("raft").quiz == Score{12, 15});
  CHECK(known.at("raft").grade == Score{76, 100});
  CHECK(known.at("raft").stage == 3);
  CHECK_FALSE(known.at("hashring").grade);
  CHECK(complaints.lines.empty());
}

TEST_CASE("two processes at once lose nothing") {
  const Folder folder;
  constexpr int processes = 8;
  constexpr int sections = 25;
  for (int process = 0; process < processes; ++process) {
    if (fork() != 0) continue;
    for (int i = 0; i < sections; ++i) {
      read_section(folder.file(), std::to_string(process) + "/" + std::to_string(i));
    }
    _exit(0);
  }
  for (int process = 0; process < processes; ++process) {
    int status = 0;
    REQUIRE(wait(&status) > 0);
    CHECK(status == 0);
  }
  const Progress known = read_progress(folder.file(), [](const std::string&) {});
  CHECK(known.at("raft").sections_read.size() == processes * sections);
}

TEST_CASE("a damaged file is set aside with a message, and a new one begins") {
  const Folder folder;
  read_section(folder.file(), "State");
  const std::vector<std::string> damages{
      R"({"problems":)",
      "[]",
      R"({"problems":{"raft":7}})",
      "",
      R"({"problems":{"raft":{"sections_read":[],"stage":-1}}})",
      R"({"problems":{"raft":{"sections_read":[],"quiz":{"points":-1,"of":15},"stage":0}}})",
      R"({"problems":{"raft":{"sections_read":[],"quiz":{"points":16,"of":15},"stage":0}}})"};
  for (const std::string& damage : damages) {
    { std::ofstream(folder.file()) << damage; }
    Complaints complaints;
    CHECK(read_progress(folder.file(), complaints.note).empty());
    REQUIRE(complaints.lines.size() == 1);
    CHECK(complaints.lines[0].find("progress.json was damaged; it is kept as") !=
          std::string::npos);
  }
  CHECK(std::filesystem::exists(folder.file() + ".damaged-1"));
  CHECK(std::filesystem::exists(folder.file() + ".damaged-7"));
  read_section(folder.file(), "State");
  CHECK(read_progress(folder.file(), [](const std::string&) {}).size() == 1);
}

// Root may read everything, so a child gives that right up.
TEST_CASE("a file that may not be read is told, and not replaced") {
  namespace files = std::filesystem;
  const Folder folder;
  read_section(folder.file(), "State");
  const auto folder_of_file = files::path(folder.file()).parent_path();
  files::permissions(folder_of_file.parent_path(), files::perms::all);
  files::permissions(folder_of_file, files::perms::all);
  files::permissions(folder.file(), files::perms::none);
  files::permissions(folder.file() + ".lock", files::perms::all);
  const pid_t child = fork();
  if (child == 0) {
    constexpr unsigned nobody = 65534;
    if (getuid() == 0 && setuid(nobody) != 0) _exit(2);
    Complaints complaints;
    change_progress(
        folder.file(), [](Progress& all) { all["cap"].stage = 1; }, complaints.note);
    const bool is_told = complaints.lines.size() == 1 &&
                         complaints.lines[0].find("cannot be read") != std::string::npos;
    _exit(is_told ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  files::permissions(folder.file(), files::perms::owner_all);
  const Progress known = read_progress(folder.file(), [](const std::string&) {});
  CHECK(known.at("raft").sections_read.contains("State"));
  CHECK_FALSE(known.contains("cap"));
}

TEST_CASE("a folder that cannot be written is told, and nothing else happens") {
  Complaints complaints;
  change_progress(
      "/proc/no/such/progress.json", [](Progress& all) { all["raft"].stage = 1; }, complaints.note);
  REQUIRE(complaints.lines.size() == 1);
  CHECK(complaints.lines[0] ==
        "/proc/no/such/progress.json cannot be written: your progress is not kept");
}

TEST_CASE("of two scores the better share is kept, of equal shares the larger") {
  std::optional<Score> best;
  keep_best(best, {3, 5});
  keep_best(best, {8, 15});
  CHECK(best == Score{3, 5});
  keep_best(best, {9, 15});
  CHECK(best == Score{9, 15});
  keep_best(best, {0, 0});
  CHECK(best == Score{9, 15});
}

}  // namespace dsys::study
