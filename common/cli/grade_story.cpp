// Lost points told as stories: the guarantee, the schedule, the events that lead to the break, a
// hint, where to read, and how to see it again.
#include "common/cli/exploration.hpp"
#include "common/cli/grade.hpp"
#include "common/cli/report.hpp"
#include "common/cli/shell_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace dsys::cli {
namespace {

using study::Loss;

constexpr std::size_t path_lines_max = 14;

// --- The events that lead to a break ---

// Events that could have caused the last one: those before it at its node, and, for what was
// delivered there, those before the sending at the sender; and so on. Faults always count.
class CausalPast {
 public:
  explicit CausalPast(std::span<const trace::Entry> entries) : entries_(entries) {
    if (entries.empty()) return;
    nodes_.insert(entries.back().node);
    for (std::size_t i = entries.size(); i > 0; --i) visit(entries[i - 1]);
    std::reverse(past_.begin(), past_.end());
  }
  std::vector<trace::Entry> take() { return std::move(past_); }

 private:
  using Message = std::tuple<NodeId, NodeId, std::string>;

  void visit(const trace::Entry& entry) {
    if (entry.kind == EventKind::send) {
      const auto pending = awaited_.find({entry.node, entry.peer, entry.fields});
      if (pending != awaited_.end()) {
        awaited_.erase(pending);
        nodes_.insert(entry.node);
      }
    }
    const bool concerns = entry.kind == EventKind::fault || nodes_.contains(entry.node);
    if (!concerns) return;
    if (entry.kind == EventKind::deliver) awaited_.insert({entry.peer, entry.node, entry.fields});
    if (trace::belongs_to(trace::Detail::messages, entry.kind) && !is_between_others(entry)) {
      past_.push_back(entry);
    }
  }

  // What given parts tell each other, such as the servers of an ensemble, is no news to a learner.
  static bool is_between_others(const trace::Entry& entry) {
    return entry.peer != NodeId{} && !is_under_test(entry.node) && !is_under_test(entry.peer);
  }

  std::span<const trace::Entry> entries_;
  std::set<NodeId> nodes_;
  std::multiset<Message> awaited_;
  std::vector<trace::Entry> past_;
};

// The run as it is told: the shrunk one, if there is one.
Recording run_again(const Graded& graded, const Loss& loss) {
  const ShrunkRun* const shrunk = find_shrunk(graded, loss);
  const Breakage breakage = breakage_of(loss);
  RunRequest request{.scenario = breakage.scenario,
                     .options = shrunk == nullptr ? breakage.options : shrunk->options,
                     .record = trace::Detail::all};
  request.options.stop_when_broken = true;
  if (!breakage.property.empty()) request.properties = {breakage.property};
  graded.cast.play_in(request);
  return graded.problem->run(request);
}

void print_causal_past(const Graded& graded, const Loss& loss, Terminal& terminal) {
  const std::uint64_t end = loss.failure ? loss.failure->event : loss.verdict.event;
  std::vector<trace::Entry> entries = run_again(graded, loss).entries;
  if (end != 0) entries.resize(std::min<std::size_t>(entries.size(), end));
  std::vector<trace::Entry> path = CausalPast(entries).take();
  const std::size_t cut = path.size() > path_lines_max ? path.size() - path_lines_max : 0;
  terminal.line(cut == 0
                    ? "    What led to it:"
                    : fmt::format("    What led to it, the last {} of {} events:", path_lines_max,
                                  path.size()));
  print_close_up(std::span(path).subspan(cut), terminal);
  print_who_waits(entries, std::span(path).subspan(cut), loss.verdict, "    ", terminal);
}

// What happens right after an event, at the same node: what its handler asked for.
bool asks_for_something(std::span<const trace::Entry> rest, const trace::Entry& input) {
  for (const trace::Entry& entry : rest) {
    if (entry.node != input.node || entry.time != input.time) return false;
    switch (entry.kind) {
      case EventKind::send:
      case EventKind::write:
      case EventKind::sync:
      case EventKind::emit:
      case EventKind::set_timer:
      case EventKind::cancel_timer:
        return true;
      case EventKind::note:
        continue;
      default:
        return false;
    }
  }
  return false;
}

// The first message or timer of a type that never made the program do anything: perhaps its handler
// is still to be written.
void print_unanswered(const Graded& graded, const Loss& loss, Terminal& terminal) {
  const std::vector<trace::Entry> entries = run_again(graded, loss).entries;
  std::set<std::string_view> heeded;
  std::vector<const trace::Entry*> unheeded;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const trace::Entry& entry = entries[i];
    const bool is_input = entry.kind == EventKind::deliver || entry.kind == EventKind::timer;
    if (!is_input || !is_under_test(entry.node)) continue;
    if (asks_for_something(std::span(entries).subspan(i + 1), entry)) {
      heeded.insert(entry.type);
    } else {
      unheeded.push_back(&entry);
    }
  }
  const auto first = std::find_if(unheeded.begin(), unheeded.end(), [&](const trace::Entry* entry) {
    return !heeded.contains(entry->type);
  });
  if (heeded.empty() && unheeded.empty()) {
    return terminal.paragraph(
        "The program was started, asked for nothing, and so nothing came to it: begin at the "
        "start, with a timer or a message.",
        4);
  }
  if (first == unheeded.end()) return;
  const trace::Entry& input = **first;
  terminal.paragraph(
      fmt::format("At {}ms {} was given {}{}, and did nothing: nor did any {} move it later.",
                  input.time / 1ms, input.node, input.type,
                  input.kind == EventKind::deliver ? fmt::format(" by {}", input.peer) : "",
                  input.type),
      4);
}

