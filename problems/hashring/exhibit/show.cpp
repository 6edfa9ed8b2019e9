#include "problems/hashring/exhibit/show.hpp"

#include "common/trace/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace dsys::hashring {
namespace {

using screen::Style;
using screen::Terminal;

constexpr std::size_t width_max = 100;
constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t rows_max = 12;           // of a table; a longer one is cut in its middle
constexpr std::size_t points_listed_max = 16;  // a ring with more shows only its first ones
constexpr std::size_t routes_max = 6;

std::size_t width_of(const Terminal& terminal) {
  return std::clamp<std::size_t>(terminal.width(), 60, width_max);
}

std::string percent(double fraction) {
  return fmt::format("{:.{}f}%", 100 * fraction, fraction < 0.01 ? 2 : 1);
}

// Where a position lies on the circle, from 0 at its top round to 100.
std::string place_text(Position position) {
  return fmt::format("{:7.3f}%", 100 * static_cast<double>(position) * 0x1p-64);
}

std::string with_thousands(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, " ");
  return digits;
}

// As it may be printed: no control bytes, no more than the columns.
std::string printable(std::string_view text, std::size_t columns, const Terminal& terminal) {
  std::string out;
  std::size_t used = 0;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_control = byte < 0x20 || byte == 0x7f;
    const bool is_foreign = byte >= 0x80 && !terminal.unicode();
    const bool continues = byte >= 0x80 && byte < 0xc0 && terminal.unicode();
    if (!continues && used == columns) return out.substr(0, out.size() - 1) + "~";
    out += is_control || is_foreign ? '?' : letter;
    used += continues ? 0 : 1;
  }
  return out + std::string(columns - used, ' ');
}

void head(Terminal& terminal, std::string_view text) {
  terminal.line();
  terminal.line(terminal.styled(Style::strong, text));
}

// --- Title ---

std::string title_of(const Exhibit& exhibit) {
  const std::size_t nodes = exhibit.members.size();
  const std::string_view plural = nodes == 1 ? "" : "s";
  if (exhibit.algorithm != Algorithm::ring) {
    return fmt::format("Placement by {} with {} node{}", name_of(exhibit.algorithm), nodes, plural);
  }
  return fmt::format("A consistent hashing ring: {} node{}, {} point{} each", nodes, plural,
                     exhibit.virtual_nodes, exhibit.virtual_nodes == 1 ? "" : "s");
}

std::string_view rule_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ring:
      return "Nodes and keys are hashed onto one circle. A key belongs to the first point at or "
             "after it, clockwise; past the end the circle closes.";
    case Algorithm::modulo:
      return "A key belongs to the node of number hash modulo N.";
    case Algorithm::rendezvous:
      return "For each key every node has a score, a hash of both; the highest score owns the key.";
    case Algorithm::jump:
      return "Jump hash computes the number of a node from the key and N alone, without a table.";
    default:
      return "Maglev fills a table of 65537 entries in turns, along a permutation of each node.";
  }
}

// --- The circle ---

std::size_t place_of(const Exhibit& exhibit, const Ring& ring, NodeIndex node) {
  const NodeName& name = ring.member(node).name;
  const auto member = std::find_if(exhibit.members.begin(), exhibit.members.end(),
                                   [&](const Member& one) { return one.name == name; });
  return static_cast<std::size_t>(member - exhibit.members.begin());
}

std::size_t column_of(Position position, std::size_t columns) {
  const double share = static_cast<double>(position) * 0x1p-64;
  return std::min(columns - 1, static_cast<std::size_t>(share * static_cast<double>(columns)));
}

// With many points: who owns what, column by column.
void draw_owners(const Exhibit& exhibit, const Ring& ring, std::size_t columns,
                 Terminal& terminal) {
  head(terminal, "The circle, cut open at 0: each letter is the owner of that place");
  const double step = 0x1p64 / static_cast<double>(columns);
  std::string owners;
  for (std::size_t column = 0; column < columns; ++column) {
    const auto middle = static_cast<Position>((static_cast<double>(column) + 0.5) * step);
    const auto points = ring.points();
    auto found = std::lower_bound(
        points.begin(), points.end(), middle,
        [](const Point& point, Position wanted) { return point.position < wanted; });
    if (found == points.end()) found = points.begin();
    owners += letters[place_of(exhibit, ring, found->node)];
  }
  terminal.line(fmt::format("  0% {} 100%", terminal.styled(Style::node, owners)));
}

