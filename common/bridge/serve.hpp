// The other end of the protocol: speaks it on standard input and output for a node of ours.
#pragma once

#include "common/bridge/wire.hpp"
#include "common/core/error.hpp"
#include "common/core/node.hpp"

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dsys::bridge {

// Whoever explores is given states as numbers: a node of ours can be copied and compared, so each
// different one is kept here.
template <Protocol P>
class Servant {
 public:
  using Make = std::function<NodeFactory<P>(NodeId self, const typename P::Config& config)>;

  explicit Servant(Make make) : make_(std::move(make)) {}

  // The answer to one event. Throws BadValue.
  std::string answer(const std::string& line) {
    const Json event = parse_line(line);
    const auto& kind = string_of(event, "event");
    Effects<P> effects;
    if (kind == "init") {
      begin(event);
      return std::string(renewing_line);
    }
    if (kind == "end") {
      node_.reset();
      return EffectWriter<P>().line(effects);
    }
    if (!node_) {
      throw BadValue("the first event must be init, not " + kind);
    }
    if (wants_state_) restore(event, kind);
    handle(event, kind, effects);
    std::string reply = EffectWriter<P>().line(effects);
    if (!wants_state_) return reply;
    const auto number = saved();
    return number ? with_state(std::move(reply), std::to_string(*number)) : reply;
  }

 private:
  static const std::string& string_of(const Json& event, std::string_view name) {
    const Json& value = member_of(event, name, "an event");
    if (!value.is_string()) throw BadValue(fmt::format("{} must be a string", name));
    return value.get_ref<const std::string&>();
  }
  static std::int64_t number_of(const Json& event, std::string_view name) {
    const Json& value = member_of(event, name, "an event");
    if (!value.is_number_integer()) throw BadValue(fmt::format("{} must be a number", name));
    return value.get<std::int64_t>();
  }

  void begin(const Json& event) {
    typename P::Config config{};
    Reader().read_struct(member_of(event, "config", "init"), config);
    self_ = node_in(event, "self", "init");
    seed_ = static_cast<std::uint64_t>(number_of(event, "seed"));
    random_ = Random(seed_);
    factory_ = make_(self_, config);
    node_ = factory_();
    states_.clear();
    numbers_.clear();
    const Json* const wants_state = find_member(event, "wants_state");
    wants_state_ = wants_state != nullptr && *wants_state == true;
  }

  // The same state and event must give the same answer, so chance begins anew with each event.
  void restore(const Json& event, const std::string& kind) {
    random_ = Random(seed_);
    if (kind == "start") {
      node_ = factory_();
      return;
    }
    const std::int64_t number = number_of(event, "state");
    if (number < 0 || std::cmp_greater_equal(number, states_.size())) {
      throw BadValue(fmt::format("there was no state {}", number));
    }
    node_ = states_[static_cast<std::size_t>(number)]->clone();
  }

  // The number of the state that the node is in; none if it cannot be copied.
  std::optional<std::size_t> saved() {
    auto copy = node_->clone();
    if (copy == nullptr) return std::nullopt;
    std::string bytes;
    node_->encode_to(bytes);
    const auto [known, is_new] = numbers_.emplace(std::move(bytes), states_.size());
    if (is_new) states_.push_back(std::move(copy));
    return known->second;
  }

  void handle(const Json& event, const std::string& kind, Effects<P>& effects) {
    const Moment moment{.self = self_,
                        .now = Time(number_of(event, "now_ns")),
                        .wall_clock = WallTime(Duration(number_of(event, "wall_ns"))),
                        .seed = seed_};
    Context<P> context(moment, random_, effects);
    Reader reader;
    if (kind == "start") {
      std::vector<typename P::Record> disk;
      for (const Json& record : member_of(event, "disk", "start")) {
        disk.push_back(reader.read_variant<typename P::Record>(record, "a record"));
      }
      node_->on_start(context, disk);
    } else if (kind == "message") {
      node_->on_message(
          context, node_in(event, "from", kind),
          reader.read_variant<typename P::Message>(member_of(event, "message", kind), "a message"));
    } else if (kind == "timer") {
      node_->on_timer(context, reader.read_variant<typename P::Timer>(
                                   member_of(event, "timer", kind), "a timer"));
    } else {
      throw BadValue(
          fmt::format("there is no event {}; the events are init, start, message, timer, end",
                      in_quotes(kind)));
    }
  }

  Make make_;
  NodeFactory<P> factory_;
  bool wants_state_ = false;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::unique_ptr<Node<P>>> states_;
  std::unique_ptr<Node<P>> node_;
  NodeId self_{};
  std::uint64_t seed_ = 0;
  Random random_{0};
};

// Answers events until the input ends. Throws UsageError that names the line.
template <Protocol P>
void serve(typename Servant<P>::Make make, std::istream& input, std::ostream& output) {
  Servant<P> servant(std::move(make));
  std::string line;
  for (std::uint64_t number = 1; std::getline(input, line); ++number) {
    try {
      output << servant.answer(line) << '\n' << std::flush;
    } catch (const BadValue& error) {
      throw UsageError(fmt::format("line {} of the input: {}", number, error.what()));
    }
  }
}

}  // namespace dsys::bridge
