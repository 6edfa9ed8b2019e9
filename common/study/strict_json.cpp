#include "common/study/strict_json.hpp"

#include "common/core/error.hpp"

#include <utility>
#include <vector>

namespace dsys::study {
namespace {

constexpr std::size_t depth_max = 32;

// Builds the value of a text, and refuses what a plain parser would accept: a member that is there
// twice, a number of which digits would be lost, lists in lists without end.
class StrictBuilder final : public nlohmann::json_sax<Json> {
 public:
  StrictBuilder(Json& root, JsonFault& fault) : root_(root), fault_(fault) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    const bool is_whole = text.find_first_of(".eE") == string_t::npos;
    if (is_whole) return refuse("has a number of more than 64 bits; write it as a string");
    return add(value);
  }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return refuse("has binary data"); }
  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) return refuse(in_quotes(name) + " is there twice");
    name_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    constexpr int too_large = 406;
    if (error.id == too_large) return refuse("has a number that is too large");
    fault_.no_json_at = position;
    return refuse("is no JSON");
  }

 private:
  bool refuse(std::string text) {
    fault_.complaint = std::move(text);
    return false;
  }

  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &((*open_.back())[name_] = std::move(value));
    open_.back()->push_back(std::move(value));
    return &open_.back()->back();
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() == depth_max) return refuse("has lists in lists too deep");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  JsonFault& fault_;
  std::vector<Json*> open_;  // a child is complete before its parent gets the next: none moves
  std::string name_;
};

}  // namespace

std::optional<Json> parse_strictly(std::string_view text, JsonFault& fault) {
  Json root;
  StrictBuilder builder(root, fault);
  if (Json::sax_parse(text, &builder)) return root;
  return std::nullopt;
}

}  // namespace dsys::study