// With few points: the points themselves, and below them the keys.
void draw_points(const Exhibit& exhibit, const Ring& ring, std::size_t columns,
                 Terminal& terminal) {
  head(terminal, "The circle, cut open at 0: a key belongs to the next letter to its right");
  std::string circle(columns, '.');
  for (const Point& point : ring.points()) {
    circle[column_of(point.position, columns)] = letters[place_of(exhibit, ring, point.node)];
  }
  std::string keys(columns, ' ');
  for (std::size_t i = 0; i < exhibit.listed.size() && i < 9; ++i) {
    keys[column_of(ring.position(exhibit.listed[i]), columns)] = static_cast<char>('1' + i);
  }
  terminal.line(fmt::format("  0% {} 100%", terminal.styled(Style::node, circle)));
  terminal.line(fmt::format("keys {}", keys.substr(0, keys.find_last_not_of(' ') + 1)));
}

void draw_circle(const Exhibit& exhibit, const Ring& ring, Terminal& terminal) {
  if (exhibit.members.size() > letters.size()) return;
  const std::size_t columns = width_of(terminal) - 12;
  const bool has_few_points = ring.points().size() * 3 <= columns;
  if (has_few_points) return draw_points(exhibit, ring, columns, terminal);
  draw_owners(exhibit, ring, columns, terminal);
}

std::string point_text(const Ring& ring, const Point& point) {
  return fmt::format("{}#{}", ring.member(point.node).name, point.replica_index);
}

void list_points(const Ring& ring, Terminal& terminal) {
  const auto points = ring.points();
  const bool is_short = points.size() <= points_listed_max;
  std::vector<std::string> words;
  for (const Point& point :
       points.first(std::min(points.size(), is_short ? points_listed_max : 3U))) {
    const double place = 100 * static_cast<double>(point.position) * 0x1p-64;
    words.push_back(fmt::format("{} at {:.3f}%", point_text(ring, point), place));
  }
  if (!is_short) words.push_back(fmt::format("... {} in all", with_thousands(points.size())));
  terminal.labelled(is_short ? "  Its points: " : "  Points: ",
                    fmt::format("{}", fmt::join(words, ", ")));
}

// --- Shares ---

std::string bar(double length, std::size_t columns, const Terminal& terminal) {
  const auto halves =
      static_cast<std::size_t>(std::lround(length * 2 * static_cast<double>(columns)));
  const std::size_t full = std::min(halves / 2, columns);
  std::string out;
  for (std::size_t i = 0; i < full; ++i) out += terminal.unicode() ? "\u2588" : "#";
  const bool has_half = halves % 2 == 1 && full < columns;
  if (has_half) out += terminal.unicode() ? "\u258c" : " ";
  return out + std::string(columns - full - (has_half ? 1 : 0), ' ');
}

void draw_share(const Exhibit& exhibit, const NodeFigures& node, std::size_t place, double largest,
                Terminal& terminal) {
  const bool has_letter =
      exhibit.algorithm == Algorithm::ring && exhibit.members.size() <= letters.size();
  const std::string letter(1, has_letter ? letters[place] : ' ');
  const std::string points = node.points > 0 ? fmt::format("{:>7}", node.points) : "";
  const std::string weight =
      node.member.weight > 1 ? fmt::format("  weight {}", node.member.weight) : "";
  const std::size_t columns = width_of(terminal) - 48;
  terminal.line(fmt::format(
      "  {} {:<11}{} {} {:>6} {:>5.2f}x{}", terminal.styled(Style::node, letter), node.member.name,
      points, terminal.styled(Style::good, bar(node.share / largest, columns, terminal)),
      percent(node.share), node.share / node.fair, weight));
}

void draw_shares(const Exhibit& exhibit, const Figures& figures, Terminal& terminal) {
  const bool has_ring = exhibit.algorithm == Algorithm::ring;
  head(terminal, has_ring ? "Share of the circle, and how many times its fair share that is"
                          : "Share of the keys, and how many times its fair share that is");
  const std::vector<NodeFigures>& nodes = figures.nodes;
  const double largest = std::max_element(nodes.begin(), nodes.end(),
                                          [](const NodeFigures& left, const NodeFigures& right) {
                                            return left.share < right.share;
                                          })
                             ->share;
  const bool is_short = nodes.size() <= rows_max + 2;  // no cut for a line or two
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool is_cut = !is_short && i >= rows_max / 2 && i + rows_max / 2 < nodes.size();
    if (is_cut && i == rows_max / 2) {
      terminal.line(fmt::format("    ... {} more ...", nodes.size() - rows_max));
    }
    if (!is_cut) draw_share(exhibit, nodes[i], i, largest, terminal);
  }
}

