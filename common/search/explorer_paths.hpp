// What an explorer does before a search and after it: the opening, and a path told or found again.
// Included by explorer.hpp only.
#pragma once

#include "common/search/explorer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsys::search {

// What stands before a mark, and behind it.
inline std::pair<std::string_view, std::string_view> cut(std::string_view text,
                                                         std::string_view mark) {
  const std::size_t place = std::min(text.find(mark), text.size());
  return {text.substr(0, place), text.substr(std::min(place + mark.size(), text.size()))};
}

template <Protocol P>
SearchOutcome Explorer<P>::search(const SearchLimits& limits,
                                  const std::function<void(const SearchCounts&)>& progress) {
  Search<Explorer> search(*this, limits);
  search.progress = progress;
  SearchOutcome outcome = search.run();
  outcome.path = really(outcome.path);
  return outcome;
}

template <Protocol P>
void Explorer<P>::tell(const std::vector<std::uint32_t>& path, Observer<P>& observer) {
  telling_ = Telling<P>(observer);
  const ToldUntilHere end(telling_);
  (void)after(path);
}

template <Protocol P>
Step<P> Explorer<P>::step_of(std::uint32_t label) const {
  const StepKind kind = kind_of(label);
  const std::uint32_t id = id_of(label);
  Step<P> step{.kind = kind, .variant = variant_of(label)};
  if (kind == StepKind::fire) {
    step.node = seats_[alarms_[id].seat].id;
    step.timer = &alarms_[id].timer;
  } else if (kind < StepKind::fire) {
    step.node = letters_[id].to;
    step.from = letters_[id].from;
    step.message = &letters_[id].message;
  } else {
    step.node = seats_[id].id;
  }
  return step;
}

template <Protocol P>
std::optional<std::uint32_t> Explorer<P>::label_of(const std::vector<std::uint32_t>& path,
                                                   const Step<P>& wanted) {
  const std::vector<std::uint32_t> words = after(path);
  Successors next;
  follow_all(*this, {.words = words, .is_root = true, .before = {}}, next);
  for (const std::uint32_t label : next.labels()) {
    if (is_same(step_of(label), wanted)) return label;
  }
  return std::nullopt;
}

template <Protocol P>
void Explorer<P>::say_stimulus(StimulusKind kind, NodeId node, const Strike& strike) {
  if (!telling_.is_on()) return;
  const std::string name = to_string(node);
  if (kind == StimulusKind::crash) say(name + " crashes: its memory is gone, its disk stays");
  if (kind == StimulusKind::power_loss) {
    say(name + " loses power: its memory is gone, and what it has not synced");
  }
  if (kind == StimulusKind::restart) say(name + " restarts with what its disk kept");
  if (kind == StimulusKind::wait) say("a long time passes for " + name);
  if (strike.before_sync > 0) {
    say(name + (strike.power ? " is about to lose power before a sync"
                             : " is about to crash before a sync"));
  }
}

template <Protocol P>
std::vector<std::uint32_t> Explorer<P>::open() {
  std::vector<std::uint32_t> words(first_life + seats_.size(), 0);
  std::vector<std::uint32_t> queue;  // in the order in which they were sent
  for (std::uint32_t seat = 0; seat < seats_.size(); ++seat) {
    words[first_life + seat] = life_of({.id = seats_[seat].id});
  }
  for (std::uint32_t seat = 0; seat < seats_.size(); ++seat) {
    happen(words, seat, StimulusKind::start, 0, queue);
  }
  for (const std::string_view step : exploration_.opening) open_step(step, words, queue);
  std::sort(queue.begin(), queue.end());
  words.insert(words.end(), queue.begin(), queue.end());
  return words;
}

template <Protocol P>
std::vector<std::uint32_t> Explorer<P>::after(const std::vector<std::uint32_t>& path) {
  std::vector<std::uint32_t> words = open();
  for (const std::uint32_t label : path) take_step(words, label);
  return words;
}

template <Protocol P>
void Explorer<P>::open_step(std::string_view text, std::vector<std::uint32_t>& words,
                            std::vector<std::uint32_t>& queue) {
  const auto [verb, rest] = cut(text, " ");
  const auto is_of_type = [&](std::string_view type) {
    return [this, type](std::uint32_t one) { return type_of(letters_[one].message) == type; };
  };
  if (verb == "settle") return settle(cut(rest, "but ").second, words, queue);
  if (rest.find("->") != std::string_view::npos) return open_link(text, words, queue);
  if (verb == "lose") {
    queue.erase(std::remove_if(queue.begin(), queue.end(), is_of_type(rest)), queue.end());
    return;
  }
  const auto [node, timer] = cut(rest, " ");
  const auto id = parse_node_id(node);
  DSYS_ASSERT(id.has_value());
  const std::uint32_t seat = seat_of(*id);
  if (verb == "fire") {
    for (const auto& one : lives_[words[first_life + seat]].timers) {
      if (type_of(one) != timer) continue;
      return happen(words, seat, StimulusKind::timer, alarm_of(seat, one), queue);
    }
    throw Unsearchable(
        *id, "has not set the timer " + std::string(timer) + ", with which the search opens");
  }
  constexpr std::array<std::pair<std::string_view, StimulusKind>, 4> verbs{
      {{"crash", StimulusKind::crash},
       {"power-loss", StimulusKind::power_loss},
       {"restart", StimulusKind::restart},
       {"wait", StimulusKind::wait}}};
  for (const auto& known : verbs) {
    if (known.first == verb) return happen(words, seat, known.second, 0, queue);
  }
  DSYS_ASSERT(false);
}

