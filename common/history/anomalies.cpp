#include "common/history/anomalies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dsys::history {
namespace {

// Adya's table 3.1 for the phenomena. Elle's for the rest: an element twice or out of nowhere is
// in no history of Adya's; what a transaction reads of its own is the axiom INT of atomic reads
// (Cerone, Bernardi and Gotsman 2015), which read committed does not promise. That snapshot
// isolation forbids cycles without two anti-dependencies in a row is Cerone and Gotsman 2016.
// Repeatable read is left out: every read here is of an item, so that it would equal serializable.
std::optional<IsolationLevel> level_of(Anomaly anomaly) {
  switch (anomaly) {
    case Anomaly::duplicate_write:
      return std::nullopt;
    case Anomaly::duplicate_element:
    case Anomaly::g0:
      return IsolationLevel::read_uncommitted;
    case Anomaly::g1a:
    case Anomaly::g1b:
    case Anomaly::g1c:
    case Anomaly::garbage_read:
    case Anomaly::incompatible_order:
    case Anomaly::future_read:
      return IsolationLevel::read_committed;
    case Anomaly::internal:
    case Anomaly::lost_update:
    case Anomaly::g_single:
    case Anomaly::g_nonadjacent:
      return IsolationLevel::snapshot_isolation;
    case Anomaly::g2:
      return IsolationLevel::serializable;
    case Anomaly::cyclic_versions:
      return IsolationLevel::strict_serializable;
  }
  return std::nullopt;
}

const char* base_name(Anomaly anomaly) {
  switch (anomaly) {
    case Anomaly::duplicate_write:
      return "duplicate write";
    case Anomaly::duplicate_element:
      return "duplicate element";
    case Anomaly::g0:
      return "G0";
    case Anomaly::g1a:
      return "G1a";
    case Anomaly::g1b:
      return "G1b";
    case Anomaly::g1c:
      return "G1c";
    case Anomaly::garbage_read:
      return "garbage read";
    case Anomaly::incompatible_order:
      return "incompatible order";
    case Anomaly::future_read:
      return "future read";
    case Anomaly::internal:
      return "internal";
    case Anomaly::lost_update:
      return "lost update";
    case Anomaly::g_single:
      return "G-single";
    case Anomaly::g_nonadjacent:
      return "G-nonadjacent";
    case Anomaly::g2:
      return "G2";
    case Anomaly::cyclic_versions:
      return "cyclic versions";
  }
  return "";
}

// Where in the list that was read to look: at the value, or where two lists part.
std::size_t place_in_question(const Finding& finding) {
  const auto begin = finding.seen.begin();
  const auto end = finding.seen.end();
  const auto at = finding.value
                      ? std::find(begin, end, *finding.value)
                      : std::mismatch(begin, end, finding.other.begin(), finding.other.end()).first;
  return static_cast<std::size_t>(at - begin);
}

// How the transactions, keys and values of one history are worded.
class Wording {
 public:
  Wording(TransactionModel model, const TransactionNames& names)
      : is_list_(model == TransactionModel::list_append), names_(names) {}

  std::string transaction(TransactionId id) const {
    return names_.transaction ? names_.transaction(id) : fmt::format("T{}", id + std::size_t{1});
  }
  std::string key(Key key) const {
    return names_.key ? names_.key(key) : fmt::format("key {}", key);
  }
  std::string value(std::optional<TransactionValue> value) const {
    if (!value) return "nothing";
    return names_.value ? names_.value(*value) : fmt::format("{}", *value);
  }
  // Of a long list only the neighbourhood of one place, which is the end unless told otherwise.
  std::string values(const std::vector<TransactionValue>& values,
                     std::optional<std::size_t> place = std::nullopt) const {
    if (!is_list_) return values.empty() ? "nothing" : value(values.back());
    constexpr std::size_t whole_up_to = 12;
    constexpr std::size_t neighbours = 4;
    const bool is_short = values.size() <= whole_up_to;
    const std::size_t centre = place.value_or(values.size());
    const std::size_t begin = is_short || centre < neighbours ? 0 : centre - neighbours;
    const std::size_t end = is_short ? values.size() : std::min(values.size(), centre + neighbours);
    std::string text = begin > 0 ? "[..." : "[";
    for (std::size_t i = begin; i < end; ++i) text += (text == "[" ? "" : " ") + value(values[i]);
    return text + (end < values.size() ? " ...]" : "]");
  }
  std::string read(TransactionId reader, Key where, const std::vector<TransactionValue>& seen,
                   std::optional<std::size_t> place = std::nullopt) const {
    return fmt::format("{} read {} = {}", transaction(reader), key(where), values(seen, place));
  }
  std::string wrote(TransactionValue what) const {
    return fmt::format("{} {}", is_list_ ? "appended" : "wrote", value(what));
  }
  std::string write_of(TransactionId writer, TransactionValue what) const {
    return fmt::format("{}'s {} of {}", transaction(writer), is_list_ ? "append" : "write",
                       value(what));
  }