// Measured beside what chance gives.
void tell_balance(const Exhibit& exhibit, const Figures& figures, Terminal& terminal) {
  if (exhibit.members.size() == 1) return;
  const bool has_theory = exhibit.algorithm == Algorithm::ring &&
                          std::all_of(exhibit.members.begin(), exhibit.members.end(),
                                      [](const Member& one) { return one.weight == 1; });
  terminal.labelled(
      "  Evenness: ",
      fmt::format(
          "shares deviate by {} of the mean{}; the fullest node has {:.2f} times its share.",
          percent(figures.balance.relative_deviation),
          has_theory ? fmt::format(" (theory, sqrt((N-1)/(NV+1)): {})", percent(figures.theory))
                     : "",
          figures.balance.max_over_mean));
  if (!figures.with_one_point) return;
  terminal.labelled("            ",
                    fmt::format("With one point each it would be {} and {:.2f} times.",
                                percent(figures.with_one_point->relative_deviation),
                                figures.with_one_point->max_over_mean));
}

// --- Lookups ---

void list_lookups(const Exhibit& exhibit, const Figures& figures, Terminal& terminal) {
  const bool has_ring = exhibit.algorithm == Algorithm::ring;
  head(terminal, "Where keys belong");
  std::size_t columns = 3;
  for (const Lookup& one : figures.lookups) columns = std::max(columns, one.key.size());
  columns = std::min<std::size_t>(columns, width_of(terminal) > 90 ? 20 : 12);
  terminal.line(terminal.styled(
      Style::faint,
      has_ring
          ? fmt::format("    {:<{}}  lies at   next point        at        owner, then replicas",
                        "key", columns)
          : fmt::format("    {:<{}}  owner", "key", columns)));
  std::size_t number = 0;
  for (const Lookup& one : figures.lookups) {
    const std::string key =
        fmt::format("{:>3} {}", ++number, printable(one.key, columns, terminal));
    if (!has_ring) {
      terminal.line(fmt::format("{}  {}", key, terminal.styled(Style::node, one.owner)));
      continue;
    }
    std::vector<NodeName> others = one.replicas;
    others.erase(others.begin());
    terminal.labelled(
        fmt::format("{} {}   {:<16} {}  ", key, place_text(one.position), one.point,
                    place_text(one.point_position)),
        fmt::format("{} {}", terminal.styled(Style::node, one.owner), fmt::join(others, " ")));
  }
}

// --- Changes ---

std::string routes_text(const ChangeFigures& change) {
  const Movement& moved = change.moved;
  std::vector<std::string> words;
  std::size_t stray = 0;
  for (const auto& [route, keys] : moved.routes) {
    const bool is_its_own = (change.joins ? route.to : route.from) == change.node;
    if (!is_its_own) {
      stray += keys;
      continue;
    }
    const double share = static_cast<double>(keys) / static_cast<double>(moved.keys);
    words.push_back(fmt::format("{} {}", change.joins ? route.from : route.to, percent(share)));
  }
  const std::size_t routes = words.size();
  if (routes > routes_max) {
    words.resize(routes_max);
    words.push_back(fmt::format("and {} nodes more", routes - routes_max));
  }
  std::string text = fmt::format("{} {}", change.joins ? "from" : "to", fmt::join(words, ", "));
  if (words.empty()) text = "nothing of its own";
  if (stray == 0) return text + "; nothing else";
  const double share = static_cast<double>(stray) / static_cast<double>(moved.keys);
  return text + fmt::format("; and {} between the others, for nothing", percent(share));
}

void tell_change(const ChangeFigures& change, const Exhibit& exhibit, Terminal& terminal) {
  const double share = change.moved.fraction();
  const std::string by_modulo =
      exhibit.algorithm == Algorithm::modulo
          ? ""
          : fmt::format(", hash mod N {}", terminal.styled(Style::bad, percent(change.modulo)));
  terminal.labelled(
      fmt::format("  {:<8} {:<7} ", change.node, change.joins ? "joins:" : "leaves:"),
      fmt::format("{} of the keys move ({} {}{})", terminal.styled(Style::good, percent(share)),
                  change.joins ? "fair share" : "its own", percent(change.least), by_modulo));
  terminal.labelled("      ", routes_text(change));
}

