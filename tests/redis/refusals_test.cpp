#include "redis/support/fake_server.hpp"
#include "redis/support/node.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/error.hpp>
#include <chanx/layer/redis_layer.hpp>

#include <random>

using redis_tests::eventually;
using redis_tests::FakeServer;
using redis_tests::Member;
using redis_tests::Node;
using redis_tests::quick;
using redis_tests::RedisServer;
using redis_tests::Strings;

namespace {

/// Of a Redis that will not be there.
chanx::RedisOptions brief(std::string url) {
    auto options = quick(std::move(url));
    options.join_timeout = std::chrono::milliseconds(20);
    options.flush_timeout = std::chrono::milliseconds(10);
    return options;
}

bool says(Node& node, const std::string& what) {
    return eventually([&] { return node.layer().health().detail.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("A password is needed, taken, and never repeated", "[redis][refusals]") {
    LogCapture log;
    RedisServer server({"--requirepass", "s3cret"});
    const auto url = [&](const std::string& login) {
        return "redis://" + login + "127.0.0.1:" + std::to_string(server.port());
    };
    Node right(quick(url(":s3cret@")));
    CHECK(right.becomes_healthy());
    Node named(quick(url("default:s3cret@")));
    CHECK(named.becomes_healthy());
    Node none(quick(url("")));
    CHECK(says(none, "refused at login: NOAUTH"));
    {
        Node wrong(brief(url(":wr0ng@")));
        CHECK(says(wrong, "refused at login: WRONGPASS"));
        // It goes on trying, and says it once for each connection.
        CHECK(eventually([&] { return log.count("WRONGPASS") >= 2; }));
        Member& member = wrong.join("room");
        wrong.publish("room", "local");
        CHECK(eventually([&] { return member.notes.has("local"); }));
        CHECK(log.count("WRONGPASS") == 2);
        CHECK(wrong.layer().health().detail.find("wr0ng") == std::string::npos);
    }
    CHECK(log.count("s3cret") == 0);
    CHECK(log.count("wr0ng") == 0);
}

TEST_CASE("Rights that lack are named, and the layer recovers when they are given", "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    server.command({"ACL", "SETUSER", "app", "on", ">pw", "+@all", "resetchannels"});
    auto options = quick("redis://app:pw@127.0.0.1:" + std::to_string(server.port()));
    Node node(options);
    CHECK(says(node, "subscriber: refused: NOPERM"));
    node.publish("room", "x");
    CHECK(says(node, "publisher: refused: NOPERM"));
    CHECK(eventually([&] { return log.count("NOPERM") == 2; }));
    server.command({"ACL", "SETUSER", "app", "allchannels"});
    CHECK(node.becomes_healthy());
    CHECK(eventually([&] { return node.statistics().queued == 0; }));
    CHECK(node.statistics().sent == 1);
}

TEST_CASE("The rights that are documented are enough", "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    server.command({"ACL", "SETUSER", "app", "on", ">pw", "-@all", "+auth", "+select", "+ping", "+subscribe",
                    "+unsubscribe", "+publish", "resetchannels", "&chanx:*"});
    const auto options = quick("redis://app:pw@127.0.0.1:" + std::to_string(server.port()) + "/2");
    Node a(options);
    Node b(options);
    Member& member = a.join("room");
    b.publish("room", "x");
    CHECK(eventually([&] { return member.notes.has("x"); }));
    a.leave(member);
    CHECK(eventually([&] { return a.statistics().subscriptions == 1; }));
    CHECK(a.healthy());
}

TEST_CASE("Whatever Redis refuses a publication with is named in log and health, and tried again",
          "[redis][refusals]") {
    const auto code = GENERATE(as<std::string>{}, "OOM", "READONLY", "LOADING", "MASTERDOWN");
    LogCapture log;
    FakeServer server([&](const std::string& said) -> std::string {
        if (said.find("PUBLISH") != std::string::npos) return "-" + code + " not now, s3cret\r\n";
        if (said.find("SUBSCRIBE") != std::string::npos)
            return "*3\r\n$9\r\nsubscribe\r\n$13\r\nchanx:control\r\n:1\r\n";
        return "+PONG\r\n";
    });
    Node node(brief(server.url()));
    REQUIRE(node.becomes_healthy());
    node.publish("room", "x");
    CHECK(says(node, "publisher: refused: " + code));
    CHECK(log.count(code) == 1);
    CHECK(log.count("s3cret") == 0);
    CHECK(node.statistics().queued == 1);
}

TEST_CASE("What Redis refuses without a word for it is said in words of our own", "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    Node far(brief(server.url() + "/99"));
    CHECK(says(far, "refused at login: ERR, DB index is out of range"));
    CHECK(eventually([&] { return log.count("ERR, DB index is out of range") == 2; }));

    FakeServer full([](const std::string&) { return "-ERR max number of clients reached, s3cret\r\n"; });
    Node one_too_many(brief(full.url()));
    CHECK(says(one_too_many, "refused at login: ERR, maximum number of clients"));
    FakeServer odd([](const std::string&) { return "-ERR s3cret\r\n"; });
    Node puzzled(brief(odd.url()));
    CHECK(says(puzzled, "refused at login: ERR"));
    CHECK(log.count("s3cret") == 0);
    CHECK(puzzled.layer().health().detail.find("s3cret") == std::string::npos);
}

TEST_CASE("TLS with a Redis that speaks none is named", "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    auto options = brief("rediss://127.0.0.1:" + std::to_string(server.port()));
    options.connect_timeout = std::chrono::milliseconds(200);
    Node node(options);
    CHECK(says(node, "TLS"));
    CHECK(eventually([&] { return log.count("TLS") == 2; }));
}

TEST_CASE("Joining waits only at first for a Redis that takes logins and no subscriptions",
          "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    server.command({"ACL", "SETUSER", "app", "on", ">pw", "+@all", "-subscribe", "allchannels"});
    auto options = quick("redis://app:pw@127.0.0.1:" + std::to_string(server.port()));
    options.join_timeout = std::chrono::milliseconds(2'000);
    Node node(options);
    CHECK(says(node, "subscriber: refused: NOPERM"));
    node.join("room");
    // The first has waited for it.
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) node.join("room" + std::to_string(i));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(2'000));
    Member& member = node.join("room");
    server.command({"ACL", "SETUSER", "app", "+subscribe"});
    CHECK(node.becomes_healthy());
    CHECK(eventually([&] { return member.notes.has("gap 0"); }));
}

TEST_CASE("What is still queued at the end is counted in the log", "[redis][refusals]") {
    LogCapture log;
    {
        Node node(brief("redis://127.0.0.1:" + std::to_string(redis_tests::free_port())));
        for (int i = 0; i < 3; ++i) node.publish("room", "x");
    }
    CHECK(log.line("redis publications dropped at the end").find("not_sent=3 not_confirmed=0") !=
          std::string::npos);
    CHECK(log.count("redis publications dropped at the end") == 1);
    {
        FakeServer silent([](const std::string& said) -> std::string {
            return said.find("PUBLISH") == std::string::npos ? "+PONG\r\n" : "";
        });
        Node node(brief(silent.url()));
        node.publish("room", "x");
        CHECK(eventually([&] { return node.statistics().queued == 1; }));
    }
    CHECK(log.count("redis publications dropped at the end") == 2);
    {
        RedisServer server;
        Node node(quick(server.url()));
        CHECK(node.becomes_healthy());
        node.publish("room", "x");
    }
    CHECK(log.count("redis publications dropped at the end") == 2);
}

TEST_CASE("What is no Redis is recognised", "[redis][refusals]") {
    const auto bytes = GENERATE(
        as<std::string>{}, "HTTP/1.1 400 Bad Request\r\n\r\n", "close", "*3\r\n:1\r\n:2\r\n:3\r\n",
        "$3\r\nabc\r\n", ":5\r\n", "+OK\r\n*0\r\n", "+OK\r\n*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n",
        "*3\r\n$9\r\nsubscribe\r\n$13\r\nchanx:control\r\n:1\r\n", "*999999999\r\n", std::string(100, '\0'));
    LogCapture log;
    FakeServer server([&](const std::string&) { return bytes; });
    Node node(brief(server.url()));
    CHECK(says(node, bytes == "close" ? "closed by Redis" : "what answers is no Redis"));
    Member& member = node.join("room");
    node.publish("room", "local");
    CHECK(eventually([&] { return member.notes.has("local"); }));
    CHECK_FALSE(node.healthy());
}

TEST_CASE("Random answers never do more than end a connection", "[redis][refusals]") {
    LogCapture log;
    std::mt19937 random(1);
    const Strings parts{"+OK\r\n",
                        "+PONG\r\n",
                        "*3\r\n",
                        "$7\r\nmessage\r\n",
                        "$13\r\nchanx:control\r\n",
                        "$16\r\nchanx:group:room\r\n",
                        "$2\r\n{}\r\n",
                        ":1\r\n",
                        "$9\r\nsubscribe\r\n",
                        "$11\r\nunsubscribe\r\n",
                        "-ERR x\r\n",
                        "$-1\r\n",
                        "*-1\r\n",
                        "x"};
    std::atomic<int> answers{0};
    FakeServer server([&](const std::string&) {
        ++answers;
        std::string out = "+OK\r\n";
        for (unsigned n = random() % 20; n > 0; --n) out += parts[random() % parts.size()];
        return out;
    });
    auto options = brief(server.url());
    options.backoff_min = options.backoff_max = std::chrono::milliseconds(1);
    options.connect_timeout = std::chrono::milliseconds(100);
    Node node(options);
    Member& member = node.join("room");
    CHECK(eventually([&] {
        node.publish("room", "x");
        return answers > 60;
    }));
    CHECK(eventually([&] { return member.notes.has("x"); }));
}

TEST_CASE("What others publish is checked, counted and dropped where it is not as documented",
          "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    auto options = quick(server.url());
    options.max_message_bytes = 2'000;
    Node node(options);
    Member& member = node.join("room");
    Member& framework = node.join("~everybody");
    const auto publish = [&](const std::string& channel, const std::string& text) {
        CHECK(server.command({"PUBLISH", channel, text}) == "1");
    };
    const std::string good = R"({"v":1,"kind":"message","message":{"action":"good","payload":1}})";
    publish("chanx:group:room", "s3cret garbage");
    publish("chanx:group:room", R"({"v":7,"kind":"message"})");
    publish("chanx:group:room", R"({"v":1,"kind":"dance"})");
    publish("chanx:group:room", std::string(7'000, 'x'));
    publish("chanx:group:room", R"({"v":1,"kind":"heartbeat","from":"p","groups":[]})");
    publish("chanx:group:room", R"({"v":1,"kind":"recheck","group":"other"})");
    publish("chanx:control", good);
    publish("chanx:control", R"({"v":1,"kind":"recheck","group":"~everybody","user":"5"})");
    publish("chanx:group:room", good);
    CHECK(eventually([&] { return member.notes.has("good") && framework.notes.has("recheck 5"); }));
    CHECK(member.notes.size() == 1);
    const auto counted = node.statistics();
    CHECK(counted.malformed == 4);
    CHECK(counted.unknown == 2);
    CHECK(counted.too_long == 1);
    CHECK(counted.received == 2);
    CHECK(log.count("redis publication dropped") >= 1);
    CHECK(log.line("redis publication dropped").find("why=\"1 malformed\"") != std::string::npos);
    // What came within a second is one line, with each reason's number.
    const auto second_line = [&] {
        publish("chanx:group:room", R"({"v":7,"kind":"message"})");
        return log.count("redis publication dropped") >= 2;
    };
    CHECK(eventually(second_line));
    const auto logged = [&](const std::string& reason) {
        int sum = 0;
        for (const auto& line : log.lines()) {
            const auto at = line.find(" " + reason);
            if (at == std::string::npos || line.find("redis publication dropped") == std::string::npos)
                continue;
            sum += std::stoi(line.substr(line.find_last_not_of("0123456789", at - 1) + 1));
        }
        return sum;
    };
    CHECK(logged("malformed") == 4);
    CHECK(logged("unknown kind") == 1);
    CHECK(logged("unknown version") >= 2);
    CHECK(logged("too long") == 1);
    CHECK(log.count("s3cret") == 0);
    CHECK(node.healthy());
}

TEST_CASE("A publication that is too long reaches nobody else, and others know", "[redis][refusals]") {
    LogCapture log;
    RedisServer server;
    auto options = quick(server.url());
    options.max_message_bytes = 2'000;
    Node a(options);
    Node b(options);
    Member& here = a.join("room");
    Member& there = b.join("room");
    a.publish("room", "one");
    a.publish("room", std::string(3'000, 'x'));
    a.publish("room", "two");
    CHECK(eventually([&] { return there.notes.has("two"); }));
    CHECK(there.notes.all() == Strings{"one", "gap 1", "two"});
    CHECK(eventually([&] { return here.notes.size() == 3; }));
    CHECK(a.statistics().dropped == 1);
    CHECK(b.statistics().gaps == 1);
    CHECK(b.statistics().missed == 1);
}

TEST_CASE("Options that can't be used are refused before anything is connected", "[redis][refusals]") {
    const auto refused = [](chanx::RedisOptions options) {
        CHECK_THROWS_AS(chanx::make_redis_layer(std::move(options)), chanx::ConfigurationError);
    };
    refused({.url = "redis://:s3cret@"});
    refused({.prefix = ""});
    refused({.prefix = "a b"});
    refused({.prefix = std::string(65, 'x')});
    refused({.tls_ca_file = "/etc/hostname"});
    refused({.url = "rediss://x", .tls_ca_file = "/does/not/exist"});
    refused({.max_message_bytes = 0});
    refused({.max_queued = 0});
    refused({.ping_interval = std::chrono::milliseconds(0)});
    refused({.backoff_min = std::chrono::seconds(9)});
    refused({.join_timeout = std::chrono::milliseconds(-1)});
}
