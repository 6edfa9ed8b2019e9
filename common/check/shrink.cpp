#include "common/check/shrink.hpp"

#include "common/sim/step_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <utility>

namespace dsys::check {
namespace {

using Script = std::vector<std::string>;

// The script without some of its steps. What would strike at once after them must not strike
// earlier: `hands_on` gives it the last moment that they waited for.
enum class Waiting : bool { dropped, handed_on };

std::optional<Script> without_steps(const Script& script, std::size_t begin, std::size_t end,
                                    Waiting waiting) {
  Script rest(script.begin(), script.begin() + static_cast<std::ptrdiff_t>(begin));
  rest.insert(rest.end(), script.begin() + static_cast<std::ptrdiff_t>(end), script.end());
  if (waiting == Waiting::dropped) return rest;
  if (end == script.size()) return std::nullopt;
  sim::StepText next = sim::halves_of(script[end]);
  if (!next.trigger.empty()) return std::nullopt;
  for (std::size_t i = end; i > begin && next.trigger.empty(); --i) {
    next.trigger = sim::halves_of(script[i - 1]).trigger;
  }
  if (next.trigger.empty()) return std::nullopt;
  rest[begin] = next.joined();
  return rest;
}

Script without_names(const Script& script, const std::vector<std::string>& gone) {
  Script rest;
  rest.reserve(script.size());
  for (const std::string& step : script) {
    if (auto left = sim::without_nodes(step, gone)) rest.push_back(*std::move(left));
  }
  return rest;
}

// What can be tried only once, whatever its length.
std::string key_of(const Staging& staging) {
  return fmt::format("{}\n{}\n\n{}\n\n{}", staging.nodes, fmt::join(staging.absent, "\n"),
                     fmt::join(staging.script, "\n"), fmt::join(staging.faults, "\n"));
}

class Shrinker {
 public:
  explicit Shrinker(const ShrinkTask& task) : task_(task) {}

  std::optional<Shrunk> shrink() {
    const Trial first = run(task_.start);
    if (!first.breaks) return std::nullopt;
    tried_.insert(key_of(task_.start));
    keep(task_.start, first);
    events_max_ = events_;
    length_max_ = first.end ? std::min(2 * *first.end, task_.start.length) : task_.start.length;
    while (has_means() && take_something_away()) {
    }
    if (best_ == task_.start) return std::nullopt;
    // Once more and whole, because a program may answer differently each time it is asked.
    const Trial last = run(best_);
    if (!last.breaks || last.events != events_) return std::nullopt;
    return Shrunk{.staging = best_, .events = events_, .runs = runs_};
  }

 private:
  bool has_means() const {
    return runs_ + 1 < task_.runs_max && spent_ < task_.events_max;  // one run is the last
  }
  Trial run(const Staging& staging) {
    ++runs_;
    Trial trial = task_.run(staging);
    spent_ += trial.events;
    return trial;
  }
  // What comes after the break is not needed.
  void keep(Staging staging, const Trial& trial) {
    best_ = std::move(staging);
    best_.length = trial.end ? std::min(*trial.end, best_.length) : best_.length;
    events_ = trial.events;
  }
  bool accept(Staging candidate) {
    if (!has_means() || !tried_.insert(key_of(candidate)).second) return false;
    const Trial trial = run(candidate);
    if (!trial.breaks || trial.events > events_max_) return false;
    keep(std::move(candidate), trial);
    return true;
  }

  bool take_something_away() {
    bool any = take_whole_script();
    any = take_nodes() || any;
    any = take_others() || any;
    any = take_steps(&Staging::script) || any;
    any = take_steps(&Staging::faults) || any;
    return any || take_pairs(&Staging::script) || take_pairs(&Staging::faults);
  }

  bool take_whole_script() {
    Staging candidate = without({});
    candidate.script.clear();
    candidate.faults.clear();
    return accept(std::move(candidate));
  }