// --- One story ---

void print_reason(const Loss& loss, Terminal& terminal) {
  switch (loss.kind) {
    case Loss::Kind::broken:
      if (loss.run == study::RunKind::search) {
        print_broken(loss.verdict, at_step(loss.verdict), terminal);
      } else {
        print_broken(loss.verdict, terminal);
      }
      break;
    case Loss::Kind::failed:
      print_failure(*loss.failure, terminal);
      break;
    default:
      terminal.paragraph(loss_sentence(loss), 4);
  }
}

// A search starts where the story gets interesting, and its way is a shortest one: it is told
// whole.
void print_search(const Graded& graded, const Loss& loss, Terminal& terminal) {
  const ExplorationText& exploration = *find_exploration(*graded.problem, loss.scenario);
  terminal.paragraph(
      fmt::format("Every order of events was tried, from an opening on. Search {}: {}.",
                  exploration.name, exploration.title),
      4);
  if (!exploration.opening.empty()) {
    terminal.paragraph(fmt::format("Opening: {}.", exploration.opening), 4);
  }
  ExploreRequest request{.exploration = std::string(exploration.name)};
  if (loss.kind == Loss::Kind::broken) request.properties = {loss.verdict.text.id};
  graded.cast.play_in(request);
  const Path path = graded.problem->retrace(request, loss.way);
  terminal.line(fmt::format("    A shortest way, {}:", counted(loss.way.size(), "step")));
  print_way(path, terminal);
  terminal.line();
}

// The loss as the shrunk run has it: broken earlier, at another event, for another reason.
Loss as_told(const Graded& graded, const Loss& loss) {
  const ShrunkRun* const shrunk = find_shrunk(graded, loss);
  Loss told = loss;
  if (shrunk == nullptr) return told;
  if (shrunk->verdict() != nullptr) told.verdict = *shrunk->verdict();
  told.failure = shrunk->result.failure;
  return told;
}

// Where it was lost, and what led to it.
void print_run(const Graded& graded, const Loss& loss, const Loss& told, Terminal& terminal) {
  const ScenarioText& scenario = *find_scenario(*graded.problem, loss.scenario);
  terminal.paragraph(fmt::format("Scenario {} ({}), seed {}: {}.", scenario.name, scenario.id,
                                 loss.seed, scenario.title),
                     4);
  if (loss.misfortune) {
    terminal.paragraph(fmt::format("One fault more: {}.", loss.misfortune->sentence), 4);
  }
  const bool has_path = loss.kind == Loss::Kind::failed ||
                        (loss.kind == Loss::Kind::broken && loss.verdict.event != 0);
  const ShrunkRun* const shrunk = find_shrunk(graded, loss);
  if (shrunk != nullptr) terminal.paragraph(shrunk_sentence(*graded.problem, *shrunk), 4);
  if (has_path) print_causal_past(graded, told, terminal);
}

void print_story_of(const Graded& graded, const study::GroupResult& result, const Loss& loss,
                    bool second_hints, Terminal& terminal) {
  const study::Group& group = *result.group;
  terminal.line();
  terminal.line(terminal.styled(Style::strong, fmt::format("{} {}: {} lost", group.id, group.name,
                                                           counted(loss.points, "point"))));
  if (loss.kind == Loss::Kind::not_run) return terminal.paragraph(loss_sentence(loss), 4);
  const Loss told = as_told(graded, loss);
  if (loss.run == study::RunKind::search) {
    print_search(graded, loss, terminal);
  } else {
    print_run(graded, loss, told, terminal);
  }
  print_reason(told, terminal);
  if (loss.kind == Loss::Kind::not_seen) print_unanswered(graded, loss, terminal);
  terminal.labelled("    Hint:   ",
                    std::string(study::hint_of(graded.problem->rubric, group, told)));
  if (second_hints) {
    terminal.labelled("    More:   ", fmt::format("{} {}", group.hint, group.second_hint));
  }
  terminal.labelled("    Read:   ", fmt::format("dsys {} read --section \"{}\"",
                                                graded.problem->name, group.section));
  print_command("    Replay: ", replay_command(graded, loss), terminal);
}

}  // namespace

