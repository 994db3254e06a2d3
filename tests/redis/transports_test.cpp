#include "redis/support/node.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/layer/redis_layer.hpp>

#include <cstdlib>
#include <filesystem>

using redis_tests::eventually;
using redis_tests::free_port;
using redis_tests::Member;
using redis_tests::Node;
using redis_tests::quick;
using redis_tests::RedisServer;

namespace {

void carries_messages(const chanx::RedisOptions& options) {
    Node a(options);
    Node b(options);
    Member& there = b.join("room");
    CHECK(a.becomes_healthy());
    CHECK(b.becomes_healthy());
    a.publish("room", "hello");
    a.publish("room", std::string(500'000, 'x'));
    CHECK(eventually([&] { return there.notes.size() == 2; }));
    CHECK(there.notes.count("hello") == 1);
}

}  // namespace

TEST_CASE("Redis is reached through a local socket", "[redis][transports]") {
    LogCapture log;
    const std::string path = "/tmp/chanx-redis-" + std::to_string(free_port()) + ".sock";
    RedisServer server({"--unixsocket", path});
    carries_messages(quick("unix://" + path));
    std::filesystem::remove(path);
}

TEST_CASE("Redis is reached by name", "[redis][transports]") {
    LogCapture log;
    RedisServer server;
    carries_messages(quick("redis://localhost:" + std::to_string(server.port())));
    auto options = quick("redis://no-such-host.invalid");
    options.flush_timeout = std::chrono::milliseconds(10);
    Node lost(options);
    CHECK(eventually([&] { return lost.layer().health().detail.find("connecting") == std::string::npos; }));
    CHECK_FALSE(lost.healthy());
}

TEST_CASE("Redis is reached through TLS, if its certificate is trusted and is the host's",
          "[redis][transports]") {
    LogCapture log;
    RedisServer folder_owner;
    const std::string folder = folder_owner.folder();
    const std::string make =
        "cd " + folder +
        " && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
        " -subj /CN=redis -addext subjectAltName=IP:127.0.0.1 >openssl.log 2>&1";
    REQUIRE(std::system(make.c_str()) == 0);
    const std::uint16_t port = free_port();
    RedisServer server({"--tls-port", std::to_string(port), "--tls-cert-file", folder + "/cert.pem",
                        "--tls-key-file", folder + "/key.pem", "--tls-ca-cert-file", folder + "/cert.pem",
                        "--tls-auth-clients", "no"});
    auto options = quick("rediss://127.0.0.1:" + std::to_string(port));
    options.tls_ca_file = folder + "/cert.pem";
    carries_messages(options);

    const auto fails = [](chanx::RedisOptions refused) {
        refused.join_timeout = refused.flush_timeout = std::chrono::milliseconds(10);
        Node node(refused);
        CHECK(eventually([&] {
            return node.layer().health().detail.find("certificate verify failed") != std::string::npos;
        }));
        CHECK_FALSE(node.healthy());
    };
    options.url = "rediss://localhost:" + std::to_string(port);
    fails(options);
    fails(quick("rediss://127.0.0.1:" + std::to_string(port)));
}
