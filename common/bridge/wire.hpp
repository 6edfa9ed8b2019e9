// The lines of the node protocol, both ways: events to a program, its effects back. README.md
// is their specification.
#pragma once

#include "common/bridge/reading.hpp"
#include "common/core/context.hpp"
#include "common/trace/value_text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::bridge {

constexpr std::size_t effects_max = 10'000;  // of one answer

// What a program is told before it starts.
struct Introduction {
  NodeId self{};
  std::vector<NodeId> nodes;
  std::string role;
  std::string config;  // JSON
  std::uint64_t seed = 0;
  WallTime wall_clock{};
  bool wants_state = false;  // it is explored: its answers carry its state
};

std::string init_line(const Introduction& introduction);

// The last of a life, for a program that lives more than one.
constexpr std::string_view end_line = R"({"event":"end"})";
// The answer of such a program to init.
constexpr std::string_view renewing_line = R"({"effects":[],"renews":true})";

// `{"event":"timer","now_ns":..,"wall_ns":..` : what every later event begins with.
std::string event_head(std::string_view event, Time now, WallTime wall_clock);

// The line of an event or an answer, with a member more: JSON text.
std::string with_state(std::string line, std::string_view state);

template <Protocol P>
std::string start_line(const Context<P>& context, std::span<const typename P::Record> disk) {
  std::string line = event_head("start", context.now(), context.wall_clock()) + R"(,"disk":[)";
  for (const auto& record : disk) {
    if (line.back() != '[') line += ',';
    append_tagged_json(line, value_of(record));
  }
  return line + "]}";
}

template <Protocol P>
std::string message_line(const Context<P>& context, NodeId from,
                         const typename P::Message& message) {
  std::string line = event_head("message", context.now(), context.wall_clock());
  line += R"(,"from":")" + to_string(from) + R"(","message":)";
  append_tagged_json(line, value_of(message));
  return line + '}';
}

template <Protocol P>
std::string timer_line(const Context<P>& context, const typename P::Timer& timer) {
  std::string line = event_head("timer", context.now(), context.wall_clock()) + R"(,"timer":)";
  append_tagged_json(line, value_of(timer));
  return line + '}';
}

// --- Answers ---

template <Protocol P>
class EffectWriter {
 public:
  std::string line(const Effects<P>& effects) {
    out_ = R"({"effects":[)";
    for (const Effect<P>& effect : effects) {
      if (out_.back() != '[') out_ += ',';
      std::visit([this](const auto& one) { this->append(one); }, effect);
    }
    return std::move(out_ += "]}");
  }

 private:
  void append(const Send<P>& effect) {
    out_ += R"({"send":{"to":")" + to_string(effect.to) + R"(","message":)";
    append_tagged_json(out_, value_of(effect.message));
    out_ += "}}";
  }
  void append(const SetTimer<P>& effect) {
    out_ += R"({"set_timer":{"timer":)";
    append_tagged_json(out_, value_of(effect.timer));
    out_ += fmt::format(R"(,"after_ns":{}}}}})", effect.after.count());
  }
  void append(const CancelTimer<P>& effect) {
    out_ += R"({"cancel_timer":{"timer":)";
    append_tagged_json(out_, value_of(effect.timer));
    out_ += "}}";
  }
  void append(const Write<P>& effect) {
    out_ += R"({"write":)";
    append_tagged_json(out_, value_of(effect.record));
    out_ += '}';
  }
  void append(const Sync& /*effect*/) { out_ += R"({"sync":true})"; }
  void append(const Emit<P>& effect) {
    out_ += R"({"emit":)";
    append_tagged_json(out_, value_of(effect.output));
    out_ += '}';
  }
  void append(const Note& effect) { out_ += R"({"note":)" + json_quoted(effect.text) + '}'; }

  std::string out_;
};

// The list of effects in an answer. Throws BadValue.
const Json& effects_in(const Json& answer);

// The member of an object that must be there. Throws BadValue; `what` is where: "send".
const Json& member_of(const Json& object, std::string_view name, std::string_view what);
NodeId node_in(const Json& object, std::string_view name, std::string_view what);
Duration read_after(const Json& set_timer);

// One effect of an answer. Throws BadValue.
template <Protocol P>
Effect<P> read_effect(const Json& json) {
  if (!json.is_object() || json.size() != 1) {
    throw BadValue("must be an object with one member, not " + shown(json));
  }
  const std::string& kind = json.begin().key();
  const Json& value = json.begin().value();
  Reader reader;
  const auto timer = [&] {
    return reader.read_variant<typename P::Timer>(member_of(value, "timer", kind), "a timer");
  };
  if (kind == "send") {
    return Send<P>{node_in(value, "to", kind), reader.read_variant<typename P::Message>(
                                                   member_of(value, "message", kind), "a message")};
  }
  if (kind == "set_timer") return SetTimer<P>{timer(), read_after(value)};
  if (kind == "cancel_timer") return CancelTimer<P>{timer()};
  if (kind == "write") return Write<P>{reader.read_variant<typename P::Record>(value, "a record")};
  if (kind == "emit") return Emit<P>{reader.read_variant<typename P::Output>(value, "an output")};
  if (kind == "sync" && value == true) return Sync{};
  if (kind == "note" && value.is_string()) return Note{value.template get<std::string>()};
  throw BadValue(
      fmt::format("{} is not an effect; the effects are send, set_timer, cancel_timer, write, "
                  "\"sync\":true, emit, and note with a string",
                  shown(json)));
}

// Appends what an answer asks for. Throws BadValue.
template <Protocol P>
void read_effects(const Json& answer, Effects<P>& effects) {
  const Json& list = effects_in(answer);
  effects.reserve(effects.size() + list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    try {
      effects.push_back(read_effect<P>(list[i]));
    } catch (const BadValue& error) {
      throw BadValue(fmt::format("effect {}: {}", i + 1, error.what()));
    }
  }
}

}  // namespace dsys::bridge