// "deliver n1->n2" or "lose n1->n2": the oldest message under way between the two.
template <Protocol P>
void Explorer<P>::open_link(std::string_view text, std::vector<std::uint32_t>& words,
                            std::vector<std::uint32_t>& queue) {
  const auto [verb, link] = cut(text, " ");
  const auto [from_name, to_name] = cut(link, "->");
  const auto from = parse_node_id(from_name);
  const auto to = parse_node_id(to_name);
  const auto found = std::find_if(queue.begin(), queue.end(), [&](std::uint32_t one) {
    return letters_[one].from == from && letters_[one].to == to;
  });
  if (found == queue.end()) {
    throw Unsearchable(from.value_or(NodeId{}),
                       "has sent no message that the opening could " + std::string(text));
  }
  const std::uint32_t letter = *found;
  queue.erase(found);
  if (verb == "deliver") {
    happen(words, letter_seats_[letter], StimulusKind::message, letter, queue);
  }
}

// Delivers messages in the order in which they were sent, until only those of the type `but` are
// left.
template <Protocol P>
void Explorer<P>::settle(std::string_view but, std::vector<std::uint32_t>& words,
                         std::vector<std::uint32_t>& queue) {
  std::vector<std::uint32_t> left;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const std::uint32_t letter = queue[i];
    const std::uint32_t seat = letter_seats_[letter];
    if (i == settling_most) throw Unsearchable(letters_[letter].from, "never stops sending");
    if (type_of(letters_[letter].message) == but) {
      left.push_back(letter);
    } else if (lives_[words[first_life + seat]].is_up()) {
      happen(words, seat, StimulusKind::message, letter, queue);
    }
  }
  queue = std::move(left);
}

template <Protocol P>
void Explorer<P>::happen(std::vector<std::uint32_t>& words, std::uint32_t seat, StimulusKind kind,
                         std::uint32_t id, std::vector<std::uint32_t>& queue) {
  say_stimulus(kind, seats_[seat].id, Strike{});
  Choices choices;
  const Outcome outcome = one_way(words[first_life + seat], kind, id, choices, {});
  words[first_life + seat] = outcome.life;
  words[monitor_word] = judged(*this, words[monitor_word], outcome.observation);
  queue.insert(queue.end(), in_order_.begin(), in_order_.end());
}

template <Protocol P>
void Explorer<P>::take_step(std::vector<std::uint32_t>& words, std::uint32_t label) {
  const StepKind kind = kind_of(label);
  const std::uint32_t id = id_of(label);
  telling_.begin_step();
  const bool is_message = kind < StepKind::fire;
  const std::uint32_t seat = is_message               ? letter_seats_[id]
                             : kind == StepKind::fire ? alarms_[id].seat
                                                      : id;
  const auto letters = words.begin() + static_cast<std::ptrdiff_t>(first_life + seats_.size());
  if (is_message) {
    const auto place = std::lower_bound(letters, words.end(), id);
    DSYS_ASSERT(place != words.end() && *place == id);
    if (kind != StepKind::duplicate) words.erase(place);
  }
  if (kind == StepKind::duplicate) say("the network delivers this message, and keeps a copy");
  if (kind == StepKind::lose) {
    tell({.kind = EventKind::lose,
          .node = letters_[id].to,
          .peer = letters_[id].from,
          .message = &letters_[id].message,
          .text = lives_[words[first_life + seat]].is_up() ? "the network loses it"
                                                           : "the node is down"});
    return;
  }
  const Outcome outcome =
      take_way(words[first_life + seat], stimulus_kind(kind),
               is_message || kind == StepKind::fire ? id : 0, variant_of(label));
  words[first_life + seat] = outcome.life;
  words[monitor_word] = judged(*this, words[monitor_word], outcome.observation);
  for (std::uint32_t i = 0; i < outcome.sent_count; ++i) {
    const std::uint32_t sent = sent_[outcome.sent_begin + i];
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(first_life + seats_.size());
    words.insert(std::upper_bound(begin, words.end(), sent), sent);
  }
}

template <Protocol P>
typename Explorer<P>::Outcome Explorer<P>::take_way(std::uint32_t life, StimulusKind kind,
                                                    std::uint32_t id, std::uint32_t variant) {
  Outcome taken;
  std::uint32_t number = 0;
  for_each_way(life, kind, [&](Choices& choices, const Strike& strike) {
    telling_.silence(number != variant);
    say_stimulus(kind, lives_[life].id, strike);
    const Outcome outcome = one_way(life, kind, id, choices, strike);
    if (number++ == variant) taken = outcome;
    return syncs_of_last_way_;
  });
  telling_.silence(false);
  // A program of somebody else's may have looked at a clock.
  const Outcomes* const known = outcomes_.find(key_of(life, kind, id));
  const bool is_known = known != nullptr && variant < known->count;
  const Outcome& before = is_known ? outcome_list_[known->begin + variant] : taken;
  const bool all_names = (before.observation & under_all_names) != 0;
  const std::uint32_t seen =
      all_names ? together_[before.observation & ~under_all_names][0] : before.observation;
  const bool is_same = before.life == taken.life && seen == taken.observation;
  if (variant < number && is_same) return taken;
  throw Unsearchable(lives_[life].id,
                     "answers differently when it is given the same state and event again");
}

template <Protocol P>
StimulusKind Explorer<P>::stimulus_kind(StepKind kind) {
  switch (kind) {
    case StepKind::fire:
      return StimulusKind::timer;
    case StepKind::crash:
      return StimulusKind::crash;
    case StepKind::power_loss:
      return StimulusKind::power_loss;
    case StepKind::restart:
      return StimulusKind::restart;
    case StepKind::wait:
      return StimulusKind::wait;
    default:
      return StimulusKind::message;
  }
}

}  // namespace dsys::search
