// What the reference shows of binary messages in parts, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace {

/// Where files are, and the threads that may wait for the disk.
struct Disk {
    std::filesystem::path folder;
    chanx::BlockingPool pool{{.name = "disk", .threads = 1}};
};

// [docs:streaming]
/// Takes a file in a binary message of any size, and sends it back when it is asked to.
class FileConsumer final : public chanx::StreamingConsumer {
    chanx::StreamingOptions streaming_options() const override {
        return {.max_message_size = std::uint64_t{10} << 30};
    }
    chanx::awaitable<> receive_binary_part(chanx::BinaryPart part) override {
        co_await chanx::run_blocking(disk().pool, [&] {
            if (part.first) file_.open(disk().folder / "upload", std::ios::binary);
            file_.write(part.data.data(), static_cast<std::streamsize>(part.data.size()));
            if (part.last) file_.close();
            if (!file_) throw std::runtime_error("the file can't be written");
        });
        if (!part.last) co_return;
        std::filesystem::rename(disk().folder / "upload", disk().folder / "file");
        send_text("stored");
    }
    chanx::awaitable<> receive_text(std::string) override {
        std::ifstream file(disk().folder / "file", std::ios::binary);
        auto out = begin_binary();
        for (std::string bytes(65536, '\0'); file;) {
            co_await chanx::run_blocking(disk().pool, [&] { file.read(bytes.data(), 65536); });
            const auto size = static_cast<std::size_t>(file.gcount());
            if (!co_await out.write({bytes.data(), size})) co_return;  // the client has gone
        }
        out.finish();
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        if (!inside_binary_message()) co_return;
        file_.close();
        std::filesystem::remove(disk().folder / "upload");
    }

    Disk& disk() const { return scope().state<Disk>(); }

    std::ofstream file_;
};
// [/docs:streaming]

struct FilesFixture : chanx::testing::WebsocketFixture {
    FilesFixture() : WebsocketFixture(make()), folder(application().states().get<Disk>().folder) {}
    ~FilesFixture() override { std::filesystem::remove_all(folder); }

    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("", chanx::consumer<FileConsumer>())});
        std::string name = (std::filesystem::temp_directory_path() / "chanx-docs-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        auto disk = std::make_shared<Disk>();
        disk->folder = name;
        application->state(std::move(disk));
        return application;
    }

    std::filesystem::path folder;
};

}  // namespace

// [docs:test]
TEST_CASE_METHOD(FilesFixture, "a file comes back as it was sent", "[docs]") {
    auto client = communicator();
    client.connect();
    client.send_binary_part("one ");
    client.send_binary_part("two ");
    client.send_last_binary_part("three");
    CHECK(client.receive_text() == "stored");
    client.send_text("back, please");
    const auto part = client.receive_binary_part();
    CHECK((part.first && !part.last));
    CHECK(part.data == "one two three");
    CHECK(client.receive_binary_part().last);
}
// [/docs:test]

TEST_CASE_METHOD(FilesFixture, "a file is larger than what is held of it, and half of one is not kept",
                 "[docs]") {
    std::string large(3'000'000, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i % 251);
    auto client = communicator();
    client.connect();
    client.send_binary(large);
    CHECK(client.receive_text() == "stored");
    client.send_text("back, please");
    CHECK(client.receive_binary() == large);
    client.send_binary_part("half");
    app().run_until_idle();
    CHECK(std::filesystem::exists(folder / "upload"));
    client.drop();
    CHECK_FALSE(std::filesystem::exists(folder / "upload"));
    CHECK(std::filesystem::file_size(folder / "file") == large.size());
}
