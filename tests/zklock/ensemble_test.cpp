// The ensemble keeps ZooKeeper's word, seen by clients that do what they are told.
#include "problems/zklock/scenarios/cast.hpp"
#include "tests/problem/standard.hpp"
#include "tests/zklock/names.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace dsys::zklock {

namespace {

// What a visitor sends at a time. Its calls are numbered as they come; 0 as a session is the one
// that it was given.
struct Visit {
  Duration at{};
  NodeId server{};
  LockProtocol::Message message;
};

class Visitor final : public Node<LockProtocol> {
 public:
  explicit Visitor(std::vector<Visit> visits) : visits_(std::move(visits)) {}

  void on_start(LockContext& context, std::span<const Record> /*disk*/) override {
    for (std::size_t i = 0; i < visits_.size(); ++i) {
      context.set_timer(SessionExpiry{static_cast<SessionId>(i)}, visits_[i].at);
    }
  }
  void on_timer(LockContext& context, const Timer& timer) override {
    const auto index = static_cast<std::size_t>(std::get<SessionExpiry>(timer).session);
    Message message = visits_[index].message;
    const auto number = [&](auto& one) {
      if constexpr (requires { one.call; }) one.call = index + 1;
      if constexpr (std::is_same_v<std::decay_t<decltype(one)>, ConnectRequest>) {
        one.session = session_;
      }
    };
    std::visit(number, message);
    context.send(visits_[index].server, message);
  }
  void on_message(LockContext& /*context*/, NodeId /*from*/, const Message& message) override {
    const auto* const response = std::get_if<ConnectResponse>(&message);
    if (response != nullptr) session_ = response->session;
  }

 private:
  std::vector<Visit> visits_;
  SessionId session_ = 0;
};

struct Received {
  Time at{};
  NodeId client{};
  NodeId server{};
  LockProtocol::Message message;
};

struct Told {
  Time at{};
  LockProtocol::Output output;
};

// The ensemble, and two visitors.
Cast guests(const Players& players, unsigned servers) {
  LockConfig config;
  config.servers.resize(servers);
  Cast cast;
  for (const NodeId server : config.servers) cast.push_back({server, players(server, config)});
  for (const NodeId visitor : {n1, n2}) cast.push_back({visitor, players(visitor, config)});
  return cast;
}

class Ensemble final : public Observer<LockProtocol> {
 public:
  explicit Ensemble(const std::vector<Visit>& first, const std::vector<Visit>& second = {},
                    const std::vector<std::string_view>& script = {}, unsigned servers = 3) {
    const Scenario scenario{.nodes = servers,
                            .length = 20s,
                            .link = {.delay = sim::Delay::fixed(5ms)},
                            .script = script,
                            .properties = {},
                            .cast = guests};
    const Players players = [&](NodeId self, const LockConfig& config) {
      if (!is_under_test(self)) return reference()(self, config);
      return NodeFactory<LockProtocol>(
          [visits = self == n1 ? first : second] { return std::make_unique<Visitor>(visits); });
    };
    (void)parts().run(scenario, players, {}, {.seed = 1}, {this});
  }

  void observe(const Event& event) override {
    if (event.kind == EventKind::deliver && is_under_test(event.node)) {
      received.push_back({event.time, event.node, event.peer, *event.message});
    }
    if (event.kind == EventKind::emit) told.push_back({event.time, *event.output});
  }

  // In the order in which they came.
  template <typename Message>
  std::vector<Message> answers(NodeId client) const {
    std::vector<Message> found;
    for (const Received& one : received) {
      const auto* const answer = std::get_if<Message>(&one.message);
      if (one.client == client && answer != nullptr) found.push_back(*answer);
    }
    return found;
  }
  template <typename Output>
  std::vector<Time> times() const {
    std::vector<Time> found;
    for (const Told& one : told) {
      if (std::holds_alternative<Output>(one.output)) found.push_back(one.at);
    }
    return found;
  }