Breakage breakage_of(const Loss& loss) {
  Breakage breakage{.scenario = std::string(loss.scenario),
                    .options = {.seed = loss.seed},
                    .property = loss.kind == Loss::Kind::broken ? loss.verdict.text.id : "",
                    .failure = loss.failure};
  if (loss.misfortune) breakage.options.faults = loss.misfortune->faults;
  return breakage;
}

std::string run_key(const Loss& loss) {
  const std::vector<std::string> faults =
      loss.misfortune ? loss.misfortune->faults : std::vector<std::string>{};
  return fmt::format("{} {} {} {} {}", loss.scenario, static_cast<int>(loss.run), loss.seed,
                     fmt::join(faults, "; "),
                     loss.failure ? loss.failure->what : std::string(loss.verdict.text.id));
}

const ShrunkRun* find_shrunk(const Graded& graded, const Loss& loss) {
  const auto found = graded.shrunk.find(run_key(loss));
  return found == graded.shrunk.end() ? nullptr : &found->second;
}

std::string replay_command(const Graded& graded, const Loss& loss) {
  if (loss.run == study::RunKind::search) {
    return fmt::format("dsys {} check --explore {} --impl {}", graded.problem->name, loss.scenario,
                       shell_word(graded.cast.word()));
  }
  DemoOptions options{.scenario = std::string(loss.scenario), .implementation = graded.cast.word()};
  options.run = breakage_of(loss).options;
  const ShrunkRun* const shrunk = find_shrunk(graded, loss);
  if (shrunk != nullptr) options = shrunk_demo(options.scenario, options.implementation, *shrunk);
  return fmt::format("dsys {} --trace all", command_words(*graded.problem, options));
}

std::string loss_sentence(const Loss& loss) {
  const std::string run =
      loss.run == study::RunKind::search
          ? fmt::format("{}, searched in every order", loss.scenario)
          : fmt::format("{}, seed {}{}", loss.scenario, loss.seed,
                        loss.misfortune ? fmt::format(" ({})", loss.misfortune->sentence) : "");
  switch (loss.kind) {
    case Loss::Kind::broken:
      return fmt::format("{} {} is broken in {}: {}", loss.verdict.text.id, loss.verdict.text.name,
                         run, loss.verdict.reason);
    case Loss::Kind::failed:
      return fmt::format("in {}, the program of {} {}", run, loss.failure->node,
                         loss.failure->what);
    case Loss::Kind::storm:
      return fmt::format("{}, was ended: it would have gone on with ever more events", run);
    case Loss::Kind::not_seen:
      return fmt::format("in {} what must happen never did: {} ({} {})", loss.scenario,
                         loss.verdict.text.sentence, loss.verdict.text.id, loss.verdict.text.name);
    case Loss::Kind::not_run:
      return fmt::format("{} was not run: the program had failed before", run);
  }
  return {};
}

// One run that costs points in several groups is told once.
std::vector<ToldLoss> told_losses(const study::Grade& grade) {
  std::map<std::string, std::string_view> told;
  std::vector<ToldLoss> all;
  for (const study::GroupResult& result : grade.groups) {
    for (const Loss& loss : result.losses) {
      const std::string key = loss.failure ? loss.failure->what : loss_sentence(loss);
      const auto [first, is_new] = told.emplace(key, result.group->id);
      all.push_back({&result, &loss, is_new ? std::string_view{} : first->second});
    }
  }
  return all;
}

void print_stories(const Graded& graded, bool second_hints, Terminal& terminal) {
  for (const ToldLoss& one : told_losses(graded.grade)) {
    if (one.same_as.empty()) {
      print_story_of(graded, *one.result, *one.loss, second_hints, terminal);
      continue;
    }
    const study::Group& group = *one.result->group;
    terminal.line();
    terminal.paragraph(fmt::format("{} {}: {} lost, by the same as {}.", group.id, group.name,
                                   counted(one.loss->points, "point"), one.same_as));
  }
}

}  // namespace dsys::cli
