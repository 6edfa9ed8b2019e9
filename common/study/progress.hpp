// What a learner has done: sections read, quiz scores, grades. One JSON file, changed by one
// process at a time and replaced as a whole, so that two at once lose nothing and a crash leaves
// the old one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dsys::study {

struct Score {
  unsigned points = 0;
  unsigned of = 0;

  bool operator==(const Score&) const = default;
};

struct ProblemProgress {
  std::set<std::string> sections_read;  // heads of the study reading
  std::optional<Score> quiz;            // the best, by its share
  std::optional<Score> grade;           // the best of a whole rubric
  unsigned stage = 0;                   // the highest that was reached

  bool operator==(const ProblemProgress&) const = default;
};

using Progress = std::map<std::string, ProblemProgress, std::less<>>;  // by the problem's name

// $XDG_STATE_HOME/dsys/progress.json, else ~/.local/state/dsys/progress.json; nothing if there is
// neither.
std::optional<std::string> progress_path();

// What the file has; nothing yet if there is none. A file that cannot be understood is set aside
// as progress.json.damaged-N; one that may not be read stays as it is. Both are told to `complain`
// in one line.
using Complain = std::function<void(const std::string& line)>;
Progress read_progress(const std::string& path, const Complain& complain);

// Reads, changes and writes under a lock. What cannot be written is told in one line and lost, and
// so is a change of a file that may not be read.
void change_progress(const std::string& path, const std::function<void(Progress&)>& change,
                     const Complain& complain);

// The better of two: by share, then by size.
void keep_best(std::optional<Score>& best, const Score& score);

}  // namespace dsys::study
