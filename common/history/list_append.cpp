// Lists that grow: see isolation.hpp.
#include "common/core/assert.hpp"
#include "common/history/evidence.hpp"
#include "common/history/isolation.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace dsys::history {
namespace {

constexpr std::uint32_t not_known = std::numeric_limits<std::uint32_t>::max();

class ListAppendCheck {
 public:
  ListAppendCheck(const TransactionHistory& history, const IsolationOptions& options)
      : history_(history),
        evidence_(TransactionModel::list_append, history, options),
        own_(history),
        begin_(history.list_count() + 1, 0),
        examined_(history.list_count(), 0),
        agrees_(history.list_count(), not_known),
        reader_of_whole_(history.list_count(), not_known),
        seen_in_(evidence_.versions().size(), not_known),
        place_(evidence_.versions().size(), 0),
        has_one_order_(history.key_count(), true) {
    for (ListId list = 0; list < history.list_count(); ++list) {
      begin_[list + std::size_t{1}] =
          begin_[list] + static_cast<std::uint32_t>(history.list(list).size());
    }
    versions_in_.assign(begin_.back(), no_version);
  }

  IsolationVerdict run() {
    look_at_operations();
    report_incompatible_orders();
    add_write_dependencies();
    add_read_dependencies();
    add_unread_writes();
    return evidence_.verdict();
  }

 private:
  struct ExternalRead {
    TransactionId reader = 0;
    Key key = 0;
    ListId list = 0;
    std::uint32_t length = 0;
  };

  // --- What single transactions show ---

  void look_at_operations() {
    VersionId next_version = 0;
    for (TransactionId id = 0; id < history_.size(); ++id) {
      own_.begin(history_.first_operation(id));
      for (auto i = history_.first_operation(id); i < history_.end_of_operations(id); ++i) {
        const MicroOperation& operation = history_.operations()[i];
        if (operation.is_read()) {
          look_at_read(id, operation);
        } else {
          look_at_append(id, operation, next_version++);
        }
        own_.pass(i, operation);
      }
    }
  }

  void look_at_read(TransactionId id, const MicroOperation& read) {
    DSYS_ASSERT(read.kind == MicroKind::read_list);
    examine(id, read);
    const bool is_whole = history_.seen(read).size() == history_.list(read.list).size();
    if (is_whole && reader_of_whole_[read.list] == not_known) reader_of_whole_[read.list] = id;
    if (!agrees(read) && has_one_order_[read.key]) {
      has_one_order_[read.key] = false;
      incompatible_.emplace_back(id, read);
    }
    if (own_.last(read.key)) {
      judge_own_view(id, read);
      return;
    }
    const auto length = static_cast<std::uint32_t>(read.value);
    evidence_.judge_newest(id, read, newest(read));
    external_reads_.push_back({id, read.key, read.list, length});
  }

  // Elements that no read before this one has shown: what are they?
  void examine(TransactionId id, const MicroOperation& read) {
    const auto elements = history_.seen(read);
    for (std::uint32_t& i = examined_[read.list]; i < elements.size(); ++i) {
      const VersionId version = evidence_.observe(id, read, elements[i]);
      versions_in_[begin_[read.list] + i] = version;
      if (version == no_version) continue;
      if (seen_in_[version] == read.list) {
        evidence_.report_first(Anomaly::duplicate_element, {id}, read, elements[i]);
        versions_in_[begin_[read.list] + i] = no_version;
        continue;
      }
      seen_in_[version] = read.list;
      place_[version] = i;
      if (i > 0)
        judge_order_within_writer(id, read, versions_in_[begin_[read.list] + i - 1], version);
    }
  }

  void judge_order_within_writer(TransactionId id, const MicroOperation& read, VersionId before,
                                 VersionId version) {
    if (before == no_version || writer(before) != writer(version) || before < version) return;
    const TransactionValue first = evidence_.versions()[before].value;
    evidence_.report_first(Anomaly::incompatible_order, {id, writer(version)}, read,
                           evidence_.versions()[version].value, {&first, 1});
  }

