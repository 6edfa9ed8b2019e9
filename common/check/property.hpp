// What must hold, judged only by what can be seen from outside: messages, outputs, the clients'
// history, crashes. Never by a node's fields, so that a learner's program is judged by the same
// code as the reference.
//
// A property's state is a plain value with
//   std::optional<std::string> observe(const Event<P>&)   the reason, at the event that breaks it
//   std::optional<std::string> finish(const Ending&)      optional; what was still owed at the end
// A `sometimes` property turns this around: observe returns what was seen, once it is seen. It
// stands beside the others so that none of them holds only because nothing happened.
#pragma once

#include "common/core/encode.hpp"
#include "common/core/rename.hpp"
#include "common/trace/event.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::check {

enum class PropertyKind : std::uint8_t { always, sometimes, eventually };

std::string_view to_string(PropertyKind kind);

// How a run ended.
struct Ending {
  Time time{};
  bool exhausted = false;  // it would not have ended by itself: a storm
};

struct PropertyText {
  std::string_view id;    // RF-S1
  std::string_view name;  // Election Safety
  PropertyKind kind{};
  std::string_view sentence;  // what must hold, for a checker
  std::string_view source;    // the paper's section, or the system's page
};

template <Protocol P>
class Judge {
 public:
  Judge() = default;
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  virtual ~Judge() = default;

  virtual std::optional<std::string> observe(const Event<P>& event) = 0;
  virtual std::optional<std::string> finish(const Ending& ending) = 0;

  // A judge in the same state, and that state as bytes, equal exactly for equal states.
  virtual std::unique_ptr<Judge<P>> clone() const = 0;
  virtual void encode_to(std::string& out) const = 0;

  // The judge as it would be if some nodes had each other's names. Null if its state is not seen.
  virtual std::unique_ptr<Judge<P>> renamed(const Renaming& names) const = 0;
};

// A property before a run: its text, and how to make a judge for one run.
template <Protocol P>
struct Property {
  PropertyText text;
  std::unique_ptr<Judge<P>> (*make_judge)() = nullptr;
};

// Whether a search may carry the judge along: then it is copied, compared and renamed.
enum class Searched : bool { no, yes };

template <Protocol P, typename State, Searched searched>
class StateJudge final : public Judge<P> {
 public:
  std::optional<std::string> observe(const Event<P>& event) override {
    return state_.observe(event);
  }
  std::optional<std::string> finish(const Ending& ending) override {
    if constexpr (requires { state_.finish(ending); }) {
      return state_.finish(ending);
    } else {
      return std::nullopt;
    }
  }
  std::unique_ptr<Judge<P>> clone() const override {
    if constexpr (searched == Searched::yes) {
      auto copy = std::make_unique<StateJudge>();
      copy->state_ = state_;
      return copy;
    } else {
      return nullptr;
    }
  }
  void encode_to([[maybe_unused]] std::string& out) const override {
    if constexpr (searched == Searched::yes) encode(out, state_);
  }
  std::unique_ptr<Judge<P>> renamed([[maybe_unused]] const Renaming& names) const override {
    if constexpr (searched == Searched::yes && is_renameable<State>()) {
      auto copy = std::make_unique<StateJudge>();
      copy->state_ = dsys::renamed(state_, names);
      return copy;
    } else {
      return nullptr;
    }
  }

 private:
  State state_{};
};

// What a property says; its kind is the function that makes it.
struct Wording {
  std::string_view id;
  std::string_view name;
  std::string_view sentence;
  std::string_view source;
};

namespace detail {

template <Protocol P, typename State, Searched searched>
Property<P> property(PropertyKind kind, const Wording& words) {
  return {{words.id, words.name, kind, words.sentence, words.source},
          []() -> std::unique_ptr<Judge<P>> {
            return std::make_unique<StateJudge<P, State, searched>>();
          }};
}

}  // namespace detail

// Must hold at each event; a search can look for the event that breaks it.
template <Protocol P, typename State, Searched searched = Searched::yes>
Property<P> always(const Wording& words) {
  return detail::property<P, State, searched>(PropertyKind::always, words);
}

// Must come about within a time, where nothing hinders it.
template <Protocol P, typename State>
Property<P> eventually(const Wording& words) {
  return detail::property<P, State, Searched::no>(PropertyKind::eventually, words);
}

