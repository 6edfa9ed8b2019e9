// Searches, and paths that a search has found, for the typed parts of a problem. Included by
// problems/searches.cpp.in only.
#pragma once

#include "common/bridge/reading.hpp"
#include "common/bridge/state_node.hpp"
#include "common/core/error.hpp"
#include "common/problem/parts.hpp"
#include "common/search/explorer.hpp"
#include "common/trace/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::problem {

// --- Steps as JSON ---

constexpr std::array<std::pair<std::string_view, search::StepKind>, 8> step_words{
    {{"deliver", search::StepKind::deliver},
     {"duplicate", search::StepKind::duplicate},
     {"lose", search::StepKind::lose},
     {"fire", search::StepKind::fire},
     {"crash", search::StepKind::crash},
     {"power-loss", search::StepKind::power_loss},
     {"restart", search::StepKind::restart},
     {"wait", search::StepKind::wait}}};

template <Protocol P>
std::string step_json(const search::Step<P>& step) {
  const auto* const word = std::find_if(step_words.begin(), step_words.end(),
                                        [&](const auto& one) { return one.second == step.kind; });
  std::string text = fmt::format(R"({{"step":"{}","node":"{}")", word->first, step.node);
  if (step.message != nullptr) {
    text += fmt::format(R"(,"from":"{}","message":)", step.from);
    append_tagged_json(text, value_of(*step.message));
  }
  if (step.timer != nullptr) {
    text += R"(,"timer":)";
    append_tagged_json(text, value_of(*step.timer));
  }
  if (step.variant != 0) text += fmt::format(R"(,"variant":{})", step.variant);
  return text + "}";
}

// A step with what it points to.
template <Protocol P>
struct ReadStep {
  search::Step<P> step;
  std::optional<typename P::Message> message;
  std::optional<typename P::Timer> timer;
};

// Throws BadValue.
template <Protocol P>
ReadStep<P> read_step(const std::string& text) {
  const bridge::Json json = bridge::parse_line(text);
  ReadStep<P> out;
  const auto text_member = [&](std::string_view name) {
    const bridge::Json* const member = bridge::find_member(json, name);
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
  };
  const std::string word = text_member("step");
  const auto* const known = std::find_if(step_words.begin(), step_words.end(),
                                         [&](const auto& one) { return one.first == word; });
  const auto node = parse_node_id(text_member("node"));
  if (known == step_words.end() || !node) {
    throw bridge::BadValue(R"(must have a "step" such as "deliver" and a "node" such as "n1")");
  }
  out.step.kind = known->second;
  out.step.node = *node;
  out.step.from = parse_node_id(text_member("from")).value_or(NodeId{});
  bridge::Reader reader;
  if (const bridge::Json* const message = bridge::find_member(json, "message")) {
    out.message = reader.read_variant<typename P::Message>(*message, "a message");
  }
  if (const bridge::Json* const timer = bridge::find_member(json, "timer")) {
    out.timer = reader.read_variant<typename P::Timer>(*timer, "a timer");
  }
  const bridge::Json* const variant = bridge::find_member(json, "variant");
  if (variant != nullptr && variant->is_number_unsigned()) {
    out.step.variant = variant->get<std::uint32_t>();
  }
  return out;
}

// --- Searching, and taking a path again ---

template <Protocol P>
class Expedition {
 public:
  Expedition(const Parts<P>& parts, const ExploreRequest& request)
      : exploration_(named(parts.searches.explorations, request.exploration)),
        properties_(properties_named<P>(parts.properties, judged(request))),
        explorer_(exploration_, played_by(parts, request), properties_, request.reductions) {}

  Explored explore(const ExploreRequest& request) {
    Explored explored{
        .outcome = explorer_.run(request.limits, request.progress), .failure = {}, .path = {}};
    explored.handler_calls = explorer_.handler_calls();
    explored.asymmetry = explorer_.asymmetry();
    if (explored.outcome.end == search::SearchEnd::violation) {
      for (const auto& seat : seats_) seat->begin_way();
      explored.path = tell(explored.outcome.path);
      for (const auto& seat : seats_) seat->confirm_way();
    }
    return explored;
  }