  std::vector<Received> received;
  std::vector<Told> told;
};

Visit connects(Duration at, NodeId server, Zxid last_zxid = 0) {
  return {at, server, ConnectRequest{.last_zxid = last_zxid, .timeout = 4s}};
}
Visit creates(Duration at, NodeId server, const std::string& path,
              CreateMode mode = CreateMode::persistent) {
  return {at, server, CreateRequest{.path = path, .mode = mode}};
}
Visit looks(Duration at, NodeId server, const std::string& path, bool watch = false) {
  return {at, server, ExistsRequest{.path = path, .watch = watch}};
}

}  // namespace

TEST_CASE("a session is of two ticks at least and of twenty at most") {
  for (const auto& [asked, granted] :
       std::vector<std::pair<Duration, Duration>>{{1s, 4s}, {10s, 10s}, {60s, 40s}}) {
    const Ensemble ensemble({{100ms, s2, ConnectRequest{.timeout = asked}}});
    const auto answers = ensemble.answers<ConnectResponse>(n1);
    REQUIRE(answers.size() == 1);
    CHECK(answers.front().timeout == granted);
  }
}

TEST_CASE("a silent session expires at the tick after its timeout, and its znodes with it") {
  const Ensemble ensemble({connects(100ms, s2), creates(200ms, s2, "/locks/a-", sequential)});
  const auto ended = ensemble.times<SessionEnded>();
  REQUIRE(ended.size() == 1);
  CHECK(ended.front() > 6s);
  CHECK(ended.front() < 6100ms);
  CHECK(ensemble.times<ZnodeRemoved>() == ended);
}

TEST_CASE("a session that is closed ends at once") {
  const Ensemble ensemble({connects(100ms, s2),
                           creates(200ms, s2, "/locks/a-", sequential),
                           {300ms, s2, CloseSessionRequest{}}});
  REQUIRE(ensemble.times<ZnodeRemoved>().size() == 1);
  CHECK(ensemble.times<ZnodeRemoved>().front() < 330ms);
  CHECK(ensemble.answers<CloseSessionResponse>(n1).size() == 1);
}

TEST_CASE("what is asked after a write is answered after it") {
  const Ensemble ensemble({connects(100ms, s3),
                           creates(200ms, s3, "/locks/a"),
                           {200ms, s3, GetChildrenRequest{.path = "/locks"}}});
  const auto lists = ensemble.answers<GetChildrenResponse>(n1);
  REQUIRE(lists.size() == 1);
  CHECK(lists.front().children == std::vector<std::string>{"a"});
}

TEST_CASE("a request that arrives over an earlier connection changes nothing") {
  // At another server, and on its way from there to the leader.
  for (const std::string link : {"n1->s3", "s3->s1"}) {
    CAPTURE(link);
    const Ensemble ensemble(
        {connects(100ms, s3), creates(200ms, s3, "/locks/late"), connects(300ms, s2)}, {},
        {"150ms slow " + link + " 400ms", "250ms slow " + link + " 0ms"});
    CHECK(ensemble.times<ZnodeCreated>().empty());
    CHECK(ensemble.answers<ConnectResponse>(n1).size() == 2);
  }
}

TEST_CASE("a server that is behind what the client has seen refuses it") {
  const std::vector<std::string_view> lagging{"50ms hold s1->s3 Proposal,Commit,NewLeader"};
  const Ensemble refused({connects(100ms, s1), connects(300ms, s3, 1)}, {}, lagging);
  CHECK(refused.answers<ConnectResponse>(n1).size() == 1);
  const bool is_refused =
      std::any_of(refused.received.begin(), refused.received.end(), [](const Received& one) {
        return one.server == s3 && std::holds_alternative<ConnectionClosed>(one.message);
      });
  CHECK(is_refused);
  const Ensemble welcome({connects(100ms, s1), connects(300ms, s3, 0)}, {}, lagging);
  CHECK(welcome.answers<ConnectResponse>(n1).size() == 2);
}

TEST_CASE("a read may be old, and after a sync it is not") {
  const Ensemble ensemble({connects(100ms, s3),
                           looks(400ms, s3, "/locks/a"),
                           {500ms, s3, SyncRequest{}},
                           looks(501ms, s3, "/locks/a")},
                          {connects(100ms, s1), creates(300ms, s1, "/locks/a")},
                          {"250ms hold s1->s3 Proposal,Commit,NewLeader", "700ms release s1->s3"});
  const auto answers = ensemble.answers<ExistsResponse>(n1);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].error == Error::no_node);
  CHECK(answers[1].error == Error::none);
}

