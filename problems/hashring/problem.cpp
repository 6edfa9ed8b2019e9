#include "problems/hashring/problem.hpp"

#include "common/cli/describe.hpp"
#include "problems/hashring/exhibit.hpp"
#include "problems/hashring/flaws.hpp"
#include "problems/hashring/grading.hpp"
#include "problems/hashring/properties.hpp"
#include "problems/hashring/scenarios.hpp"
#include "problems/hashring/show.hpp"

#include <span>

namespace dsys::hashring {

extern const std::span<const EmbeddedFile> embedded_files;

namespace {

void show_exhibit(const cli::OwnValues& values, bool json, cli::Terminal& terminal) {
  const Exhibit exhibit = read_exhibit(values);
  return json ? show_json(exhibit, terminal) : show(exhibit, terminal);
}

// Whoever is no node of the ring asks, and is answered.
check::OperationMark mark_operation(const Event<RingProtocol>& event) {
  const bool is_client = !is_under_test(event.node);
  if (is_client && event.kind == EventKind::send) return check::OperationMark::begins;
  if (is_client && event.kind == EventKind::deliver) return check::OperationMark::ends;
  return check::OperationMark::none;
}

}  // namespace

const cli::Problem& problem() {
  static const cli::Problem described = cli::describe<RingProtocol>(
      {.name = "hashring",
       .title = "Consistent hash ring",
       .question = "Explain consistent hashing and implement a ring: add a node, remove a node, "
                   "find the node of a key.",
       .files = embedded_files,
       .configuration = {"Point i of node n lies at hash(\"n#i\"): FNV-1a with 64 bits, then the "
                         "MurmurHash3 finaliser. Equal positions: the first name owns."},
       .default_scenario = "join",
       .role = "node",
       .rubric = rubric(),
       .own_demo = cli::OwnDemo{.options = exhibit_options(), .show = show_exhibit}},
      {.scenarios = all_scenarios(),
       .properties = all_properties(),
       .flaws = all_flaws(),
       .reference = reference_implementation(),
       .mark_operation = mark_operation});
  return described;
}

}  // namespace dsys::hashring

template dsys::check::Run<dsys::hashring::RingProtocol>
    dsys::check::run<dsys::hashring::RingProtocol>;