  Path retrace(const std::vector<std::string>& steps, bool leaves_out) {
    std::vector<std::uint32_t> path;
    std::optional<std::string> impossible;
    std::size_t left_out = 0;
    for (const std::string& text : steps) {
      if (impossible && !leaves_out) break;
      ReadStep<P> read = read_step<P>(text);
      if (read.message) read.step.message = &*read.message;
      if (read.timer) read.step.timer = &*read.timer;
      if (const auto label = explorer_.label_of(path, read.step)) {
        path.push_back(*label);
        continue;
      }
      ++left_out;
      if (!impossible) impossible = text;
    }
    Path told = tell(path);
    told.impossible = std::move(impossible);
    told.left_out = left_out;
    return told;
  }

 private:
  std::vector<std::string_view> judged(const ExploreRequest& request) const {
    std::vector<std::string_view> ids = exploration_.properties;
    if (request.properties.empty()) return ids;
    std::erase_if(ids, [&](std::string_view id) {
      return std::find(request.properties.begin(), request.properties.end(), id) ==
             request.properties.end();
    });
    return ids;
  }

  sim::Implementation<P> played_by(const Parts<P>& parts, const ExploreRequest& request) {
    if (request.program) {
      return beside_given_parts<P>(parts,
                                   bridge::stateful_implementation<P>(request.program, seats_));
    }
    return implementation_of(parts, request.flaw.value_or(""));
  }

  static const search::Exploration<P>& named(const std::vector<search::Exploration<P>>& all,
                                             std::string_view name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    DSYS_ASSERT(found != all.end());
    return *found;
  }

  Path tell(const std::vector<std::uint32_t>& labels) {
    Path path;
    for (const std::uint32_t label : labels) {
      path.steps.push_back(step_json<P>(explorer_.step_of(label)));
    }
    Told told(properties_);
    try {
      explorer_.tell(labels, told);
    } catch (const Unsearchable&) {
      throw;
    } catch (const NodeFailure& error) {
      path.failure = check::failure_of(error);
    }
    path.entries = told.recorder.take();
    for (const check::Verdict& one : told.monitor.verdicts()) {
      const bool is_first = !path.broken || one.event < path.broken->event;
      if (one.is_broken() && is_first) path.broken = one;
    }
    return path;
  }

  struct Told final : Observer<P> {
    explicit Told(const std::vector<check::Property<P>>& properties) : monitor(properties) {}
    void observe(const Event<P>& event) override {
      recorder.observe(event);
      monitor.observe(event);
    }
    trace::Recorder<P> recorder{trace::Detail::all};
    check::Monitor<P> monitor;
  };

  const search::Exploration<P>& exploration_;
  std::vector<check::Property<P>> properties_;
  bridge::Seats<P> seats_;  // of a program
  search::Explorer<P> explorer_;
};

template <Protocol P>
Explored explore_parts(const Parts<P>& parts, const ExploreRequest& request) {
  try {
    return Expedition<P>(parts, request).explore(request);
  } catch (const NodeFailure& error) {
    return {.failure = check::failure_of(error), .path = {}};
  }
}

template <Protocol P>
Path retrace_parts(const Parts<P>& parts, ExploreRequest request,
                   const std::vector<std::string>& steps) {
  request.reductions.names = false;  // a path has the names that the nodes really have
  try {
    return Expedition<P>(parts, request).retrace(steps, request.leaves_out);
  } catch (const NodeFailure& error) {
    return {.failure = check::failure_of(error)};
  }
}

template <Protocol P>
Searches<P> searches_of(std::vector<search::Exploration<P>> explorations) {
  return {std::move(explorations), explore_parts<P>, retrace_parts<P>};
}

}  // namespace dsys::problem
