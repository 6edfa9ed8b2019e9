#include "common/cli/shell_words.hpp"

#include <string_view>

namespace dsys::cli {

std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@";
  constexpr std::string_view changed_in_double_quotes = "\"$`\\!";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  if (word.find_first_of(changed_in_double_quotes) == std::string::npos) return '"' + word + '"';
  std::string quoted = "'";
  for (const char letter : word) quoted += letter == '\'' ? "'\\''" : std::string(1, letter);
  return quoted + "'";
}

std::string shell_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + shell_word(word);
  return text;
}

}  // namespace dsys::cli
