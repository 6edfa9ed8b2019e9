// `dsys history check`: a good and a bad history of each model, and whatever is no history.
#include "tests/cli/program.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace dsys;

namespace {

// The lines of a history, in short: "0 invoke write x 3" is process, type, f, key and value; - is
// none. The value is JSON.
std::string history(const std::string& lines) {
  std::string text;
  std::size_t start = 0;
  while (start < lines.size()) {
    const std::size_t end = std::min(lines.find(';', start), lines.size());
    std::array<std::string, 5> words;
    std::size_t at = lines.find_first_not_of(' ', start);
    for (std::string& word : words) {
      const std::size_t stop = std::min(lines.find(' ', at), end);
      word = at < end ? lines.substr(at, stop - at) : "-";
      at = stop + 1;
    }
    text += fmt::format(R"({{"process":{},"type":"{}","f":"{}")", words[0], words[1], words[2]);
    if (words[3] != "-") text += fmt::format(R"(,"key":"{}")", words[3]);
    if (words[4] != "-") text += fmt::format(R"(,"value":{})", words[4]);
    text += "}\n";
    start = end + 1;
  }
  return text;
}

Ran checked(const std::string& model, const std::string& text, const std::string& options = "") {
  return run_shell("cat >h.jsonl <<'END'\n" + text + "END\ndsys history check h.jsonl --model " +
                   model + " " + options);
}

void check_good(const std::string& model, const std::string& lines) {
  CAPTURE(lines);
  const Ran ran = checked(model, history(lines));
  CHECK(ran.status == 0);
  CHECK(ran.err.empty());
  CHECK(ran.out.starts_with("Linearizable: "));
}

void check_bad(const std::string& model, const std::string& lines, const std::string& part) {
  CAPTURE(lines);
  const Ran ran = checked(model, history(lines));
  CAPTURE(ran.out);
  CHECK(ran.status == 1);
  CHECK(ran.err.empty());
  CHECK(ran.out.starts_with("NOT linearizable (model " + model + ")"));
  std::string joined = ran.out;
  std::replace(joined.begin(), joined.end(), '\n', ' ');
  CHECK(has(joined, part));
}

void check_text_refused(const std::string& text, const std::string& part) {
  CAPTURE(text);
  check_refused(checked("cas-register", text + "\n"), part);
}

void check_lines_refused(const std::string& model, const std::string& lines,
                         const std::string& part) {
  CAPTURE(lines);
  check_refused(checked(model, history(lines)), part);
}

const std::string stale =
    "0 invoke write x 1; 0 ok write; 0 invoke write x 2; 0 ok write; 1 invoke read x; 2 invoke "
    "write "
    "x 3; 1 ok read x 1; 2 info write";

}  // namespace

TEST_CASE("history: a register keeps what was written last") {
  check_good("register",
             "0 invoke read; 0 ok read - null; 0 invoke write - 1; 1 invoke read; "
             "1 ok read - 1; 0 ok write");
  check_bad("register", stale,
            "It needs the register to hold 1, but the write 2 of lines 3-4 replaced it");
  check_bad("register", "0 invoke read; 0 ok read - 5",
            "nothing that began before line 2 wrote 5.");
}

TEST_CASE("history: a compare-and-set happens where it finds what it expects") {
  check_good("cas-register",
             "0 invoke write - 1; 0 ok write; 0 invoke cas - [1,2]; 0 ok cas; "
             "1 invoke cas - [1,3]; 1 fail cas; 0 invoke read; 0 ok read - 2");
  check_bad("cas-register",
            "0 invoke write - 1; 0 ok write; 0 invoke cas - [1,2]; 0 ok cas; 1 invoke cas - [1,3]; "
            "1 ok cas",
            "cas 1 to 3");
}

TEST_CASE("history: the keys of a map are judged one by one") {
  const std::string two = "0 invoke put x 1; 0 ok put; 0 invoke put y 2; 0 ok put; ";
  check_good("kv", two +
                       "0 invoke get x; 0 ok get x 1; 0 invoke delete x; 0 ok delete; "
                       "0 invoke get x; 0 ok get x null");
  check_bad("kv", two + "0 invoke get x; 0 ok get x 1; 0 invoke get y; 0 ok get y null",
            ": key \"y\"");
}

TEST_CASE("history: one process at a time holds a lock") {
  check_good("lock",
             "0 invoke acquire; 0 ok acquire; 1 invoke acquire; 0 invoke release; "
             "1 ok acquire; 0 ok release");
  check_bad("lock", "0 invoke acquire; 0 ok acquire; 1 invoke acquire; 1 ok acquire",
            "It needs the lock to be free, but process 0 holds the lock.");
  check_bad("lock", "0 invoke acquire; 0 ok acquire; 1 invoke release; 1 ok release",
            "It needs process 1 to hold the lock, but process 0 holds the lock.");
}

