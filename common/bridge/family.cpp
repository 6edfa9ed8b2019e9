#include "common/bridge/family.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace dsys::bridge {
namespace {

namespace files = std::filesystem;

// Calls visit(folder) for each thread of a process, as the kernel lists them.
template <typename Visit>
void for_each_thread(pid_t process, Visit&& visit) {
  std::error_code gone;
  files::directory_iterator threads(fmt::format("/proc/{}/task", process), gone);
  for (; threads != files::directory_iterator(); threads.increment(gone)) visit(threads->path());
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  for_each_thread(process, [&](const files::path& thread) {
    std::ifstream file(thread / "children");
    for (pid_t child = 0; file >> child;) children.push_back(child);
  });
  return children;
}

// Bytes of memory that a process has in use; 0 once it is gone.
std::uint64_t memory_of(pid_t process) {
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::ifstream file(fmt::format("/proc/{}/statm", process));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * page;
}

struct Status {
  char state = 'Z';
  Duration cpu{};
};

// From a `stat` file of a process or a thread: see proc(5). Its second field, the name in brackets,
// may hold anything.
Status status_of(const files::path& folder) {
  std::ifstream file(folder / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  Status status;
  fields >> status.state;
  std::string skipped;
  for (int field = 4; field < 14; ++field) fields >> skipped;
  static const std::int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  std::int64_t ticks = 0;
  for (int field = 14; field <= 17; ++field) {  // user and system, its own and its children's
    std::int64_t more = 0;
    fields >> more;
    ticks += more;
  }
  status.cpu = std::chrono::seconds{1} * ticks / ticks_per_second;
  return status;
}

bool wants_to_run(pid_t process) {
  bool wants = false;
  for_each_thread(process, [&](const files::path& thread) {
    constexpr std::string_view waiting_for_the_machine = "RDTt";
    wants =
        wants || waiting_for_the_machine.find(status_of(thread).state) != std::string_view::npos;
  });
  return wants;
}

}  // namespace

std::vector<pid_t> family_of(pid_t process, std::size_t most) {
  std::vector<pid_t> family{process};
  for (std::size_t i = 0; i < family.size() && family.size() <= most; ++i) {
    const std::vector<pid_t> children = children_of(family[i]);
    family.insert(family.end(), children.begin(), children.end());
  }
  return family;
}

FamilyUse use_of(const std::vector<pid_t>& family) {
  FamilyUse use{.processes = family.size()};
  for (const pid_t member : family) {
    use.memory += memory_of(member);
    use.cpu += status_of(fmt::format("/proc/{}", member)).cpu;
    use.wants_to_run = use.wants_to_run || wants_to_run(member);
  }
  return use;
}

}  // namespace dsys::bridge