  std::string edge(const Dependency& edge) const {
    switch (edge.kind) {
      case DependencyKind::ww:
        return fmt::format("{} {} to {} after {} {} (ww)", transaction(edge.to), wrote(*edge.later),
                           key(edge.key), transaction(edge.from), wrote(*edge.earlier));
      case DependencyKind::wr:
        return fmt::format("{}, and saw {} (wr)", read(edge.to, edge.key, edge.seen),
                           write_of(edge.from, *edge.earlier));
      case DependencyKind::rw:
        return fmt::format("{}, and did not see {} (rw)", read(edge.from, edge.key, edge.seen),
                           write_of(edge.to, *edge.later));
      case DependencyKind::process:
        return fmt::format("{} came after {} in process {} (process)", transaction(edge.to),
                           transaction(edge.from), edge.process);
      default:
        return fmt::format("{} began after {} had completed (realtime)", transaction(edge.to),
                           transaction(edge.from));
    }
  }

  std::string sentence(const Finding& f) const {
    if (f.anomaly == Anomaly::cyclic_versions) return cyclic_versions(f);
    const TransactionId first = f.transactions.front();
    const TransactionId last = f.transactions.back();
    const auto place = place_in_question(f);
    const std::string saw = read(first, f.key, f.seen, place);
    switch (f.anomaly) {
      case Anomaly::duplicate_write:
        return fmt::format("{} and {} both {} to {}: what was read of it cannot be traced",
                           transaction(first), transaction(last), wrote(*f.value), key(f.key));
      case Anomaly::duplicate_element:
        return fmt::format("{}, which has {} twice", saw, value(f.value));
      case Anomaly::g1a:
        return fmt::format("{}, and saw {}, which was aborted", saw, write_of(last, *f.value));
      case Anomaly::g1b:
        return fmt::format("{}, and saw {}, after which {} wrote to {} again", saw,
                           write_of(last, *f.value), transaction(last), key(f.key));
      case Anomaly::garbage_read:
        return fmt::format("{}, and nobody {}", saw, wrote(*f.value));
      case Anomaly::incompatible_order:
        if (f.value) {
          return fmt::format("{}, though {} {} before {}", saw, transaction(last), wrote(*f.value),
                             value(f.other.front()));
        }
        return fmt::format("{} and {}: neither begins with the other", saw,
                           read(last, f.key, f.other, place));
      case Anomaly::future_read:
        return fmt::format("{}, and {} only after that", saw, wrote(*f.value));
      case Anomaly::internal:
        return f.value ? fmt::format("{}, though it had just {} {} itself", saw,
                                     is_list_ ? "appended" : "written", value(f.value))
                       : fmt::format("{}, though it had just read {}", saw, values(f.other, place));
      case Anomaly::lost_update:
        return fmt::format("{} and {}, and both wrote to {} after that", saw,
                           transaction(last) + " too", key(f.key));
      default:
        return {};
    }
  }

 private:
  std::string cyclic_versions(const Finding& f) const {
    std::string text = fmt::format("{} in real time was", key(f.key));
    for (const std::optional<TransactionValue> one : f.versions)
      text += fmt::format(" {}, then", value(one));
    return text + fmt::format(" {} again", value(f.versions.front()));
  }

  bool is_list_;
  const TransactionNames& names_;
};

}  // namespace

std::optional<IsolationLevel> IsolationVerdict::weakest_violated() const {
  std::optional<IsolationLevel> weakest;
  for (const Finding& finding : findings) {
    const auto level = rules_out(finding);
    if (level && (!weakest || *level < *weakest)) weakest = level;
  }
  return weakest;
}

std::optional<IsolationLevel> rules_out(const Finding& finding) {
  switch (finding.order) {
    case ExtraOrder::process:
      return IsolationLevel::strong_session_serializable;
    case ExtraOrder::realtime:
      return IsolationLevel::strict_serializable;
    default:
      return level_of(finding.anomaly);
  }
}

const char* name(IsolationLevel level) {
  switch (level) {
    case IsolationLevel::read_uncommitted:
      return "read uncommitted";
    case IsolationLevel::read_committed:
      return "read committed";
    case IsolationLevel::snapshot_isolation:
      return "snapshot isolation";
    case IsolationLevel::serializable:
      return "serializable";
    case IsolationLevel::strong_session_serializable:
      return "strong session serializable";
    case IsolationLevel::strict_serializable:
      return "strict serializable";
  }
  return "";
}

std::string name(const Finding& finding) {
  std::string text = base_name(finding.anomaly);
  if (finding.order == ExtraOrder::process) text += "-process";
  if (finding.order == ExtraOrder::realtime) text += "-realtime";
  return text;
}

std::string describe(const Dependency& edge, TransactionModel model,
                     const TransactionNames& names) {
  return Wording(model, names).edge(edge);
}

std::vector<std::string> describe(const Finding& finding, const TransactionNames& names) {
  const Wording wording(finding.model, names);
  if (finding.cycle.empty()) return {wording.sentence(finding)};
  std::vector<std::string> lines;
  lines.reserve(finding.cycle.size());
  for (const Dependency& edge : finding.cycle) lines.push_back(wording.edge(edge));
  return lines;
}

}  // namespace dsys::history
