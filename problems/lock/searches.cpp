// A file of its own: the explorer takes as long to compile as the rest of the command line's view.
#include "common/cli/explore.hpp"
#include "problems/lock/explorations.hpp"

namespace dsys::lock {

cli::Searches<LockProtocol> searches() {
  return {all_explorations(), cli::explore_parts<LockProtocol>, cli::retrace_parts<LockProtocol>};
}

}  // namespace dsys::lock