TEST_CASE("history: a queue gives first what came first, and null when it is empty") {
  const std::string two =
      "0 invoke enqueue - 1; 0 ok enqueue; 0 invoke enqueue - 2; 0 ok enqueue; ";
  check_good("queue", two +
                          "0 invoke dequeue; 0 ok dequeue - 1; 0 invoke dequeue; "
                          "0 ok dequeue - 2; 0 invoke dequeue; 0 ok dequeue - null");
  check_bad("queue", two + "0 invoke dequeue; 0 ok dequeue - 2",
            "It needs 2 at the head of the queue, but the queue holds, from its head, 1, 2.");
  check_bad("queue", two + "0 invoke dequeue; 0 ok dequeue - null", "the queue to be empty");
  check_bad("queue", two + "0 invoke dequeue; 0 ok dequeue - 7", "enqueued 7.");
  check_bad("queue", two + "0 invoke dequeue; 0 ok dequeue - 1; 1 invoke dequeue; 1 ok dequeue - 1",
            "but process 0 took it in lines 5-6.");
}

TEST_CASE("history: an unknown outcome may be or not be, one that failed may not") {
  const std::string start = "0 invoke write - 1; 0 ok write; 1 invoke write - 2; ";
  check_good("register", start +
                             "1 info write; 0 invoke read; 0 ok read - 1; 0 invoke read; "
                             "0 ok read - 2");
  check_good("register", start + "0 invoke read; 0 ok read - 2");  // never completed
  check_bad("register", start + "1 fail write; 0 invoke read; 0 ok read - 2", "wrote 2");
  check_bad("register",
            start +
                "1 info write; 0 invoke read; 0 ok read - 2; 0 invoke read; "
                "0 ok read - 1",
            "makes an earlier answer wrong");
}

TEST_CASE("history: a bad one shows the prefix, the operation and what ran beside it") {
  const Ran ran = checked("register", history(stale));
  CHECK(ran.out ==
        "NOT linearizable (model register): key \"x\"\n"
        "\n"
        "The longest linearizable prefix ends before line 7. An order of its 2 operations\n"
        "that explains all answers:\n"
        "  lines 1-2           process 0    write 1\n"
        "  lines 3-4           process 0    write 2\n"
        "Then the register holds 2.\n"
        "\n"
        "Cannot be placed:\n"
        "  lines 5-7           process 1    read -> 1\n"
        "It needs the register to hold 1, but the write 2 of lines 3-4 replaced it: it\n"
        "began after all that gave 1 and was over before line 5.\n"
        "\n"
        "At the same time:\n"
        "  lines 6-8           process 2    write 3             outcome unknown\n");
}

TEST_CASE("history: values are any scalars, and equal numbers are equal however they are written") {
  check_good("register", R"(0 invoke write - "a"; 0 ok write; 0 invoke read; 0 ok read - "a")");
  check_good("register", "0 invoke write - true; 0 ok write; 0 invoke read; 0 ok read - true");
  check_good("register", "0 invoke write - 3; 0 ok write; 0 invoke read; 0 ok read - 3.0");
  check_bad("register", R"(0 invoke write - 3; 0 ok write; 0 invoke read; 0 ok read - "3")",
            R"(wrote "3")");
  const std::string zero = history("0 invoke read; 0 ok read - 0");
  CHECK(checked("register", zero).status == 1);
  CHECK(checked("register", zero, "--initial 0").status == 0);
}

TEST_CASE(
    "history: standard input, with or without its name, and a pipe that ends without a newline") {
  const std::string lines = history("0 invoke read; 0 ok read - null");
  for (const std::string words : {"", "-"}) {
    const Ran ran = run_shell("printf '%s' '" + lines.substr(0, lines.size() - 1) +
                              "' | dsys history check --model register " + words);
    CHECK(ran.status == 0);
    CHECK(has(ran.out, "Linearizable: 1 operation by 1 process on 1 object"));
  }
  CHECK(run_shell("printf '\\r\\n%s\\r\\n\\n' '" + lines.substr(0, lines.size() - 1) +
                  "' | dsys history check --model register")
            .status == 0);
}

TEST_CASE("history: what Jepsen writes besides is left alone") {
  const std::string text =
      R"({"index":0,"process":"nemesis","type":"info","f":"start-partition","value":null,"time":5})"
      "\n"
      R"({"index":1,"process":3,"type":"invoke","f":"read","value":null,"time":5,"error":["x",{}]})"
      "\n"
      R"({"index":2,"process":3,"type":"info","f":"read","value":null,"time":9.5})"
      "\n";
  CHECK(checked("register", text).status == 0);
}