  VersionId newest(const MicroOperation& read) const {
    if (read.value == 0) return no_version;
    return versions_in_[begin_[read.list] + static_cast<std::size_t>(read.value) - 1];
  }

  // Whether the longest list of the key begins with what was read.
  bool agrees(const MicroOperation& read) {
    const ListId longest = *history_.longest_list(read.key);
    if (read.list == longest) return true;
    std::uint32_t& common = agrees_[read.list];
    if (common == not_known) {
      const auto list = history_.list(read.list);
      const auto order = history_.list(longest);
      common = static_cast<std::uint32_t>(
          std::mismatch(list.begin(), list.end(), order.begin(), order.end()).first - list.begin());
    }
    return static_cast<std::uint64_t>(read.value) <= common;
  }

  void report_incompatible_orders() {
    for (const auto& [reader, read] : incompatible_) {
      const ListId longest = *history_.longest_list(read.key);
      evidence_.report(Anomaly::incompatible_order, {reader, reader_of_whole_[longest]}, read,
                       std::nullopt, history_.list(longest));
    }
  }

  // Back through the transaction's operations on the key: first what it appended, from the end of
  // the list on; then what it had read before must be all the rest.
  void judge_own_view(TransactionId id, const MicroOperation& read) {
    auto rest = history_.seen(read);
    const auto& operations = history_.operations();
    for (auto place = own_.last(read.key); place; place = own_.before(*place)) {
      const MicroOperation& earlier = operations[*place];
      if (earlier.is_read()) {
        const auto before = history_.seen(earlier);
        if (!std::equal(rest.begin(), rest.end(), before.begin(), before.end())) {
          evidence_.report(Anomaly::internal, {id}, read, std::nullopt, before);
        }
        return;
      }
      if (rest.empty() || rest.back() != earlier.value) {
        evidence_.report(Anomaly::internal, {id}, read, earlier.value);
        return;
      }
      rest = rest.first(rest.size() - 1);
    }
  }

  void look_at_append(TransactionId id, const MicroOperation& append, VersionId version) {
    DSYS_ASSERT(append.kind == MicroKind::append);
    if (const auto place = own_.last_read(append.key)) {
      const MicroOperation& read = history_.operations()[*place];
      const bool was_read = seen_in_[version] == read.list && place_[version] < read.value;
      if (was_read) evidence_.report(Anomaly::future_read, {id}, read, append.value);
    }
    if (const auto place = own_.external_read(append.key);
        place && evidence_.versions()[version].is_final) {
      const MicroOperation& read = history_.operations()[*place];
      const VersionId seen = newest(read);
      if (seen != no_version || read.value == 0) evidence_.judge_update(id, read, seen);
    }
  }

  // --- What they show together ---

  // Each version overwrote the one before it in the longest list.
  void add_write_dependencies() {
    next_.assign(begin_.back(), not_known);
    newest_.assign(history_.key_count(), no_version);
    for (Key key = 0; key < history_.key_count(); ++key) {
      const auto longest = history_.longest_list(key);
      if (!longest) continue;
      const std::uint32_t begin = begin_[*longest];
      const std::uint32_t end = begin_[*longest + std::size_t{1}];
      for (std::uint32_t i = begin; i < end; ++i) {
        if (evidence_.is_installed(versions_in_[i])) overwrite(newest_[key], versions_in_[i]);
      }
      std::uint32_t next = not_known;
      for (std::uint32_t i = end; i-- > begin;) {
        if (evidence_.is_installed(versions_in_[i])) next = i;
        next_[i] = next;
      }
    }
  }

  void overwrite(VersionId& before, VersionId version) {
    if (before != no_version) add_ww(before, version);
    before = version;
  }

  void add_ww(VersionId earlier, VersionId later) {
    evidence_.dependencies().add(
        {writer(earlier), writer(later), earlier, later, DependencyKind::ww});
  }

