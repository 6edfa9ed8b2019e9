# Sourced by the scripts that try a kit: a kit of its own for each, and what its dsys.json says.

# How the kit in a folder is built or run: words_of build DIR
words_of() { sed -n "s/.*\"$1\":\[\[*\([^]]*\)\].*/\1/p" "$2/dsys.json" | tr -d '"' | tr , ' '; }

# Ends with 77, which ctest calls skipped, if the language of the kit in a folder is not installed here.
skip_without_language() {
  local build run tool
  build=$(words_of build "$1") run=$(words_of run "$1")
  for tool in "${build%% *}" "${run%% *}"; do
    [[ -z $tool || $tool == ./* ]] || command -v "$tool" >/dev/null || {
      echo "skipped: $tool is not installed"
      exit 77
    }
  done
}
