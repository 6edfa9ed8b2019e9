// Time as nodes and runs see it. A bare number is never a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsys {

using Duration = std::chrono::nanoseconds;
using Time = Duration;                             // since the start of the run
using WallTime = std::chrono::sys_time<Duration>;  // the date, as one node believes it

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): 150ms reads best

// The shortest exact form: "150ms", "1.5s", "20us", "0ms".
std::string to_string(Duration duration);

// Reads a number with a unit (ns, us, ms, s, m), such as "300ms" or "1.5s"; a sign is allowed.
// Nothing if the text is anything else or does not fit.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace dsys