void tell_changes(const Exhibit& exhibit, const Figures& figures, Terminal& terminal) {
  const std::string keys =
      exhibit.measured_from.empty()
          ? fmt::format("{} keys", with_thousands(exhibit.measured.size()))
          : fmt::format(
                "the {} keys of {}", with_thousands(exhibit.measured.size()),
                printable(exhibit.measured_from,
                          std::min<std::size_t>(exhibit.measured_from.size(), 30), terminal));
  head(terminal, fmt::format("What a change moves, of {}", keys));
  tell_change(figures.join, exhibit, terminal);
  if (figures.leave) tell_change(*figures.leave, exhibit, terminal);
}

void tell_next(const Exhibit& exhibit, Terminal& terminal) {
  head(terminal, "Go on");
  const std::string same = fmt::format("dsys hashring --nodes {}", exhibit.members.size());
  const bool has_ring = exhibit.algorithm == Algorithm::ring;
  const bool has_one_point = exhibit.virtual_nodes == 1;
  const auto row = [&](const std::string& command, std::string_view what) {
    terminal.line(fmt::format("  {:<44}  {}", command, what));
  };
  if (!has_ring) {
    row(same, "the same with a ring");
  } else if (has_one_point) {
    row(same + " --virtual-nodes 160", "what more points are good for");
  } else {
    row(same + " --virtual-nodes 1", "why one point is not enough");
  }
  row(same + " --algorithm maglev", "a rival; also jump, modulo, ...");
  row("dsys hashring demo --scenario join", "a ring that is asked and judged");
  row("dsys hashring break ring.weak-hash", "a mistake, caught");
  row("dsys hashring read", "the interview answer");
}

// --- JSON ---

std::string lookup_json(const Lookup& one) {
  std::vector<std::string> replicas;
  for (const NodeName& name : one.replicas) replicas.push_back(json_quoted(name));
  return fmt::format(
      R"({{"key":{},"position":{},"owner":{},"point":{},"point_position":{},"replicas":[{}]}})",
      json_quoted(one.key), one.position, json_quoted(one.owner), json_quoted(one.point),
      one.point_position, fmt::join(replicas, ","));
}

std::string change_json(const ChangeFigures& change) {
  std::vector<std::string> routes;
  for (const auto& [route, keys] : change.moved.routes) {
    routes.push_back(fmt::format(R"({{"from":{},"to":{},"keys":{}}})", json_quoted(route.from),
                                 json_quoted(route.to), keys));
  }
  return fmt::format(R"({{"node":{},"keys":{},"moved":{},"fraction":{:.6f},"least":{:.6f},)"
                     R"("modulo_fraction":{:.6f},"routes":[{}]}})",
                     json_quoted(change.node), change.moved.keys, change.moved.moved,
                     change.moved.fraction(), change.least, change.modulo, fmt::join(routes, ","));
}

}  // namespace

void show(const Exhibit& exhibit, Terminal& terminal) {
  const Ring ring = ring_of(exhibit);
  const Figures figures = measure(exhibit, ring);
  terminal.line(terminal.styled(Style::strong, title_of(exhibit)));
  terminal.paragraph(rule_of(exhibit.algorithm));
  if (exhibit.algorithm == Algorithm::ring) {
    draw_circle(exhibit, ring, terminal);
    list_points(ring, terminal);
  }
  draw_shares(exhibit, figures, terminal);
  tell_balance(exhibit, figures, terminal);
  list_lookups(exhibit, figures, terminal);
  tell_changes(exhibit, figures, terminal);
  tell_next(exhibit, terminal);
}

void show_json(const Exhibit& exhibit, Terminal& terminal) {
  const Figures figures = measure(exhibit, ring_of(exhibit));
  std::vector<std::string> nodes;
  for (const NodeFigures& one : figures.nodes) {
    nodes.push_back(fmt::format(
        R"({{"name":{},"weight":{},"points":{},"share":{:.6f},"fair_share":{:.6f}}})",
        json_quoted(one.member.name), one.member.weight, one.points, one.share, one.fair));
  }
  std::vector<std::string> lookups;
  for (const Lookup& one : figures.lookups) lookups.push_back(lookup_json(one));
  terminal.line(fmt::format(
      R"({{"problem":"hashring","algorithm":{},"virtual_nodes":{},"nodes":[{}],)"
      R"("relative_deviation":{:.6f},"max_over_mean":{:.6f},"theory":{:.6f},"lookups":[{}],)"
      R"("join":{},"leave":{}}})",
      json_quoted(name_of(exhibit.algorithm)), exhibit.virtual_nodes, fmt::join(nodes, ","),
      figures.balance.relative_deviation, figures.balance.max_over_mean, figures.theory,
      fmt::join(lookups, ","), change_json(figures.join),
      figures.leave ? change_json(*figures.leave) : "null"));
}

}  // namespace dsys::hashring
