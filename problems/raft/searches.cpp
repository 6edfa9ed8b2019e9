// A file of its own: the explorer takes as long to compile as the rest of the command line's view.
#include "common/cli/explore.hpp"
#include "problems/raft/explorations.hpp"

namespace dsys::raft {

cli::Searches<RaftProtocol> searches() {
  return {all_explorations(), cli::explore_parts<RaftProtocol>, cli::retrace_parts<RaftProtocol>};
}

}  // namespace dsys::raft