TEST_CASE("history: --json is one document") {
  const Ran ran = checked("kv", history(stale), "--json");
  CHECK(ran.status == 1);
  const Json document = Json::parse(ran.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["model"] == "kv");
  CHECK(document["linearizable"] == false);
  CHECK(document["operations"] == 4);
  CHECK(document["ok"] == 3);
  CHECK(document["unknown"] == 1);
  CHECK(document["processes"] == 3);
  const Json& key = document["keys"][0];
  CHECK(key["key"] == "x");
  CHECK(key["linearizable"] == false);
  CHECK(key["prefix"]["order"] == Json::array({1, 3}));
  CHECK(key["prefix"]["state"] == Json::array({2}));
  CHECK(key["unplaced"]["invoked_line"] == 5);
  CHECK(key["unplaced"]["completed_line"] == 7);
  CHECK(key["unplaced"]["operation"] == "read -> 1");
  CHECK(key["concurrent"][0]["outcome"] == "unknown");
  const Json good = Json::parse(
      checked("kv", history("0 invoke get x; 0 ok get x null"), "--json").out, nullptr, false);
  CHECK(good["linearizable"] == true);
  CHECK(good["keys"][0]["linearizable"] == true);
}

TEST_CASE("history: a line that is none is refused by its number") {
  const std::string invoke = R"({"process":0,"type":"invoke","f":"read"})";
  check_text_refused("{", "line 1: is no JSON; a line is one object such as {");
  check_text_refused(invoke + "\n[1]", "line 2: must be an object such as");
  check_text_refused(invoke + " x", "line 1: is no JSON");
  check_text_refused(R"({"process":0,"process":1,"type":"invoke","f":"read"})",
                     "'process' is there twice");
  check_text_refused(R"({"type":"invoke","f":"read"})", "\"process\" must be a whole number");
  check_text_refused(R"({"process":-1,"type":"invoke","f":"read"})", "\"process\" must be");
  check_text_refused(R"({"process":1.5,"type":"invoke","f":"read"})", "\"process\" must be");
  check_text_refused(R"({"process":"a","type":"invoke","f":"read"})", "\"process\" must be");
  check_text_refused(R"({"process":0,"f":"read"})", R"("type" must be "invoke", "ok")");
  check_text_refused(R"({"process":0,"type":"done","f":"read"})", "\"type\" must be");
  check_text_refused(R"({"process":0,"type":7,"f":"read"})", "\"type\" must be");
  check_text_refused(R"({"process":0,"type":"invoke"})", "\"f\" must be the name");
  check_text_refused(R"({"process":0,"type":"invoke","f":null})", "\"f\" must be the name");
  check_text_refused(R"({"process":0,"type":"invoke","f":"increment"})",
                     "'increment' is no operation of cas-register; it must be one of read, write");
  check_text_refused(R"({"process":0,"type":"invoke","f":"read","key":[1]})",
                     "\"key\" must be a string or a number");
  check_text_refused(R"({"process":0,"type":"invoke","f":"read","time":"now"})",
                     "\"time\" must be a number");
  check_text_refused(R"({"process":0,"type":"invoke","f":"write","value":1e999})",
                     "line 1: has a number that is too large");
  check_text_refused(
      R"({"process":0,"type":"invoke","f":"write","value":123456789012345678901234567890})",
      "write it as a string");
  check_text_refused(std::string(1000, '['), "too deep");
  check_text_refused("\xff\xfe", "line 1: is no JSON");
}

TEST_CASE("history: values that fit no operation are refused") {
  check_lines_refused("register", "0 invoke write", "line 1: \"value\" must be what to write");
  check_lines_refused("register", "0 invoke write - [1]", "\"value\" must be what to write");
  check_lines_refused("register", "0 invoke read - 1",
                      "must be null or absent where a read begins");
  check_lines_refused("register", "0 invoke read; 0 ok read", "line 2: \"value\" must be what it");
  check_lines_refused("register", "0 invoke cas - [1,2]", "must be one of read, write");
  check_lines_refused("cas-register", "0 invoke cas - [1]", "such as [1,2]");
  check_lines_refused("cas-register", "0 invoke cas - [1,[2]]", "two scalars");
  check_lines_refused("queue", "0 invoke enqueue - null", "must not be null");
  check_lines_refused("kv", "0 invoke get", "\"key\" is missing");
}

