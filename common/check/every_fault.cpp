#include "common/check/every_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace dsys::check {
namespace {

struct MishapWord {
  Mishap mishap;
  std::string_view word;
};

constexpr std::array<MishapWord, 9> mishap_words{{{Mishap::lost, "lost"},
                                                  {Mishap::repeated, "repeated"},
                                                  {Mishap::late, "late"},
                                                  {Mishap::crash, "crash"},
                                                  {Mishap::power_loss, "power loss"},
                                                  {Mishap::blackout, "blackout"},
                                                  {Mishap::pause, "pause"},
                                                  {Mishap::cut_off, "cut off"},
                                                  {Mishap::broken_off, "broken off"}}};

bool can_strike(Mishap mishap, const Place& place) {
  const bool is_input = place.kind == EventKind::deliver || place.kind == EventKind::timer;
  switch (mishap) {
    case Mishap::lost:
    case Mishap::repeated:
    case Mishap::late:
    case Mishap::broken_off:
      return place.kind == EventKind::send;
    case Mishap::crash:
    case Mishap::pause:
    case Mishap::cut_off:
      return is_input && is_under_test(place.node);
    case Mishap::power_loss:
    case Mishap::blackout:
      return !is_input && is_under_test(place.node);
  }
  return false;
}

std::vector<std::string> faults_of(Mishap mishap, const Place& place, const Patience& patience) {
  const auto strike = [&](std::string_view fault) {
    return fmt::format("event {} {}", place.event, fault);
  };
  const std::string node = dsys::to_string(place.node);
  const auto with_remedy = [&](std::string_view fault, Duration after, std::string_view remedy) {
    return std::vector<std::string>{
        strike(fault), fmt::format("{} {}", dsys::to_string(place.time + after), remedy)};
  };
  switch (mishap) {
    case Mishap::lost:
      return {strike("lose-message")};
    case Mishap::repeated:
      return {strike("repeat-message " + dsys::to_string(patience.long_time))};
    case Mishap::late:
      return {strike("delay-message " + dsys::to_string(patience.long_time))};
    case Mishap::crash:
      return with_remedy("crash " + node, patience.long_time, "restart " + node);
    case Mishap::power_loss:
      return with_remedy("power-loss " + node, patience.long_time, "restart " + node);
    case Mishap::blackout:
      return with_remedy("power-loss " + node, patience.short_time, "restart " + node);
    case Mishap::pause:
      return with_remedy("pause " + node, patience.long_time, "resume " + node);
    case Mishap::cut_off:
      return with_remedy("isolate " + node, patience.long_time, "heal");
    case Mishap::broken_off: {
      const std::string link = fmt::format("{}<->{}", node, dsys::to_string(place.peer));
      return with_remedy(fmt::format("drop {} 100%", link), patience.long_time,
                         fmt::format("drop {} 0%", link));
    }
  }
  return {};
}

std::string sentence_of(Mishap mishap, const Place& place, const Patience& patience) {
  const std::string node = dsys::to_string(place.node);
  const std::string where =
      fmt::format("event {}, at {}ms", place.event, place.time / std::chrono::milliseconds{1});
  const std::string long_time = dsys::to_string(patience.long_time);
  switch (mishap) {
    case Mishap::lost:
      return fmt::format("the message that {} sends ({}) is lost", node, where);
    case Mishap::repeated:
      return fmt::format("the message that {} sends ({}) arrives once more, {} later", node, where,
                         long_time);
    case Mishap::late:
      return fmt::format("the message that {} sends ({}) arrives {} late", node, where, long_time);
    case Mishap::crash:
      return fmt::format("{} crashes before it handles {}, for {}", node, where, long_time);
    case Mishap::power_loss:
      return fmt::format("{} loses power right after {}, for {}", node, where, long_time);
    case Mishap::blackout:
      return fmt::format("{} loses power right after {}, and is back {} later", node, where,
                         dsys::to_string(patience.short_time));
    case Mishap::pause:
      return fmt::format("{} pauses for {} from {} on", node, long_time, where);
    case Mishap::cut_off:
      return fmt::format("{} is cut off for {} from {} on", node, long_time, where);
    case Mishap::broken_off:
      return fmt::format("{} and {} do not hear each other for {} from {} on", node,
                         dsys::to_string(place.peer), long_time, where);
  }
  return {};
}

}  // namespace

std::string_view to_string(Mishap mishap) {
  return std::find_if(mishap_words.begin(), mishap_words.end(),
                      [&](const MishapWord& row) { return row.mishap == mishap; })
      ->word;
}

std::vector<Mishap> all_mishaps() {
  std::vector<Mishap> all;
  all.reserve(mishap_words.size());
  for (const MishapWord& row : mishap_words) all.push_back(row.mishap);
  return all;
}

std::vector<Misfortune> misfortunes(std::span<const Place> places, std::span<const Mishap> mishaps,
                                    const Patience& patience) {
  std::vector<Misfortune> all;
  for (const Mishap mishap : mishaps) {
    for (const Place& place : places) {
      const bool can_be = mishap != Mishap::broken_off || patience.has_connections;
      if (!can_be || !can_strike(mishap, place)) continue;
      all.push_back({.mishap = mishap,
                     .faults = faults_of(mishap, place, patience),
                     .sentence = sentence_of(mishap, place, patience)});
    }
  }
  return all;
}

std::vector<Misfortune> spread(const std::vector<Misfortune>& all, std::size_t most) {
  std::vector<Misfortune> some;
  for (auto first = all.begin(); first != all.end();) {
    const auto end = std::find_if(
        first, all.end(), [&](const Misfortune& one) { return one.mishap != first->mishap; });
    const auto count = static_cast<std::size_t>(end - first);
    const std::size_t wanted = std::min(count, most);
    for (std::size_t i = 0; i < wanted; ++i) {
      some.push_back(first[static_cast<std::ptrdiff_t>(i * count / wanted)]);
    }
    first = end;
  }
  return some;
}

}  // namespace dsys::check