  // The fewest first; then halfway between those that were too few and those there are.
  bool take_nodes() {
    const unsigned before = best_.nodes;
    unsigned lowest = task_.nodes_min;
    for (unsigned count = lowest; count < best_.nodes; count = (lowest + best_.nodes) / 2) {
      std::vector<std::string> gone;
      for (unsigned i = count + 1; i <= best_.nodes; ++i) gone.push_back(fmt::format("n{}", i));
      Staging candidate = without(gone);
      candidate.nodes = count;
      if (!accept(std::move(candidate))) lowest = count + 1;
    }
    return best_.nodes < before;
  }

  bool take_others() {
    const auto take = [this](const std::vector<std::string>& others) {
      Staging candidate = without(others);
      candidate.absent.insert(candidate.absent.end(), others.begin(), others.end());
      std::sort(candidate.absent.begin(), candidate.absent.end());
      return accept(std::move(candidate));
    };
    std::vector<std::string> present = present_others();
    if (present.size() > 1 && take(present)) return true;
    std::reverse(present.begin(), present.end());  // the first client does what a scenario is about
    bool any = false;
    for (const std::string& client : present) any = take({client}) || any;
    return any;
  }
  std::vector<std::string> present_others() const {
    std::vector<std::string> present;
    std::copy_if(task_.others.begin(), task_.others.end(), std::back_inserter(present),
                 [&](const std::string& one) {
                   return std::find(best_.absent.begin(), best_.absent.end(), one) ==
                          best_.absent.end();
                 });
    return present;
  }
  // It may take longer than the best: with less going on it may break later, and still be smaller.
  Staging without(const std::vector<std::string>& gone) const {
    Staging staging = best_;
    staging.length = length_max_;
    staging.script = without_names(best_.script, gone);
    staging.faults = without_names(best_.faults, gone);
    return staging;
  }

  // Halves, quarters, ... and single steps, from the last to the first: what comes late is often
  // what comes after the break.
  bool take_steps(Script Staging::*list) {
    const std::size_t before = (best_.*list).size();
    for (std::size_t size = before; size > 0; size /= 2) {
      for (std::size_t end = (best_.*list).size(); end > 0; end -= std::min(size, end)) {
        const std::size_t begin = end - std::min(size, end);
        (void)(take_chunk(list, begin, end, Waiting::dropped) ||
               take_chunk(list, begin, end, Waiting::handed_on));
      }
    }
    return (best_.*list).size() < before;
  }
  // A fault and its remedy, which may stand far apart: one without the other breaks something else.
  bool take_pairs(Script Staging::*list) {
    for (std::size_t second = (best_.*list).size(); second-- > 1;) {
      for (std::size_t first = second; first-- > 0;) {
        Staging candidate = without({});
        Script& script = candidate.*list;
        script.erase(script.begin() + static_cast<std::ptrdiff_t>(second));
        script.erase(script.begin() + static_cast<std::ptrdiff_t>(first));
        if (accept(std::move(candidate))) return true;
      }
    }
    return false;
  }
  bool take_chunk(Script Staging::*list, std::size_t begin, std::size_t end, Waiting waiting) {
    const bool are_separate = list == &Staging::faults;
    if (are_separate && waiting == Waiting::handed_on) return false;
    auto rest = without_steps(best_.*list, begin, end, waiting);
    if (!rest) return false;
    Staging candidate = without({});
    candidate.*list = *std::move(rest);
    return accept(std::move(candidate));
  }

  const ShrinkTask& task_;
  Staging best_;
  std::uint64_t events_ = 0;      // of the best
  std::uint64_t events_max_ = 0;  // of the start, up to where it breaks
  Duration length_max_{};         // twice as long as that took
  std::uint64_t runs_ = 0;
  std::uint64_t spent_ = 0;  // events of all runs
  std::set<std::string> tried_;
};

}  // namespace

std::optional<Shrunk> shrink(const ShrinkTask& task) {
  return Shrinker(task).shrink();
}

}  // namespace dsys::check
