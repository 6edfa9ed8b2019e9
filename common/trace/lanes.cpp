#include "common/trace/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace dsys::trace {
namespace {

constexpr std::size_t lane_width = 6;
constexpr std::size_t time_width = 10;
constexpr std::size_t text_min = 24;

struct Characters {
  std::string lane;
  std::string dash;
  std::string right;
  std::string left;
  std::string origin;
  std::string mark;
  std::string lost;
};

Characters characters(bool unicode) {
  if (unicode) return {"│", "─", "▶", "◀", "●", "◆", "✗"};
  return {"|", "-", ">", "<", "o", "*", "x"};
}

// A row of single characters, each possibly several bytes.
using Cells = std::vector<std::string>;

class Painter {
 public:
  Painter(const std::vector<NodeId>& nodes, const Characters& characters)
      : characters_(characters), cells_(nodes.size() * lane_width, " ") {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      lane_of_[nodes[i]] = i;
      cells_[center(i)] = characters_.lane;
    }
  }

  void mark(NodeId node, const std::string& with) { cells_[center(lane_of_.at(node))] = with; }

  void arrow(NodeId from, NodeId to, bool lost) {
    const std::size_t start = center(lane_of_.at(from));
    const std::size_t end = center(lane_of_.at(to));
    for (std::size_t i = std::min(start, end); i <= std::max(start, end); ++i) {
      cells_[i] = characters_.dash;
    }
    cells_[start] = characters_.origin;
    cells_[end] = lost ? characters_.lost : (start < end ? characters_.right : characters_.left);
  }

  std::string text() const { return fmt::format("{}", fmt::join(cells_, "")); }

 private:
  static std::size_t center(std::size_t lane) { return lane * lane_width + lane_width / 2; }

  const Characters& characters_;
  std::map<NodeId, std::size_t> lane_of_;
  Cells cells_;
};

std::vector<NodeId> nodes_of(std::span<const Entry> entries) {
  std::set<NodeId> found;
  for (const Entry& entry : entries) {
    if (entry.kind == EventKind::start) found.insert(entry.node);
  }
  std::vector<NodeId> nodes(found.begin(), found.end());
  // The nodes that do the work first, their clients beside them.
  std::stable_partition(nodes.begin(), nodes.end(), is_under_test);
  return nodes;
}

std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

bool has_lane(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

std::string paint(const Entry& entry, const std::vector<NodeId>& nodes, const Characters& set) {
  Painter painter(nodes, set);
  const bool travels = entry.kind == EventKind::deliver || entry.kind == EventKind::lose;
  if (travels && has_lane(nodes, entry.peer) && has_lane(nodes, entry.node)) {
    painter.arrow(entry.peer, entry.node, entry.kind == EventKind::lose);
  } else if (entry.kind != EventKind::fault && has_lane(nodes, entry.node)) {
    painter.mark(entry.node, set.mark);
  }
  return painter.text();
}

std::string content(const Entry& entry) {
  const bool speaks = entry.kind == EventKind::note || entry.kind == EventKind::fault;
  const bool travels = entry.kind == EventKind::deliver || entry.kind == EventKind::lose;
  std::string text = speaks || travels ? "" : std::string(to_string(entry.kind)) + " ";
  text += entry.type.empty() ? entry.fields : entry.type + " " + entry.fields;
  return text;
}

}  // namespace

std::vector<std::string> lanes(std::span<const Entry> entries, Detail detail, unsigned width,
                               bool unicode) {
  const std::vector<NodeId> nodes = nodes_of(entries);
  const Characters set = characters(unicode);
  const std::size_t used = time_width + nodes.size() * lane_width + 2;
  const std::size_t text_width = std::max<std::size_t>(text_min, width > used ? width - used : 0);
  std::string head(time_width, ' ');
  for (const NodeId node : nodes) head += fmt::format("{:^{}}", to_string(node), lane_width);
  std::vector<std::string> lines{head};
  for (const Entry& entry : entries) {
    if (!belongs_to(detail, entry.kind) || entry.kind == EventKind::send) continue;
    lines.push_back(fmt::format("{:>{}}{}  {}", fmt::format("{}ms", entry.time / 1ms), time_width,
                                paint(entry, nodes, set), shortened(content(entry), text_width)));
  }
  return lines;
}

}  // namespace dsys::trace