TEST_CASE("a watch fires once, before anything that shows the change") {
  const Ensemble ensemble({connects(100ms, s2), looks(150ms, s2, "/locks/a", true),
                           looks(315ms, s2, "/locks/a"), looks(900ms, s2, "/locks/a")},
                          {connects(100ms, s1),
                           creates(300ms, s1, "/locks/a"),
                           {500ms, s1, DeleteRequest{.path = "/locks/a"}}});
  const auto events = ensemble.answers<WatchedEvent>(n1);
  REQUIRE(events.size() == 1);
  CHECK(events.front().event == WatchEventType::node_created);
  bool told = false;
  for (const Received& one : ensemble.received) {
    told = told || std::holds_alternative<WatchedEvent>(one.message);
    const auto* const answer = std::get_if<ExistsResponse>(&one.message);
    if (answer != nullptr && answer->error == Error::none) CHECK(told);
  }
}

TEST_CASE("a lost connection takes its watches along") {
  const Ensemble ensemble(
      {connects(100ms, s2), looks(150ms, s2, "/locks/a", true), connects(200ms, s2)},
      {connects(100ms, s1), creates(300ms, s1, "/locks/a")});
  CHECK(ensemble.answers<WatchedEvent>(n1).empty());
}

TEST_CASE("what was ordered and the sessions survive the leader, and their time begins anew") {
  const Ensemble ensemble({connects(100ms, s1), creates(200ms, s1, "/locks/a-", sequential),
                           connects(4s, s2), looks(4100ms, s2, "/locks/a-0000000000")},
                          {}, {"300ms crash s1"});
  const auto answers = ensemble.answers<ExistsResponse>(n1);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().error == Error::none);
  CHECK(ensemble.answers<ConnectResponse>(n1).back().session ==
        ensemble.answers<ConnectResponse>(n1).front().session);
  REQUIRE_FALSE(ensemble.times<SessionEnded>().empty());
  CHECK(ensemble.times<SessionEnded>().front() > 8s);
}

TEST_CASE("a leader that is cut off tells nobody that a session has ended") {
  const Ensemble ensemble({connects(100ms, s1), connects(6100ms, s1)}, {},
                          {"5500ms split s1,n1|s2,s3"});
  CHECK(ensemble.times<SessionEnded>().front() > 6100ms);
  for (const ConnectResponse& answer : ensemble.answers<ConnectResponse>(n1)) {
    CHECK(answer.session != 0);
  }
}

TEST_CASE("without a majority nothing is ordered, and nobody is served") {
  const Ensemble ensemble({connects(100ms, s1), creates(2s, s1, "/locks/a"), connects(3s, s1)}, {},
                          {"1s split s1,n1|s2,s3"});
  CHECK(ensemble.times<ZnodeCreated>().empty());
  CHECK(ensemble.answers<CreateResponse>(n1).empty());
  CHECK(ensemble.answers<ConnectResponse>(n1).size() == 1);
}

TEST_CASE("an ensemble of one leads itself, and what it has written is committed") {
  const Ensemble ensemble({connects(10s, s1), creates(10100ms, s1, "/locks/a")}, {}, {}, 1);
  REQUIRE(ensemble.answers<ConnectResponse>(n1).size() == 1);
  const auto answers = ensemble.answers<CreateResponse>(n1);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().error == Error::none);
  CHECK(ensemble.times<SessionEnded>().size() == 1);
}

TEST_CASE("an ensemble of two does nothing while one of them is down") {
  const Ensemble ensemble({connects(3s, s1), connects(9s, s1)}, {},
                          {"1s crash s2", "8s restart s2"}, 2);
  const auto refused = ensemble.answers<ConnectionClosed>(n1);
  REQUIRE_FALSE(refused.empty());
  CHECK(refused.front().call == 1);
  const auto answers = ensemble.answers<ConnectResponse>(n1);
  REQUIRE(answers.size() == 1);
  CHECK(answers.front().call == 2);
}

}  // namespace dsys::zklock
