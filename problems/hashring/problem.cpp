#include "problems/hashring/parts.hpp"

#include "common/problem/describe.hpp"
#include "problems/hashring/exhibit/exhibit.hpp"
#include "problems/hashring/exhibit/show.hpp"

namespace dsys::hashring {

namespace {

void show_exhibit(const problem::OwnValues& values, bool json, screen::Terminal& terminal) {
  const Exhibit exhibit = read_exhibit(values);
  return json ? show_json(exhibit, terminal) : show(exhibit, terminal);
}

// A client's operation is a question, from its sending to the arrival of the answer.
check::OperationMark mark_operation(const Event& event) {
  const bool is_client = !is_under_test(event.node);
  if (is_client && event.kind == EventKind::send) return check::OperationMark::begins;
  if (is_client && event.kind == EventKind::deliver) return check::OperationMark::ends;
  return check::OperationMark::none;
}

}  // namespace

const problem::Parts<RingProtocol>& parts() {
  static const problem::Parts<RingProtocol> all{scenarios(), properties(), flaws(),
                                                {},          reference(),  mark_operation};
  return all;
}

const problem::Problem& problem() {
  static const problem::Problem described = problem::describe<RingProtocol>(
      {.name = "hashring",
       .title = "Consistent hash ring",
       .question = "Explain consistent hashing and implement a ring: add a node, remove a node, "
                   "find the node of a key.",
       .files = embedded_files,
       .configuration = {"Point i of node n lies at hash(\"n#i\"): FNV-1a with 64 bits, then the "
                         "MurmurHash3 finaliser. Equal positions: the first name owns."},
       .default_scenario = "join",
       .role = "node",
       .patience = {.long_time = 500ms},
       // A node's: timers and outputs of those who ask are left out.
       .protocol =
           bridge::types_of_protocol<RingProtocol, NextQuestion, AnswerTimeout, Given, Finished>,
       .rubric = rubric(),
       .own_demo = problem::OwnDemo{.options = exhibit_options(), .show = show_exhibit}},
      parts());
  return described;
}

}  // namespace dsys::hashring
