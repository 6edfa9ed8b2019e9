// Registers that are overwritten: see isolation.hpp.
#include "common/core/assert.hpp"
#include "common/history/evidence.hpp"
#include "common/history/isolation.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace dsys::history {
namespace {

class RegisterCheck {
 public:
  RegisterCheck(const TransactionHistory& history, const IsolationOptions& options)
      : history_(history),
        options_(options),
        evidence_(TransactionModel::rw_register, history, options),
        versions_(evidence_.versions()),
        own_(history),
        own_state_(history.key_count(), no_version) {}

  IsolationVerdict run() {
    look_at_operations();
    std::erase_if(order_, [this](const Succession& one) {
      return !is_initial(one.earlier) && !evidence_.is_installed(one.earlier);
    });
    add_initial_state();
    if (options_.linearizable_keys) add_order_of_real_time();
    add_dependencies();
    return evidence_.verdict();
  }

 private:
  // A version, or the initial state of a key, which is numbered after all versions.
  using State = std::uint32_t;

  struct ExternalRead {
    State state = 0;
    TransactionId reader = 0;

    bool operator<(const ExternalRead& other) const {
      return std::tie(state, reader) < std::tie(other.state, other.reader);
    }
  };

  struct Succession {  // `later` is a version that came some time after `earlier`
    State earlier = 0;
    VersionId later = 0;

    bool operator==(const Succession&) const = default;
    bool operator<(const Succession& other) const {
      return std::tie(earlier, later) < std::tie(other.earlier, other.later);
    }
  };

  // The begin or the end of a transaction that saw a key in a state, or brought it there.
  struct Use {
    Key key = 0;
    Position at = 0;
    bool is_completion = false;
    Position invoked = 0;
    State state = 0;

    // Of two at the same position the begin comes first: they overlap.
    bool operator<(const Use& other) const {
      return std::tie(key, at, is_completion) < std::tie(other.key, other.at, other.is_completion);
    }
  };

  bool is_initial(State state) const { return state >= versions_.size(); }
  State initial_state(Key key) const { return versions_.size() + key; }
  VersionId version_or_none(State state) const { return is_initial(state) ? no_version : state; }
  TransactionId writer(VersionId id) const { return versions_[id].writer; }

  // --- What single transactions show ---

  void look_at_operations() {
    VersionId next_version = 0;
    for (TransactionId id = 0; id < history_.size(); ++id) {
      own_.begin(history_.first_operation(id));
      for (auto i = history_.first_operation(id); i < history_.end_of_operations(id); ++i) {
        const MicroOperation& operation = history_.operations()[i];
        if (operation.is_read()) {
          look_at_read(id, operation, next_version);
        } else {
          look_at_write(id, operation, next_version++);
        }
        own_.pass(i, operation);
      }
    }
  }

  void look_at_read(TransactionId id, const MicroOperation& read, VersionId next_version) {
    DSYS_ASSERT(read.kind != MicroKind::read_list);
    State state = initial_state(read.key);
    if (read.kind == MicroKind::read_value) state = evidence_.observe(id, read, read.value);
    if (const auto place = own_.last(read.key)) {
      judge_own_view(id, read, history_.operations()[*place]);
      return;
    }
    own_state_[read.key] = state;
    if (state == no_version) return;
    external_reads_.push_back({state, id});
    if (is_initial(state)) return;
    evidence_.judge_newest(id, read, state);
    if (writer(state) == id && state >= next_version) {
      evidence_.report(Anomaly::future_read, {id}, read, read.value);
    }
  }

  void judge_own_view(TransactionId id, const MicroOperation& read, const MicroOperation& before) {
    const bool saw_something = read.kind == MicroKind::read_value;
    const bool had_something = before.kind != MicroKind::read_nothing;
    if (saw_something == had_something && (!saw_something || read.value == before.value)) return;
    if (before.is_read()) {
      evidence_.report(Anomaly::internal, {id}, read, std::nullopt, history_.seen(before));
    } else {
      evidence_.report(Anomaly::internal, {id}, read, before.value);
    }
  }

  void look_at_write(TransactionId id, const MicroOperation& write, VersionId version) {
    DSYS_ASSERT(write.kind == MicroKind::write);
    const auto place = own_.external_read(write.key);
    if (!place || !versions_[version].is_final || !versions_[version].is_traceable) return;
    const State seen = own_state_[write.key];
    if (seen == no_version || (!is_initial(seen) && writer(seen) == id)) return;
    order_.push_back({seen, version});
    evidence_.judge_update(id, history_.operations()[*place], version_or_none(seen));
  }

  // --- The order of versions ---

  void add_initial_state() {
    for (VersionId id = 0; id < versions_.size(); ++id) {
      if (!versions_[id].is_final || !evidence_.is_installed(id)) continue;
      order_.push_back({initial_state(versions_[id].key), id});
    }
  }