TEST_CASE("history: lines that do not belong together are refused") {
  check_lines_refused("register", "0 ok read - 1", "line 1: process 0 completes what it has not");
  check_lines_refused("register", "0 invoke read; 0 ok read - null; 0 info read",
                      "line 3: process 0");
  check_lines_refused("register", "0 invoke read; 0 invoke read",
                      "line 2: process 0 invokes again before its operation of line 1");
  check_lines_refused("register", "0 invoke read; 0 ok write",
                      "\"f\" must be that of the invocation");
  check_lines_refused("register", "0 invoke read x; 0 ok read y 1", "\"key\" must be that of");
  check_text_refused(R"({"process":0,"type":"invoke","f":"read","time":10})"
                     "\n\n"
                     R"({"process":0,"type":"ok","f":"read","value":null,"time":9})",
                     "line 3: \"time\" 9 is before that of line 1");
}

// A line of 10 GB must not be held in memory. The sanitizers reserve more than any limit allows.
#ifdef DSYS_SANITIZED
constexpr const char* memory_limit = "";
#else
constexpr const char* memory_limit = "ulimit -v 500000; ";
#endif

TEST_CASE("history: what is no history at all is refused, however much there is of it") {
  const std::string words = " dsys history check --model register";
  check_refused(run_shell(words), "standard input: has no operation");
  check_refused(run_shell("printf '\\n \\n' |" + words), "has no operation");
  check_refused(run_shell(std::string(memory_limit) + "head -c 10000000000 /dev/zero |" + words),
                "standard input, line 1: is longer than 1 MiB");
  check_refused(run_shell("{ echo; head -c 2000000 /dev/zero | tr '\\0' '['; } |" + words),
                "line 2: is longer than 1 MiB");
  check_refused(run_shell("head -c 1000000 /dev/zero | tr '\\0' '[' |" + words), "too deep");
  check_refused(run_shell("head -c 4096 \"$(command -v bash)\" |" + words), "line 1: is no JSON");
  check_refused(run_shell("yes |" + words), "line 1: is no JSON");
  check_refused(run_shell(words + " /no/such/file"), "'/no/such/file': cannot be read");
  check_refused(run_shell(words + " /"), "'/': cannot be read");
  check_refused(run_shell(words + " /dev/null"), "'/dev/null': has no operation");
}

TEST_CASE("history: a history with too many possible orders is given up in one line") {
  std::string lines;
  std::string ends;
  for (int i = 0; i < 60; ++i) {
    lines += fmt::format("{} invoke cas - [{},{}];{} invoke write - {};", 2 * i, i % 6,
                         (i + i / 6) % 6, 2 * i + 1, i % 6);
    ends += fmt::format("{} ok cas;{} ok write;", 2 * i, 2 * i + 1);
  }
  const std::string text = history(lines + ends + "0 invoke read; 0 ok read - 99");
  check_refused(checked("cas-register", text, "--memory 1"),
                "too many possible orders to decide: 1 MiB of configurations were not enough");
}

TEST_CASE("history: the command says what it can do") {
  const Ran alone = run_dsys("history");
  CHECK(alone.status == 0);
  CHECK(has(alone.out, "dsys history check [FILE] --model NAME"));
  CHECK(run_dsys("history --help").out == alone.out);
  const Ran help = run_dsys("history check --help");
  CHECK(help.status == 0);
  for (const std::string part :
       {"cas-register", R"({"process":1,"type":"invoke")", "Exit status"}) {
    CHECK(has(help.out, part));
  }
  check_refused(run_dsys("history chek"), "'chek': history has no such verb");
  check_refused(run_dsys("history check"), "--model is required");
  check_refused(run_dsys("history check --model mutex"),
                "--model 'mutex': there is no such model; one of register, cas-register, kv, lock");
  check_refused(run_dsys("history check --model lock --initial 1"), "only registers take a value");
  check_refused(run_dsys("history check --model kv --initial abc"),
                "--initial 'abc': must be a JSON");
  check_refused(run_dsys("history check --model kv --memory 0"), "--memory");
  check_refused(run_dsys("history check a b --model kv"), "dsys history check");
}

// --- Transactions ---

