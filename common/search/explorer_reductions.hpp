// What an explorer does not follow because something else comes to the same: of two deliveries to
// different nodes the other order, and of states that are equal up to the names of nodes that play
// the same part all but one. Included by explorer.hpp only.
//
// That nodes play the same part is declared (Exploration::symmetric), and each time that it is used
// it is looked after. When a node is asked what it does, it is asked under all names, and its ways
// must be the same up to these names; when properties are shown what was seen, they are shown it
// under all names, and must agree. So what is left out is, step for step, what is followed under
// other names: nothing is missed, whatever the nodes are, and wherever the search begins. Where the
// comparison fails, the search begins anew without it.
#pragma once

#include "common/search/explorer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace dsys::search {

// --- Two deliveries to different nodes ---
//
// If this state was reached first by delivering an earlier message to another node, and this
// message was under way before, then the other order comes to the same state, and that one is
// followed. Earlier is meant in a fixed order of all messages, so that not both are left out:
// of the ways to a state, the last steps only grow along the orders that are left out, hence one
// remains, and it is not longer. The properties must agree to the exchange.
//
// Messages that change their names keep no fixed order: where names are merged, all are followed.

template <Protocol P>
template <typename Self>
typename Explorer<P>::Redundance Explorer<P>::is_redundant(Self& self, const Visit& at,
                                                           std::uint32_t letter,
                                                           const Outcomes& ways) {
  const bool reduces = self.reduces_.orders && !self.merges();
  if (!reduces || at.is_root || kind_of(at.label) != StepKind::deliver) return Redundance::no;
  const std::uint32_t other = id_of(at.label);
  const std::uint32_t other_seat = self.letter_seats_[other];
  if (letter >= other || other_seat == self.letter_seats_[letter]) return Redundance::no;
  const auto letters_before = at.before.subspan(first_life + self.seats_.size());
  if (!std::binary_search(letters_before.begin(), letters_before.end(), letter)) {
    return Redundance::no;
  }
  const std::uint32_t life_before = at.before[first_life + other_seat];
  const Outcomes other_ways = outcomes(self, life_before, StimulusKind::message, other);
  if (other_ways.count == 0) return Redundance::unknown;
  const std::uint32_t seen_other =
      self.outcome_list_[other_ways.begin + variant_of(at.label)].observation;
  for (std::uint32_t i = 0; i < ways.count; ++i) {
    const std::uint32_t seen = self.outcome_list_[ways.begin + i].observation;
    const std::uint32_t straight = judged(self, at.words[monitor_word], seen);
    const std::uint32_t first = judged(self, at.before[monitor_word], seen);
    if (straight == no_monitor || first == no_monitor) return Redundance::unknown;
    const std::uint32_t exchanged = judged(self, first, seen_other);
    if (exchanged == no_monitor) return Redundance::unknown;
    if (exchanged != straight) return Redundance::no;
  }
  return Redundance::yes;
}

// --- Names ---

// All permutations of the names; number 0 changes nothing.
template <Protocol P>
void Explorer<P>::take_symmetric(const Judges& judges) {
  std::vector<NodeId> names = exploration_.symmetric;
  if (names.size() < 2) return;
  std::sort(names.begin(), names.end());
  const Renaming nothing(names, names);
  for (const Seat& seat : seats_) {
    if (seat.factory()->renamed(nothing) != nullptr) continue;
    asymmetry_ = to_string(seat.id) + " does not show which names it keeps";
    return;
  }
  for (const auto& one : judges) {
    if (one->renamed(nothing) != nullptr) continue;
    asymmetry_ = "a property does not show which names it keeps";
    return;
  }

  std::map<std::vector<NodeId>, std::uint32_t> numbers;
  std::vector<NodeId> renamed = names;
  do {
    numbers.emplace(renamed, static_cast<std::uint32_t>(renamings_.size()));
    renamings_.emplace_back(names, renamed);
    for (const Seat& seat : seats_) {
      renamed_seats_.push_back(seat_of(renamings_.back().of(seat.id)));
    }
  } while (std::next_permutation(renamed.begin(), renamed.end()));
  DSYS_ASSERT(renamings_.size() <= renamings_most);
  for (const Renaming& last : renamings_) {
    for (const Renaming& first : renamings_) {
      for (std::size_t i = 0; i < names.size(); ++i) renamed[i] = last.of(first.of(names[i]));
      one_after_other_.push_back(numbers.at(renamed));
    }
  }
}