  // If a transaction that used one state of a key had completed when one that used another began,
  // the key was in the first state before it was in the second. It is enough to compare with the
  // completed uses that no completed use followed: the others came before those.
  void add_order_of_real_time() {
    std::vector<Use> uses = all_uses();
    std::stable_sort(uses.begin(), uses.end());
    std::vector<Succession> found;
    std::vector<Use> latest;
    Position newest_invocation = 0;
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const Use& use = uses[i];
      if (i == 0 || use.key != uses[i - 1].key) {
        latest.clear();
        newest_invocation = 0;
      }
      if (use.is_completion) {
        newest_invocation = std::max(newest_invocation, use.invoked);
        std::erase_if(latest, [&](const Use& one) {
          return one.at < newest_invocation || one.state == use.state;
        });
        latest.push_back(use);
        continue;
      }
      for (const Use& before : latest) {
        if (before.state == use.state) continue;
        found.push_back({before.state, use.state});
      }
    }
    keep_keys_without_cycles(found);
  }

  std::vector<Use> all_uses() const {
    std::vector<Use> uses;
    const auto add = [&](TransactionId id, Key key, State state) {
      const Transaction& one = history_.transaction(id);
      uses.push_back({key, one.invoked, false, one.invoked, state});
      if (one.outcome != TransactionOutcome::committed) return;
      uses.push_back({key, std::max(one.invoked, one.completed), true, one.invoked, state});
    };
    for (const ExternalRead& read : external_reads_) {
      if (is_initial(read.state)) {
        add(read.reader, read.state - versions_.size(), read.state);
      } else if (evidence_.is_installed(read.state)) {
        add(read.reader, versions_[read.state].key, read.state);
      }
    }
    for (VersionId id = 0; id < versions_.size(); ++id) {
      if (!versions_[id].is_final || !evidence_.is_installed(id)) continue;
      add(writer(id), versions_[id].key, id);
    }
    return uses;
  }

  Key key_of(State state) const {
    return is_initial(state) ? state - versions_.size() : versions_[state].key;
  }

  // A key whose states come round is not linearizable: that is reported, and its real-time order
  // tells nothing.
  void keep_keys_without_cycles(std::vector<Succession>& found) {
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    const auto states = static_cast<std::uint32_t>(versions_.size() + history_.key_count());
    std::vector<DependencyEdge> edges;
    edges.reserve(order_.size() + found.size());
    for (const auto* order : {&order_, &found}) {
      for (const Succession& one : *order) edges.push_back({one.earlier, one.later});
    }
    const DependencyGraph graph(states, edges);
    const KindSet kinds = kind_bit(DependencyKind::ww);
    std::vector<bool> comes_round(history_.key_count(), false);
    for (const Component& component : strong_components(graph, kinds)) {
      constexpr std::uint64_t effort = 1'000'000;
      Finding finding{.anomaly = Anomaly::cyclic_versions,
                      .model = TransactionModel::rw_register,
                      .key = key_of(component.front())};
      for (const DependencyEdge& edge : shortest_cycle(part_of(graph, component), kinds, effort)) {
        const State state = component[edge.from];
        const bool has_value = !is_initial(state);
        finding.versions.push_back(has_value ? std::optional(versions_[state].value)
                                             : std::nullopt);
      }
      comes_round[finding.key] = true;
      evidence_.report(std::move(finding));
    }
    for (const Succession& one : found) {
      if (!comes_round[key_of(one.earlier)]) order_.push_back(one);
    }
  }

  // --- What it says of transactions ---

  void add_dependencies() {
    Dependencies& dependencies = evidence_.dependencies();
    std::sort(order_.begin(), order_.end());
    order_.erase(std::unique(order_.begin(), order_.end()), order_.end());
    std::sort(external_reads_.begin(), external_reads_.end());
    auto next = order_.begin();
    for (auto read = external_reads_.begin(); read != external_reads_.end();) {
      const State state = read->state;
      const bool has_writer = !is_initial(state) && evidence_.is_installed(state);
      std::vector<TransactionId> readers;
      for (; read != external_reads_.end() && read->state == state; ++read) {
        readers.push_back(read->reader);
        if (!has_writer) continue;
        dependencies.add({writer(state), read->reader, state, no_version, DependencyKind::wr});
      }
      while (next != order_.end() && next->earlier < state) ++next;
      std::vector<Overwrite> writes;
      for (; next != order_.end() && next->earlier == state; ++next) {
        writes.push_back({writer(next->later), next->later});
      }
      dependencies.add_anti_dependencies(version_or_none(state), readers, writes);
    }
    for (const Succession& one : order_) {
      if (is_initial(one.earlier)) continue;
      dependencies.add(
          {writer(one.earlier), writer(one.later), one.earlier, one.later, DependencyKind::ww});
    }
  }

  const TransactionHistory& history_;
  IsolationOptions options_;
  Evidence evidence_;
  const Versions& versions_;
  OwnOperations own_;
  std::vector<State> own_state_;  // by key: what the present transaction's external read saw
  std::vector<ExternalRead> external_reads_;
  std::vector<Succession> order_;
};

}  // namespace

IsolationVerdict check_rw_register(const TransactionHistory& history,
                                   const IsolationOptions& options) {
  return RegisterCheck(history, options).run();
}

}  // namespace dsys::history
