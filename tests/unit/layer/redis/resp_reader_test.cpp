#include "layer/redis/resp_reader.hpp"

#include "support/catch.hpp"

#include <random>
#include <string>

using chanx::detail::append_command;
using chanx::detail::RespReader;

TEST_CASE("Replies come out whole, however they are cut", "[redis]") {
    const std::string bytes =
        "+OK\r\n:12\r\n*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\na\r\nbc\r\n-WRONGPASS pass s3cret\r\n";
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        RespReader reader(1000);
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < bytes.size(); at += cut) {
            reader.feed(std::string_view(bytes).substr(at, cut));
            while (const auto reply = reader.next()) {
                seen.push_back(reply->is_error()     ? "error " + std::string(reply->error_code())
                               : reply->size() == 3  ? std::string(reply->text(2))
                               : reply->is_integer() ? "integer"
                                                     : std::string(reply->text()));
            }
        }
        CHECK(seen == std::vector<std::string>{"OK", "integer", "a\r\nbc", "error WRONGPASS"});
        CHECK_FALSE(reader.failed());
    }
}

TEST_CASE("What is no RESP, or more than anybody would answer, fails and nothing more comes", "[redis]") {
    const auto bytes = GENERATE(as<std::string>{}, "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n",
                                "*1000000000\r\n", "*65\r\n", "$2000\r\n" + std::string(1500, 'x'), "$-5\r\n",
                                "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n");
    RespReader reader(1000);
    reader.feed(bytes);
    CHECK_FALSE(reader.next());
    CHECK(reader.failed());
    reader.feed("+OK\r\n");
    CHECK_FALSE(reader.next());
}

TEST_CASE("An error's code is a word of capitals or nothing of it", "[redis]") {
    const auto code = [](std::string_view line) {
        RespReader reader(1000);
        reader.feed(line);
        const auto reply = reader.next();
        return reply ? std::string(reply->error_code()) : std::string("no reply");
    };
    CHECK(code("-NOAUTH Authentication required.\r\n") == "NOAUTH");
    CHECK(code("-ERR unknown command `AUTH`, with args beginning with: `s3cret`\r\n") == "ERR");
    CHECK(code("-s3cret is wrong\r\n") == "an error");
    CHECK(code("-\r\n") == "an error");
}

TEST_CASE("What an error without a word of its own is about is said in fixed words, or not at all",
          "[redis]") {
    const auto hint = [](std::string_view line) {
        RespReader reader(1000);
        reader.feed(line);
        const auto reply = reader.next();
        return reply ? std::string(reply->error_hint()) : std::string("no reply");
    };
    CHECK(hint("-ERR max number of clients reached\r\n") == "maximum number of clients");
    CHECK(hint("-ERR DB index is out of range\r\n") == "DB index is out of range");
    CHECK(hint("-ERR unknown command `AUTH`, with args beginning with: `s3cret`\r\n") == "unknown command");
    CHECK(hint("-ERR s3cret DB index is out of range\r\n").empty());
    CHECK(hint("-WRONGPASS invalid username-password pair\r\n").empty());
    CHECK(hint("+ERR DB index is out of range\r\n").empty());
}

TEST_CASE("Random bytes end in replies or a failure", "[redis]") {
    std::mt19937 random(1);
    constexpr std::string_view likely = "+-:$*\r\n0123456789a";
    std::size_t failed = 0;
    for (int round = 0; round < 20'000; ++round) {
        RespReader reader(200);
        std::string bytes;
        for (unsigned i = 0; i < 60; ++i)
            bytes += random() % 8 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
        reader.feed(bytes);
        while (const auto reply = reader.next()) {
            reply->text();
            reply->text(0);
        }
        if (reader.failed()) ++failed;
    }
    CHECK(failed > 1000);
}

TEST_CASE("A command is an array of texts of any bytes", "[redis]") {
    std::string out;
    append_command(out, "PUBLISH", std::string("a\r\n"), std::string_view("\0", 1));
    CHECK(out == std::string("*3\r\n$7\r\nPUBLISH\r\n$3\r\na\r\n\r\n$1\r\n\0\r\n", 33));
}