// Should be seen in some run, so that the others do not hold only because nothing happened.
template <Protocol P, typename State>
Property<P> sometimes(std::string_view id, std::string_view name, std::string_view sentence) {
  return detail::property<P, State, Searched::no>(PropertyKind::sometimes,
                                                  {id, name, sentence, "witness"});
}

// The commonest of these: an output is seen. `tell(NodeId, const Output&)` is what is said of it,
// an optional text if not every such output counts.
template <Protocol P, typename Output, typename Tell>
Property<P> seen(std::string_view id, std::string_view name, std::string_view sentence,
                 Tell /*tell*/) {
  struct State {
    static std::optional<std::string> observe(const Event<P>& event) {
      const auto* const output = output_of<Output>(event);
      if (output == nullptr) return std::nullopt;
      return Tell{}(event.node, *output);
    }
  };
  return sometimes<P, State>(id, name, sentence);
}

// The ids of all properties of a kind, and others: what a scenario judges.
template <Protocol P>
std::vector<std::string_view> ids_of(const std::vector<Property<P>>& properties, PropertyKind kind,
                                     const std::vector<std::string_view>& others = {}) {
  std::vector<std::string_view> ids;
  for (const Property<P>& one : properties) {
    if (one.text.kind == kind) ids.push_back(one.text.id);
  }
  ids.insert(ids.end(), others.begin(), others.end());
  return ids;
}

// Whether an id comes before another: those of safety, of liveness, others, the witnesses; within
// them by number.
bool id_comes_first(std::string_view left, std::string_view right);

// Lists of properties as one, in the order of their ids.
template <Protocol P>
std::vector<Property<P>> in_order(const std::vector<std::vector<Property<P>>>& lists) {
  std::vector<Property<P>> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::stable_sort(all.begin(), all.end(), [](const Property<P>& left, const Property<P>& right) {
    return id_comes_first(left.text.id, right.text.id);
  });
  return all;
}

// The judgement of one property on one run.
struct Verdict {
  enum class Outcome : std::uint8_t { holds, broken, seen, not_seen };

  PropertyText text;
  Outcome outcome = Outcome::holds;
  std::string reason;       // why it broke, or what was seen
  std::uint64_t event = 0;  // where it broke; 0: at the end of the run
  Time time{};

  bool is_broken() const { return outcome == Outcome::broken; }
};

// Shows a run to several properties. Each is judged until it breaks (or is seen), then no more.
template <Protocol P>
class Monitor final : public Observer<P> {
 public:
  explicit Monitor(const std::vector<Property<P>>& properties) {
    for (const Property<P>& one : properties) {
      judges_.push_back(one.make_judge());
      verdicts_.push_back({.text = one.text,
                           .outcome = one.text.kind == PropertyKind::sometimes
                                          ? Verdict::Outcome::not_seen
                                          : Verdict::Outcome::holds,
                           .reason = {}});
    }
  }

  void observe(const Event<P>& event) override {
    for (std::size_t i = 0; i < judges_.size(); ++i) {
      if (is_decided(verdicts_[i])) continue;
      if (auto reason = judges_[i]->observe(event)) {
        decide(verdicts_[i], *std::move(reason), event.number, event.time);
      }
    }
  }

  void finish(const Ending& ending) {
    for (std::size_t i = 0; i < judges_.size(); ++i) {
      if (is_decided(verdicts_[i])) continue;
      if (auto reason = judges_[i]->finish(ending)) {
        decide(verdicts_[i], *std::move(reason), 0, ending.time);
      }
    }
  }

  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  bool any_broken() const { return broken_; }

 private:
  static bool is_decided(const Verdict& verdict) {
    return verdict.outcome == Verdict::Outcome::broken || verdict.outcome == Verdict::Outcome::seen;
  }
  void decide(Verdict& verdict, std::string reason, std::uint64_t event, Time time) {
    const bool is_sometimes = verdict.text.kind == PropertyKind::sometimes;
    verdict.outcome = is_sometimes ? Verdict::Outcome::seen : Verdict::Outcome::broken;
    verdict.reason = std::move(reason);
    verdict.event = event;
    verdict.time = time;
    broken_ = broken_ || !is_sometimes;
  }

  std::vector<std::unique_ptr<Judge<P>>> judges_;
  std::vector<Verdict> verdicts_;
  bool broken_ = false;
};

}  // namespace dsys::check
