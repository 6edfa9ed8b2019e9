// What a user sees, and what a program reads.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>

using namespace dsys;

namespace {

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("the list names all ten problems and says which are here") {
  const Json document = parsed("list --json");
  CHECK(document["problems"].size() == 10);
  CHECK(document["problems"][0]["name"] == "lock");
  CHECK(document["problems"][3]["name"] == "raft");
  CHECK(document["problems"][3]["available"] == true);
  CHECK(run_dsys("").out == run_dsys("list").out);
}

TEST_CASE("the default demo fits a screen or two and ends with its verdicts and the next command") {
  const Ran ran = run_dsys("raft");
  CHECK(ran.status == 0);
  CHECK(ran.out == run_dsys("raft demo").out);
  CHECK(lines_of(ran.out) <= 70);
  CHECK(ran.out.find("seed 1") != std::string::npos);
  const std::size_t verdicts = ran.out.find("Verdicts after");
  CHECK(verdicts != std::string::npos);
  CHECK(ran.out.find("Every message: dsys raft demo --scenario tour --seed 1") > verdicts);
  for (const char* part : {"becomes leader of term 1", "crashes", "becomes leader of term 2",
                           "restarts", "catches up"}) {
    CAPTURE(part);
    CHECK(ran.out.find(part) != std::string::npos);
  }
}

TEST_CASE("a pipe gets neither colour nor box characters") {
  for (const char* words :
       {"", "raft demo", "raft break", "raft list", "raft demo --lanes --trace messages"}) {
    const Ran ran = run_dsys(words);
    CAPTURE(words);
    CHECK(ran.out.find('\033') == std::string::npos);
    CHECK(std::all_of(ran.out.begin(), ran.out.end(),
                      [](char letter) { return static_cast<unsigned char>(letter) < 0x80; }));
  }
}

TEST_CASE("break shows the violation, and the reference beside it, and ends with status 1") {
  const Ran ran = run_dsys("raft break commit-old-term --schedule");
  CHECK(ran.status == 1);
  CHECK(ran.out.find("BROKEN    RF-S5") != std::string::npos);
  CHECK(ran.out.find("The reference under the same schedule") != std::string::npos);
  CHECK(ran.out.find("holds     RF-S5") != std::string::npos);
  CHECK(run_dsys("raft break raft.commit-old-term --schedule").out == ran.out);
}

TEST_CASE("a violation ends demo and check with status 1") {
  CHECK(run_dsys("raft demo --scenario retries --impl flaw:no-session").status == 1);
  CHECK(run_dsys("raft check --scenario retries --impl flaw:no-session --seeds 3").status == 1);
  CHECK(run_dsys("raft check --scenario retries --seeds 3").status == 0);
}

TEST_CASE("check gives the same report with one job and with many") {
  const std::string words =
      "raft check --scenario partition --impl flaw:no-prev-check --seeds 8 --jobs ";
  CHECK(run_dsys(words + "1").out == run_dsys(words + "3").out);
}

TEST_CASE("check and demo agree on the event at which a property broke") {
  const Json swept =
      parsed("raft check --scenario retries --impl flaw:no-session --seeds 5 --json");
  const auto& sweep = swept["scenarios"][0];
  const auto seed = std::to_string(sweep["first_broken_seed"].get<int>());
  const Json run =
      parsed("raft demo --scenario retries --impl flaw:no-session --json --seed " + seed);
  const auto broken =
      std::find_if(run["verdicts"].begin(), run["verdicts"].end(),
                   [&](const Json& one) { return one["id"] == sweep["violations"][0]["id"]; });
  REQUIRE(broken != run["verdicts"].end());
  CHECK((*broken)["event"] == sweep["violations"][0]["event"]);
}

TEST_CASE("every report has one JSON document and nothing else") {
  CHECK(parsed("raft demo --json")["verdicts"].size() > 10);
  CHECK(parsed("raft demo --json --trace all")["trace"].size() > 500);
  CHECK(parsed("raft list --json")["scenarios"].size() > 10);
  CHECK(parsed("raft break --json")["flaws"].size() == 26);
  CHECK(parsed("raft break local-read --json")["verdict"]["outcome"] == "broken");
  CHECK(parsed("raft check --seeds 2 --scenario tour --json")["violation"] == false);
}

TEST_CASE("a trace as JSON lines has one object a line") {
  std::string text = run_dsys("raft demo --trace json").out;
  std::size_t lines = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    CHECK(Json::accept(text.substr(0, end)));
    text.erase(0, end + 1);
    ++lines;
  }
  CHECK(lines > 500);
}

TEST_CASE("faults from the command line strike, whether by time, by event or by chance") {
  CHECK(run_dsys("raft demo --fault '300ms crash leader'").out.find("300ms  --  n5 crashes") !=
        std::string::npos);
  CHECK(run_dsys("raft demo --fault 'when n2 emits Applied index>=3 pause n2'")
            .out.find("n2 pauses") != std::string::npos);
  const Ran random = run_dsys("raft demo --fault 'random 3' --seed 4");
  CHECK(random.out.find("Drawn from the seed:") != std::string::npos);
  CHECK(random.out == run_dsys("raft demo --fault 'random 3' --seed 4").out);
}