  void add_read_dependencies() {
    for (const ExternalRead& read : external_reads_) {
      const std::uint32_t begin = begin_[read.list];
      const VersionId seen = read.length == 0 ? no_version : versions_in_[begin + read.length - 1];
      if (evidence_.is_installed(seen)) {
        evidence_.dependencies().add(
            {writer(seen), read.reader, seen, no_version, DependencyKind::wr});
      }
      // Of a key without one order no more is known than who wrote what was read.
      if (!has_one_order_[read.key]) continue;
      const bool is_at_end = begin + read.length == begin_[read.list + std::size_t{1}];
      const std::uint32_t next = is_at_end ? not_known : next_[begin + read.length];
      if (next == not_known) {
        reads_to_the_end_.push_back(read);
        continue;
      }
      const VersionId later = versions_in_[next];
      const bool is_intermediate = seen != no_version && writer(seen) == writer(later);
      if (is_intermediate) continue;  // G1b says it
      evidence_.dependencies().add({read.reader, writer(later), seen, later, DependencyKind::rw});
    }
  }

  // What was appended for certain and is in no list came after all that is in the longest one.
  void add_unread_writes() {
    const Versions& versions = evidence_.versions();
    std::vector<VersionId> unread;
    std::vector<std::uint8_t> has_unread(history_.key_count(), 0);
    for (VersionId id = 0; id < versions.size(); ++id) {
      const Key key = versions[id].key;
      const bool is_unread = seen_in_[id] == not_known && versions[id].is_final &&
                             evidence_.is_installed(id) && has_one_order_[key] &&
                             history_.longest_list(key);
      if (!is_unread) continue;
      const VersionId newest = newest_[key];
      if (newest != no_version && writer(newest) == writer(id)) continue;  // G1b says it
      unread.push_back(id);
      has_unread[key] = 1;
      if (newest != no_version) add_ww(newest, id);
    }
    std::erase_if(reads_to_the_end_,
                  [&](const ExternalRead& read) { return has_unread[read.key] == 0; });
    std::stable_sort(unread.begin(), unread.end(),
                     [&](VersionId a, VersionId b) { return versions[a].key < versions[b].key; });
    std::stable_sort(reads_to_the_end_.begin(), reads_to_the_end_.end(),
                     [](const ExternalRead& a, const ExternalRead& b) { return a.key < b.key; });
    auto read = reads_to_the_end_.begin();
    for (auto write = unread.begin(); write != unread.end();) {
      const Key key = versions[*write].key;
      std::vector<Overwrite> writes;
      for (; write != unread.end() && versions[*write].key == key; ++write) {
        writes.push_back({writer(*write), *write});
      }
      std::vector<TransactionId> readers;
      for (; read != reads_to_the_end_.end() && read->key == key; ++read) {
        readers.push_back(read->reader);
      }
      evidence_.dependencies().add_anti_dependencies(newest_[key], readers, writes);
    }
  }

  TransactionId writer(VersionId id) const { return evidence_.versions()[id].writer; }

  const TransactionHistory& history_;
  Evidence evidence_;
  OwnOperations own_;

  // The versions in all lists, one list after the other.
  std::vector<std::uint32_t> begin_;     // by list, and one more
  std::vector<VersionId> versions_in_;   // none: garbage, or an element once more
  std::vector<std::uint32_t> next_;      // the place from here on whose version was installed
  std::vector<std::uint32_t> examined_;  // by list: elements that were looked at
  std::vector<std::uint32_t> agrees_;    // by list: elements in common with the longest of its key
  std::vector<TransactionId> reader_of_whole_;  // by list: the first that read all of it

  std::vector<ListId> seen_in_;       // by version
  std::vector<std::uint32_t> place_;  // by version: its place in that list
  std::vector<bool> has_one_order_;   // by key
  std::vector<VersionId> newest_;     // by key: the last installed version of the longest list
  std::vector<std::pair<TransactionId, MicroOperation>> incompatible_;  // the first of each key
  std::vector<ExternalRead> external_reads_;
  std::vector<ExternalRead> reads_to_the_end_;
};

}  // namespace

IsolationVerdict check_list_append(const TransactionHistory& history,
                                   const IsolationOptions& options) {
  return ListAppendCheck(history, options).run();
}

}  // namespace dsys::history
