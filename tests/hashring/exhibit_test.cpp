// What `dsys hashring` shows, and what it says about wrong options.
#include "problems/hashring/exhibit/exhibit.hpp"

#include "common/core/error.hpp"
#include "problems/hashring/exhibit/measure.hpp"
#include "problems/hashring/exhibit/show.hpp"

#include <doctest/doctest.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace dsys::hashring {

namespace {

// A file that is gone after the test.
struct ScratchFile {
  std::string path;

  explicit ScratchFile(const std::string& text) {
    static int number = 0;
    path = std::filesystem::temp_directory_path() /
           ("dsys_keys_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
    std::ofstream(path, std::ios::binary) << text;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() { std::filesystem::remove(path); }

  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
};

void check_refused(const problem::OwnValues& values, const std::string& part) {
  std::string complaint;
  try {
    (void)read_exhibit(values);
  } catch (const UsageError& error) {
    complaint = error.what();
  }
  CAPTURE(complaint);
  CAPTURE(part);
  CHECK(complaint.find(part) != std::string::npos);
  CHECK(complaint.find('\n') == std::string::npos);
}

std::string shown(const problem::OwnValues& values, bool json) {
  const ScratchFile file("");
  const Exhibit exhibit = read_exhibit(values);
  screen::Terminal terminal(file.path);
  json ? show_json(exhibit, terminal) : show(exhibit, terminal);
  terminal.finish();
  return file.text();
}

}  // namespace

TEST_CASE("without options five servers with 160 points each are shown") {
  const Exhibit exhibit = read_exhibit({});
  CHECK(exhibit.members.size() == 5);
  CHECK(exhibit.virtual_nodes == 160);
  CHECK(exhibit.algorithm == Algorithm::ring);
  CHECK(exhibit.measured.size() == 20'000);
}

TEST_CASE("numbers of the picture out of range are refused with the range") {
  check_refused({{"nodes", {"0"}}}, "--nodes '0': must be a whole number from 1 to 1000");
  check_refused({{"nodes", {"1001"}}}, "from 1 to 1000");
  check_refused({{"virtual-nodes", {"x"}}}, "--virtual-nodes 'x': must be a whole number");
  check_refused({{"virtual-nodes", {"0"}}}, "from 1 to 10000");
  check_refused({{"replicas", {"0"}}}, "--replicas '0'");
  check_refused({{"nodes", {"1000"}}, {"virtual-nodes", {"201"}}}, "201000 points; at most 200000");
}

TEST_CASE("a weight names a node that there is, and a whole number") {
  check_refused({{"weight", {"server9=2"}}},
                "there is no such node; the nodes are server1 to server5");
  check_refused({{"weight", {"server2"}}}, "such as server2=3");
  check_refused({{"weight", {"=3"}}}, "there is no such node");
  check_refused({{"weight", {"server2=0"}}}, "--weight server2= '0'");
  check_refused({{"weight", {"server2=1.5"}}}, "whole number from 1 to 1000");
  CHECK(read_exhibit({{"weight", {"server2=3"}}}).members[1].weight == 3);
}

TEST_CASE("an unknown algorithm is answered with those that there are") {
  check_refused({{"algorithm", {"magic"}}},
                "must be one of ring, modulo, rendezvous, jump, maglev");
}

TEST_CASE("a key is not empty and not endless") {
  check_refused({{"key", {""}}}, "--key '': must be a key of 1 to 1000 bytes");
  check_refused({{"key", {std::string(1001, 'k')}}}, "1 to 1000 bytes");
}

TEST_CASE("a key file that cannot be used is refused with the reason") {
  check_refused({{"keys", {"/no/such/file"}}}, "cannot be read (No such file or directory)");
  check_refused({{"keys", {"/"}}}, "'/': is a directory; must be a text file");
  check_refused({{"keys", {""}}}, "cannot be read");
  check_refused({{"keys", {"/dev/zero"}}}, "is not a text file");
  check_refused({{"keys", {"/dev/null"}}}, "has no keys");
  const ScratchFile blank("\n\r\n\n");
  check_refused({{"keys", {blank.path}}}, "has no keys");
}

TEST_CASE("binary files and over-long lines are refused, with the line") {
  const ScratchFile binary(std::string("key1\nke\0y2\n", 11));
  check_refused({{"keys", {binary.path}}}, "is not a text file");
}

TEST_CASE("a line of more than 1000 bytes is no key") {
  const ScratchFile file("short\n" + std::string(2000, 'k') + "\n");
  check_refused({{"keys", {file.path}}}, "line 2 has 2000 bytes, more than the 1000 of a key");
}

TEST_CASE("a key file may end its lines as in DOS, and its last line not at all") {
  const ScratchFile file("one\r\n\ntwo\nthree");
  const Exhibit exhibit = read_exhibit({{"keys", {file.path}}});
  CHECK(exhibit.measured == std::vector<std::string>{"one", "two", "three"});
  CHECK(exhibit.listed == exhibit.measured);
}

TEST_CASE("the picture of five servers fits a screen and says what moves") {
  const std::string text = shown({}, false);
  CHECK(std::count(text.begin(), text.end(), '\n') <= 50);
  for (const char* part :
       {"A consistent hashing ring: 5 nodes", "The circle, cut open", "Evenness: shares deviate by",
        "1 apple", "server6  joins:", "server3  leaves:", "nothing else"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(std::all_of(text.begin(), text.end(),
                    [](char letter) { return static_cast<unsigned char>(letter) < 0x80; }));
}

TEST_CASE("every algorithm and every odd number of nodes has a picture") {
  for (const Algorithm algorithm : all_algorithms) {
    for (const char* nodes : {"1", "2", "15", "60"}) {
      CAPTURE(std::string(name_of(algorithm)));
      CAPTURE(std::string(nodes));
      const problem::OwnValues values{{"algorithm", {std::string(name_of(algorithm))}},
                                      {"nodes", {nodes}},
                                      {"virtual-nodes", {"2"}}};
      CHECK(shown(values, false).find("What a change moves") != std::string::npos);
      CHECK(nlohmann::json::accept(shown(values, true)));
    }
  }
}

TEST_CASE("the JSON of the picture has what its schema says") {
  const auto document = nlohmann::json::parse(
      shown({{"key", {"pear", "a\"quote"}}, {"replicas", {"2"}}, {"weight", {"server1=2"}}}, true));
  CHECK(document["nodes"].size() == 5);
  CHECK(document["nodes"][0]["weight"] == 2);
  CHECK(document["nodes"][0]["points"] == 320);
  CHECK(document["lookups"][1]["key"] == "a\"quote");
  CHECK(document["lookups"][0]["replicas"].size() == 2);
  CHECK(document["lookups"][0]["replicas"][0] == document["lookups"][0]["owner"]);
  CHECK(document["join"]["node"] == "server6");
  CHECK(document["leave"]["fraction"] == document["leave"]["least"]);
  CHECK(document["join"]["modulo_fraction"] > 0.7);
}

TEST_CASE("control bytes of a key never reach the screen") {
  const std::string text = shown({{"key", {"evil\033[31m"}}}, false);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find("evil?[31m") != std::string::npos);
}

TEST_CASE("the figures of the picture agree with the ring") {
  const Exhibit exhibit = read_exhibit({{"nodes", {"4"}}});
  const Ring ring = ring_of(exhibit);
  const Figures figures = measure(exhibit, ring);
  double sum = 0;
  for (const NodeFigures& node : figures.nodes) sum += node.share;
  CHECK(sum == doctest::Approx(1));
  CHECK(figures.join.moved.fraction() == doctest::Approx(0.2335).epsilon(0.02));
  for (const auto& [route, keys] : figures.join.moved.routes) CHECK(route.to == "server5");
  for (const Lookup& lookup : figures.lookups) CHECK(lookup.owner == *ring.owner(lookup.key));
}

}  // namespace dsys::hashring
