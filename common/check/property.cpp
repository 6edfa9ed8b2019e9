#include "common/check/property.hpp"

namespace dsys::check {

std::string_view to_string(PropertyKind kind) {
  switch (kind) {
    case PropertyKind::always:
      return "always";
    case PropertyKind::sometimes:
      return "sometimes";
    case PropertyKind::eventually:
      return "eventually";
  }
  return "?";
}

}  // namespace dsys::check
