// A file of its own: the explorer takes as long to compile as the rest of the command line's view.
#include "common/cli/explore.hpp"
#include "problems/zklock/explorations.hpp"

namespace dsys::zklock {

cli::Searches<LockProtocol> searches() {
  return {all_explorations(), cli::explore_parts<LockProtocol>, cli::retrace_parts<LockProtocol>};
}

}  // namespace dsys::zklock