// Fills the table for something new, whose number under the renaming i is `number_under(i)`, and
// for all that it is renamed to. Two renamings in a row must come to what the one does that is
// both: a type that renames itself may have it wrong.
template <Protocol P>
template <typename NumberUnder>
void Explorer<P>::number_renamed(std::vector<std::uint32_t>& table, std::uint32_t number,
                                 NumberUnder&& number_under) {
  const auto count = static_cast<std::uint32_t>(renamings_.size());
  std::vector<std::uint32_t> numbers{number};
  numbers.reserve(count);
  for (std::uint32_t i = 1; i < count; ++i) numbers.push_back(number_under(i));
  const std::uint32_t highest = *std::max_element(numbers.begin(), numbers.end());
  constexpr std::uint32_t none = UINT32_MAX;
  table.resize(std::max(table.size(), (std::size_t{highest} + 1) * count), none);
  for (std::uint32_t first = 0; first < count; ++first) {
    for (std::uint32_t last = 0; last < count; ++last) {
      std::uint32_t& under = table[numbers[first] * count + last];
      const std::uint32_t both = numbers[one_after_other_[last * count + first]];
      if (under != none && under != both) throw Asymmetry("names that change twice do not add up");
      under = both;
    }
  }
}

// Of a state under all names, the one with the smallest words takes its place: lives first, since
// most states differ in these already. Tells which renaming led there.
template <Protocol P>
std::uint32_t Explorer<P>::canonical(std::span<std::uint32_t> words) const {
  const std::size_t seats = seats_.size();
  const auto count = static_cast<std::uint32_t>(renamings_.size());
  using Lives = std::array<std::uint32_t, seats_most>;
  Lives least{};
  std::array<std::uint32_t, renamings_most> equal;  // NOLINT: filled as far as it is used
  std::size_t equal_count = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Lives lives{};
    for (std::size_t seat = 0; seat < seats; ++seat) {
      lives[renamed_seats_[i * seats + seat]] =
          renamed_lives_[words[first_life + seat] * count + i];
    }
    if (i > 0 && least < lives) continue;
    if (i == 0 || lives < least) equal_count = 0;
    least = lives;
    equal[equal_count++] = i;
  }
  if (equal_count == 1 && equal[0] == 0) return 0;

  using Rest = std::array<std::uint32_t, words_most>;  // the monitor, and the letters in order
  const std::size_t first_letter = first_life + seats;
  const std::size_t rest_size = 1 + words.size() - first_letter;
  Rest best;  // NOLINT: filled as far as it is used
  Rest rest;  // NOLINT: the same
  std::uint32_t chosen = 0;
  for (std::size_t k = 0; k < equal_count; ++k) {
    rest[0] = renamed_monitors_[words[monitor_word] * count + equal[k]];
    for (std::size_t i = 1; i < rest_size; ++i) {
      rest[i] = renamed_letters_[words[first_letter + i - 1] * count + equal[k]];
    }
    std::sort(rest.begin() + 1, rest.begin() + rest_size);
    const bool is_less = std::lexicographical_compare(rest.begin(), rest.begin() + rest_size,
                                                      best.begin(), best.begin() + rest_size);
    if (k > 0 && !is_less) continue;
    std::copy_n(rest.begin(), rest_size, best.begin());
    chosen = equal[k];
  }
  words[monitor_word] = best[0];
  std::copy_n(least.begin(), seats, words.begin() + first_life);
  std::copy_n(best.begin() + 1, rest_size - 1,
              words.begin() + static_cast<std::ptrdiff_t>(first_letter));
  return chosen;
}

template <Protocol P>
std::uint32_t Explorer<P>::renamed_id(StimulusKind kind, std::uint32_t id, std::uint32_t renaming) {
  if (kind == StimulusKind::message) return renamed_letters_[id * renamings_.size() + renaming];
  if (kind != StimulusKind::timer) return id;
  const Alarm alarm = alarms_[id];
  return alarm_of(renamed_seats_[renaming * seats_.size() + alarm.seat],
                  renamed(alarm.timer, renamings_[renaming]));
}