namespace {

// A transaction of one process, invoked and completed at once.
std::string transaction(int process, const std::string& asked, const std::string& given,
                        const std::string& type = "ok") {
  return fmt::format(R"({{"process":{0},"type":"invoke","f":"txn","value":{1}}})"
                     "\n"
                     R"({{"process":{0},"type":"{2}","f":"txn","value":{3}}})"
                     "\n",
                     process, asked, type, given);
}

Ran judge_transactions(const std::string& text, const std::string& words) {
  return run_shell("cat >history <<'END'\n" + text + "END\ndsys history check history " + words);
}

const std::string write_skew =
    R"({"process":1,"type":"invoke","f":"txn","value":[["r","x",null],["append","y",1]]})"
    "\n"
    R"({"process":2,"type":"invoke","f":"txn","value":[["r","y",null],["append","x",2]]})"
    "\n"
    R"({"process":1,"type":"ok","f":"txn","value":[["r","x",[]],["append","y",1]]})"
    "\n"
    R"({"process":2,"type":"ok","f":"txn","value":[["r","y",[]],["append","x",2]]})"
    "\n" +
    transaction(3, R"([["r","x",null],["r","y",null]])", R"([["r","x",[2]],["r","y",[1]]])");

}  // namespace

TEST_CASE("transactions that nothing is wrong with") {
  const std::string good = transaction(1, R"([["append","x",1]])", R"([["append","x",1]])") +
                           transaction(2, R"([["r","x",null]])", R"([["r","x",[1]]])");
  const Ran ran = judge_transactions(good, "--model list-append --level strict-serializable");
  CHECK(ran.status == 0);
  CHECK(has(ran.out, "Nothing rules out strict serializable"));
  CHECK(has(ran.out, "2 transactions by 2 processes: 2 ok"));
  const std::string registers = transaction(1, R"([["w","x","a"]])", R"([["w","x","a"]])") +
                                transaction(2, R"([["r","x",null]])", R"([["r","x","a"]])");
  CHECK(judge_transactions(registers, "--model rw-register").status == 0);
}

TEST_CASE("write skew is told with the reason for each edge, and snapshot isolation allows it") {
  const Ran ran = judge_transactions(write_skew, "--model list-append");
  CHECK(ran.status == 1);
  CHECK(has(ran.out, "NOT serializable (model list-append)"));
  CHECK(has(ran.out, "G2"));
  CHECK(has(ran.out, "(rw)"));
  CHECK(has(ran.out, "T1 is lines 1-3, process 1"));
  const std::string snapshot = "--model list-append --level snapshot-isolation";
  CHECK(judge_transactions(write_skew, snapshot).status == 0);
  const Json document =
      Json::parse(judge_transactions(write_skew, "--model list-append --json").out, nullptr, false);
  CHECK(document["violated"] == true);
  CHECK(document["weakest_violated"] == "serializable");
  CHECK(document["findings"][0]["anomaly"] == "G2");
  CHECK(document["findings"][0]["reasons"].size() == 2);
}

TEST_CASE("a read of what failed is an aborted read; a stale one breaks only strict levels") {
  const std::string aborted =
      transaction(1, R"([["append","x",1]])", R"([["append","x",1]])", "fail") +
      transaction(2, R"([["r","x",null]])", R"([["r","x",[1]]])");
  CHECK(has(judge_transactions(aborted, "--model list-append").out, "G1a"));
  const std::string old_read = transaction(1, R"([["append","x",1]])", R"([["append","x",1]])") +
                               transaction(2, R"([["r","x",null]])", R"([["r","x",[]]])") +
                               transaction(3, R"([["r","x",null]])", R"([["r","x",[1]]])");
  CHECK(judge_transactions(old_read, "--model list-append").status == 0);
  CHECK(judge_transactions(old_read, "--model list-append --level strict-serializable").status ==
        1);
}

TEST_CASE("what is no transaction is refused by its line") {
  const auto refused = [](const std::string& text, const std::string& part) {
    const Ran ran = judge_transactions(text, "--model list-append");
    CAPTURE(ran.err);
    CHECK(ran.status == 2);
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') == 1);
    CHECK(has(ran.err, "line "));
    CHECK(has(ran.err, part));
  };
  refused(transaction(1, "3", "3"), R"("value" must be a list of ["append",KEY,VALUE])");
  refused(transaction(1, R"([["w","x",1]])", "[]"), R"(["w","x",1] in "value" is none of)");
  refused(transaction(1, R"([["append","x",null]])", "[]"), "is none of");
  refused(transaction(1, R"([["r","x",4]])", "[]"), "is none of");
  refused(transaction(1, R"([["append","x",1]])", R"([["append","x",2]])"),
          "must have the operations of the invocation in line 1");
  refused("{\"process\":1,\"type\":\"invoke\",\"f\":\"read\"}\n", "it must be txn");
  CHECK(has(judge_transactions(write_skew, "--model list-append --level nonsense").err,
            "--level 'nonsense': must be one of read-uncommitted, "));
  CHECK(has(judge_transactions(write_skew, "--model list-append --initial 3").err, "--initial"));
}
