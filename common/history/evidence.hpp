// What the two checks of transactional histories share: who wrote which version, who is known to
// have happened, what was found, and how it becomes a verdict.
#pragma once

#include "common/history/anomalies.hpp"
#include "common/history/cycles.hpp"
#include "common/history/dependencies.hpp"
#include "common/history/isolation.hpp"
#include "common/history/transactions.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace dsys::history {

struct Version {
  TransactionValue value = 0;
  TransactionId writer = 0;
  Key key = 0;
  bool is_final = true;      // the last of its transaction on its key
  bool is_traceable = true;  // written once, as it should be
};

// Versions are numbered in the order in which the history's operations wrote them.
class Versions {
 public:
  explicit Versions(const TransactionHistory& history);

  std::uint32_t size() const { return static_cast<std::uint32_t>(versions_.size()); }
  const Version& operator[](VersionId id) const { return versions_[id]; }
  VersionId find(Key key, TransactionValue value) const;  // no_version if nobody wrote it

  // Writes of a value that its key had been given before: the first write and the repeated one.
  const std::vector<std::pair<Version, Version>>& repeated() const { return repeated_; }

 private:
  std::size_t slot_of(Key key, TransactionValue value) const;

  std::vector<Version> versions_;
  std::vector<VersionId> slots_;  // a hash table with linear probing, at most half full
  std::vector<std::pair<Version, Version>> repeated_;
};

// What the transaction that is being looked at has done with each key so far.
class OwnOperations {
 public:
  explicit OwnOperations(const TransactionHistory& history)
      : before_(history.operations().size(), 0),
        last_(history.key_count(), 0),
        last_read_(history.key_count(), 0),
        external_read_(history.key_count(), 0) {}

  void begin(std::uint32_t first_operation) { first_ = first_operation; }

  // The places of its last operation, of its last read, and of the read that came before all its
  // other operations on the key and so tells what others wrote.
  std::optional<std::uint32_t> last(Key key) const { return own(last_[key]); }
  std::optional<std::uint32_t> last_read(Key key) const { return own(last_read_[key]); }
  std::optional<std::uint32_t> external_read(Key key) const { return own(external_read_[key]); }

  // The place of the one before its operation at `place`, on the same key.
  std::optional<std::uint32_t> before(std::uint32_t place) const { return own(before_[place]); }

  void pass(std::uint32_t place, const MicroOperation& operation) {
    if (operation.is_read()) {
      last_read_[operation.key] = place + 1;
      if (!last(operation.key)) external_read_[operation.key] = place + 1;
    }
    before_[place] = std::exchange(last_[operation.key], place + 1);
  }

 private:
  std::optional<std::uint32_t> own(std::uint32_t entry) const {
    if (entry <= first_) return std::nullopt;  // of an earlier transaction
    return entry - 1;
  }

  std::uint32_t first_ = 0;
  std::vector<std::uint32_t> before_;  // by place: a place, and one more
  std::vector<std::uint32_t> last_;    // by key: likewise
  std::vector<std::uint32_t> last_read_;
  std::vector<std::uint32_t> external_read_;
};

// Filled by a check as it walks through the history; then the verdict is drawn from it.
class Evidence {
 public:
  Evidence(TransactionModel model, const TransactionHistory& history,
           const IsolationOptions& options);

  const TransactionHistory& history() const { return history_; }
  const Versions& versions() const { return versions_; }
  Dependencies& dependencies() { return dependencies_; }

  // The version was installed: its transaction committed, or its outcome is unknown but somebody
  // who committed read something of it.
  bool is_installed(VersionId id) const;

  // What a committed transaction read: a value that an aborted transaction wrote, or nobody, is
  // reported, unless it was before. Gives the version, or none.
  VersionId observe(TransactionId reader, const MicroOperation& read, TransactionValue value);

  // The newest version that an external read saw: one that its writer replaced is reported once.
  void judge_newest(TransactionId reader, const MicroOperation& read, VersionId newest);

  // A transaction wrote to a key of which it had read the given version, or the initial state:
  // the second that does so with one version loses the first one's update, or the first its own.
  void judge_update(TransactionId writer, const MicroOperation& read, VersionId seen);

  // Who is the reader, or the two; `other` is what the read should have been, or another read.
  void report(Anomaly anomaly, const std::vector<TransactionId>& transactions,
              const MicroOperation& read, std::optional<TransactionValue> value,
              std::span<const TransactionValue> other = {});
  // The same, once for each read and anomaly: a list may have any number of elements that are wrong
  // in one way, and each finding has the list.
  void report_first(Anomaly anomaly, const std::vector<TransactionId>& transactions,
                    const MicroOperation& read, std::optional<TransactionValue> value,
                    std::span<const TransactionValue> other = {});
  void report(Finding finding) { findings_.push_back(std::move(finding)); }

  IsolationVerdict verdict();

 private:
  Finding finding_of(const FoundCycle& found) const;
  Dependency dependency_of(const DependencyEdge& edge) const;
  std::vector<TransactionValue> seen_by(TransactionId reader, Key key) const;

  const TransactionHistory& history_;
  TransactionModel model_;
  IsolationOptions options_;
  Versions versions_;
  Dependencies dependencies_;
  std::vector<std::uint8_t> happened_;  // by transaction
  std::vector<std::uint8_t> reported_;  // by version
  std::set<std::pair<Key, TransactionValue>> garbage_;
  std::vector<TransactionId> updaters_;  // by version, then by key for the initial state
  std::map<Anomaly, const MicroOperation*> reported_of_;  // the last read
  std::vector<Finding> findings_;
};

}  // namespace dsys::history