// The path from the beginning with the names that the nodes really have. The search knows each step
// by the names of the state that took the place of the real one.
template <Protocol P>
std::vector<std::uint32_t> Explorer<P>::really(const std::vector<std::uint32_t>& path) {
  if (!merges()) return path;
  const auto count = static_cast<std::uint32_t>(renamings_.size());
  std::vector<std::uint32_t> words = root_;
  std::uint32_t changed = canonical(words);  // from the real names to those of `words`
  std::vector<std::uint32_t> real;
  real.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::uint32_t step = path[i];
    std::uint32_t back = 0;
    while (one_after_other_[back * count + changed] != 0) ++back;
    const StepKind kind = kind_of(step);
    const bool has_seat = kind > StepKind::fire;
    const std::uint32_t id = has_seat ? renamed_seats_[back * seats_.size() + id_of(step)]
                                      : renamed_id(stimulus_kind(kind), id_of(step), back);
    real.push_back(label(kind, variant_of(step), id));
    if (i + 1 == path.size()) break;  // the node may fail in the last one
    take_step(words, step);
    changed = one_after_other_[canonical(words) * count + changed];
  }
  return real;
}

// Asks the node what it does under other names; all must be the same but for these. What is seen is
// kept for all names together.
template <Protocol P>
void Explorer<P>::compare_ways(std::uint32_t life, StimulusKind kind, std::uint32_t id,
                               Outcomes ways) {
  const auto count = static_cast<std::uint32_t>(renamings_.size());
  std::vector<std::vector<std::uint32_t>> seen(ways.count);
  for (std::uint32_t i = 0; i < ways.count; ++i) {
    seen[i].push_back(outcome_list_[ways.begin + i].observation);
  }
  for (std::uint32_t renaming = 1; renaming < count; ++renaming) {
    const std::uint32_t other = renamed_lives_[life * count + renaming];
    const auto differ = [&] {
      throw Asymmetry(to_string(lives_[other].id) + " does not do what " +
                      to_string(lives_[life].id) + " does in its place");
    };
    std::uint32_t i = 0;
    for_each_way(other, kind, [&](Choices& choices, const Strike& strike) {
      const Outcome outcome = one_way(other, kind, renamed_id(kind, id, renaming), choices, strike);
      if (i == ways.count) differ();
      const Outcome& known = outcome_list_[ways.begin + i];
      std::vector<std::uint32_t> sent;
      sent.reserve(known.sent_count);
      for (std::uint32_t k = 0; k < known.sent_count; ++k) {
        sent.push_back(renamed_letters_[sent_[known.sent_begin + k] * count + renaming]);
      }
      std::sort(sent.begin(), sent.end());
      const bool is_same = outcome.life == renamed_lives_[known.life * count + renaming] &&
                           outcome.cost == known.cost &&
                           std::equal(sent.begin(), sent.end(), sent_.begin() + outcome.sent_begin,
                                      sent_.begin() + outcome.sent_begin + outcome.sent_count);
      if (!is_same) differ();
      seen[i++].push_back(outcome.observation);
      return syncs_of_last_way_;
    });
    if (i != ways.count) differ();
  }
  for (std::uint32_t i = 0; i < ways.count; ++i) {
    outcome_list_[ways.begin + i].observation = together(seen[i]);
  }
}

template <Protocol P>
std::uint32_t Explorer<P>::together(const std::vector<std::uint32_t>& seen) {
  const bool is_nothing =
      std::all_of(seen.begin(), seen.end(), [](std::uint32_t one) { return one == 0; });
  if (is_nothing) return 0;
  return under_all_names |
         number_of(together_numbers_, encoded(seen), [&] { together_.push_back(seen); });
}

// Whoever has a violation under one name must have one under each.
template <Protocol P>
std::uint32_t Explorer<P>::judge_together(std::uint32_t monitor, std::uint32_t observation) {
  const std::vector<std::uint32_t>& seen = together_[observation & ~under_all_names];
  const std::uint32_t next = judged(*this, monitor, seen[0]);
  const std::size_t count = renamings_.size();
  for (std::size_t i = 1; i < count; ++i) {
    const std::uint32_t other = judged(*this, renamed_monitors_[monitor * count + i], seen[i]);
    const bool is_broken = violations_[next] != no_violation;
    const bool is_same = is_broken ? violations_[other] != no_violation
                                   : other == renamed_monitors_[next * count + i];
    if (!is_same) throw Asymmetry("the properties judge by the names");
  }
  return next;
}

}  // namespace dsys::search
