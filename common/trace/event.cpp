#include "common/trace/event.hpp"

namespace dsys {

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::start:
      return "start";
    case EventKind::restart:
      return "restart";
    case EventKind::crash:
      return "crash";
    case EventKind::power_loss:
      return "power-loss";
    case EventKind::deliver:
      return "deliver";
    case EventKind::timer:
      return "timer";
    case EventKind::send:
      return "send";
    case EventKind::lose:
      return "lose";
    case EventKind::set_timer:
      return "set-timer";
    case EventKind::cancel_timer:
      return "cancel";
    case EventKind::write:
      return "write";
    case EventKind::sync:
      return "sync";
    case EventKind::emit:
      return "emit";
    case EventKind::note:
      return "note";
    case EventKind::fault:
      return "fault";
  }
  return "?";
}

}  // namespace dsys