TEST_CASE("a demo goes to a file as it goes to a pipe") {
  const Ran ran = run_shell("dsys raft demo --out trace.txt && cat trace.txt");
  CHECK(ran.out == run_dsys("raft demo").out);
}

TEST_CASE("help and version are answered on standard output") {
  for (const char* words : {"--help", "--version", "raft --help", "raft demo --help",
                            "raft break --help", "raft check --help"}) {
    CAPTURE(words);
    const Ran ran = run_dsys(words);
    CHECK(ran.status == 0);
    CHECK_FALSE(ran.out.empty());
    CHECK(ran.err.empty());
  }
}

TEST_CASE("each reading is inside the program, with all its heads") {
  for (const std::string problem : {"raft", "hashring"}) {
    CAPTURE(problem);
    CHECK(run_dsys(problem + " read --list").out ==
          "Question\nAsk first\nTwo-minute answer\nPromise\nNumbers\nDesign\nState\nWhat can go "
          "wrong\nThe original answer, and why it breaks\nTrade-offs\nFollow-ups\nIn "
          "production\nRun it\nBuild it\nSources and departures\n");
    CHECK(run_dsys(problem + " read --section question").out.find("## Question") == 0);
  }
}

TEST_CASE("a reading in a pipe is plain text of 80 columns") {
  for (const std::string problem : {"raft", "hashring"}) {
    CAPTURE(problem);
    const Ran ran = run_dsys(problem + " read");
    CHECK(ran.status == 0);
    CHECK(ran.out.find("<!--") == std::string::npos);
    CHECK(ran.out.find("|---|") == std::string::npos);
    CHECK(ran.out.find("**") == std::string::npos);
    CHECK(ran.out.find("\n## Design\n") != std::string::npos);
    CHECK(run_dsys(problem + " read --plain").out == ran.out);
    std::istringstream text(ran.out);
    for (std::string line; std::getline(text, line);) {
      CAPTURE(line);
      const bool is_code = line.starts_with("$ dsys") || line.starts_with("   ");
      CHECK((line.size() <= 80 || is_code));
    }
  }
}

TEST_CASE("a section is found by the start of its head, and ends before the next") {
  const Ran ran = run_dsys("raft read --section TRADE");
  CHECK(ran.status == 0);
  CHECK(ran.out.starts_with("## Trade-offs\n\n- Strong leader."));
  CHECK(ran.out.find("## Follow-ups") == std::string::npos);
  CHECK(run_dsys("raft read --plain --section trade").out == ran.out);
}

TEST_CASE("a section that is not there is one line with those that are, and status 2") {
  const Ran ran = run_dsys("raft read --section nowhere");
  CHECK(ran.status == 2);
  CHECK(ran.out.empty());
  CHECK(lines_of(ran.err) == 1);
  for (const char* part :
       {"'nowhere'", "Question", "Two-minute answer", "Sources and departures", "--list"}) {
    CAPTURE(part);
    CHECK(ran.err.find(part) != std::string::npos);
  }
}

TEST_CASE("on a screen a long reading goes through the pager, and is shown if there is none") {
  const auto on_screen = [](const std::string& words, const std::string& pager) {
    return run_shell("export TERM=xterm LC_ALL=C.UTF-8 PAGER='" + pager +
                     "'; script -qec \"stty rows 20 cols 80; " DSYS_PROGRAM " " + words +
                     "\" /dev/null; status=$?; cat paged; exit $status");
  };
  const Ran paged = on_screen("raft read", "cat >paged");
  CHECK(paged.status == 0);
  CHECK(paged.out.find("\033[1mQuestion\033[0m\n\033[1m────────") != std::string::npos);
  CHECK(on_screen("raft read --section question", "cat >paged").err.find("paged") !=
        std::string::npos);
  CHECK(on_screen("raft read --plain", "cat >paged").out.find("## Question\r\n") !=
        std::string::npos);
  for (const std::string pager : {"no-such-pager", ""}) {
    CAPTURE(pager);
    const Ran shown = on_screen("raft read", pager);
    CHECK(shown.out.find("Sources and departures") != std::string::npos);
  }
  const Ran left_early = on_screen("raft read", "head -c 1 >paged");
  CHECK(left_early.status == 0);
  CHECK(left_early.out == "\033");
}

TEST_CASE("the ring is drawn for any number of nodes, and looked at as JSON") {
  const Ran five = run_dsys("hashring --nodes 5");
  CHECK(five.status == 0);
  CHECK(lines_of(five.out) <= 60);
  for (const char* part : {"theory", "server6", "modulo", "replicas"}) {
    CAPTURE(part);
    CHECK(five.out.find(part) != std::string::npos);
  }
  CHECK(run_dsys("hashring --nodes 1").status == 0);
  CHECK(run_dsys("hashring --nodes 200").status == 0);
  CHECK(parsed("hashring --nodes 3 --json").is_object());
}

TEST_CASE("keys for the ring come from options, a file or standard input") {
  CHECK(run_dsys("hashring --key user:42").out.find("user:42") != std::string::npos);
  CHECK(run_shell("printf 'alice\\nbob\\n' > keys; dsys hashring --keys keys").out.find("alice") !=
        std::string::npos);
  CHECK(run_shell("printf 'alice\\nbob\\n' | dsys hashring --keys -").out.find("bob") !=
        std::string::npos);
}
