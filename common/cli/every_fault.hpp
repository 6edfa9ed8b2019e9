// `check --every-fault`: a scenario once as it is, and again with each fault at each moment.
#pragma once

#include "common/check/every_fault.hpp"
#include "common/cli/breakdown.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace dsys::cli {

struct EveryFault {
  const ScenarioText* scenario = nullptr;
  std::size_t places = 0;  // where a fault could matter
  std::uint64_t runs = 0;  // the first one, without a fault of ours, included
  std::uint64_t events = 0;
  std::uint64_t broken_runs = 0;
  std::map<check::Mishap, std::uint64_t> broken_by;  // of those with a fault of ours
  std::optional<Breakdown> first;                    // the one that breaks earliest
};

// The seed of the options, which say the rest of the run too.
EveryFault try_every_fault(const Problem& problem, const ScenarioText& scenario, const Cast& cast,
                           const CheckOptions& options);

void print_every_fault(const Problem& problem, const EveryFault& tried,
                       const std::string& implementation, Terminal& terminal);

// {"name":"election","id":"RF-SC2","places":63,"runs":212,"events":12345,"broken_runs":0,
//  "broken_by":{"lost":0,...},"faults":[...] or null,"violations":[],"failure":null,"shrunk":null}
std::string every_fault_json(const Problem& problem, const EveryFault& tried,
                             const std::string& implementation);

}  // namespace dsys::cli
