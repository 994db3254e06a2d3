#include <chanx/http/static_files.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/scope_builder.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using chanx::StaticFiles;

namespace {

chanx::Request request(std::string_view method = "GET", std::string_view if_none_match = "") {
    chanx::ScopeBuilder builder;
    REQUIRE(builder.set_method(method));
    if (!if_none_match.empty()) REQUIRE(builder.add_header("If-None-Match", if_none_match));
    return chanx::Request(builder.build(), "");
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "chanx-static-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryDirectory() { fs::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const fs::path& path() const { return path_; }
    void write(const fs::path& name, std::string_view content) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << content;
    }

  private:
    fs::path path_;
};

constexpr chanx::EmbeddedFile embedded[] = {{"index.html", "<p>"},
                                            {"js/app.js", "let a"},
                                            {"logo.PNG", std::string_view("\x89P\0G", 4)},
                                            {"LICENSE", ""}};

}  // namespace

TEST_CASE("an embedded file is served with its type and without a copy", "[http][static_files]") {
    const StaticFiles files = StaticFiles::from_embedded(embedded);
    CHECK(files.size() == 4);
    const chanx::Response response = files.respond(request(), "index.html");
    CHECK(response.status() == 200);
    CHECK(response.body().data() == embedded[0].content.data());
    CHECK(response.header("Content-Type") == "text/html; charset=utf-8");
    CHECK(response.header("Cache-Control") == "no-cache");
    CHECK(response.header("X-Content-Type-Options") == "nosniff");
    CHECK(files.respond(request(), "js/app.js").header("Content-Type") == "text/javascript; charset=utf-8");
    CHECK(files.respond(request(), "logo.PNG").header("Content-Type") == "image/png");
    CHECK(files.respond(request(), "logo.PNG").body().size() == 4);
    CHECK(files.respond(request(), "LICENSE").header("Content-Type") == "application/octet-stream");
    CHECK(files.respond(request("HEAD"), "index.html").status() == 200);
}

TEST_CASE("a file that the client has already isn't sent again", "[http][static_files]") {
    const StaticFiles files = StaticFiles::from_embedded(embedded);
    const chanx::Response first = files.respond(request(), "index.html");
    const std::string tag(first.header("ETag").value());
    CHECK(tag.size() == 34);
    CHECK(tag.front() == '"');
    CHECK(files.respond(request(), "js/app.js").header("ETag") != tag);
    for (const std::string& list : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
        INFO(list);
        const chanx::Response again = files.respond(request("GET", list), "index.html");
        CHECK(again.status() == 304);
        CHECK(again.body().empty());
        CHECK(again.header("ETag") == tag);
        CHECK_FALSE(again.header("Content-Type"));
    }
    CHECK(files.respond(request("GET", "\"x\""), "index.html").status() == 200);
    CHECK(files.respond(request("GET", tag.substr(1)), "index.html").status() == 200);
}

TEST_CASE("unknown names and other methods are refused", "[http][static_files]") {
    const StaticFiles files = StaticFiles::from_embedded(embedded);
    for (const char* name : {"", "/", "/index.html", "index", "INDEX.html", "../index.html", "js", "js/",
                             "js/../index.html", "js//app.js", "..", "/etc/passwd"}) {
        INFO(name);
        CHECK(files.respond(request(), name).status() == 404);
    }
    const chanx::Response refused = files.respond(request("POST"), "index.html");
    CHECK(refused.status() == 405);
    CHECK(refused.header("Allow") == "GET, HEAD");
    const chanx::EmbeddedFile twice[] = {{"a", "1"}, {"a", "2"}};
    CHECK_THROWS_AS(StaticFiles::from_embedded(twice), chanx::ConfigurationError);
}

TEST_CASE("a directory's files are read at start and only then", "[http][static_files]") {
    const TemporaryDirectory directory;
    directory.write("index.html", "<h1>");
    directory.write("css/deep/a.css", std::string(100'000, 'a'));
    directory.write(".secret", "x");
    directory.write(".git/config", "x");
    fs::create_symlink("index.html", directory.path() / "home.html");
    const StaticFiles files = StaticFiles::from_directory(directory.path().string());
    CHECK(files.size() == 3);
    CHECK(files.respond(request(), "index.html").body() == "<h1>");
    CHECK(files.respond(request(), "home.html").body() == "<h1>");
    CHECK(files.respond(request(), "css/deep/a.css").body().size() == 100'000);
    CHECK_FALSE(files.contains(".secret"));
    directory.write("late.html", "x");
    directory.write("index.html", "changed");
    CHECK(files.respond(request(), "late.html").status() == 404);
    CHECK(files.respond(request(), "index.html").body() == "<h1>");
}

TEST_CASE("symbolic links that leave the directory stop the start", "[http][static_files]") {
    const TemporaryDirectory outside;
    outside.write("secret", "x");
    const TemporaryDirectory directory;
    directory.write("sub/a", "x");
    const auto load = [&] { return StaticFiles::from_directory(directory.path().string()); };
    SECTION("to a file outside") {
        fs::create_symlink(outside.path() / "secret", directory.path() / "link");
        CHECK_THROWS_WITH(load(), support::containing("leads out of the directory"));
    }
    SECTION("to a directory outside") {
        fs::create_symlink(outside.path(), directory.path() / "sub/link");
        CHECK_THROWS_AS(load(), chanx::ConfigurationError);
    }
    SECTION("to a directory inside") {
        fs::create_symlink(directory.path(), directory.path() / "sub/loop");
        CHECK_THROWS_AS(load(), chanx::ConfigurationError);
    }
    SECTION("to a sibling whose name begins alike") {
        const fs::path sibling = directory.path().string() + "-more";
        fs::create_directory(sibling);
        std::ofstream(sibling / "f") << "x";
        fs::create_symlink(sibling / "f", directory.path() / "link");
        CHECK_THROWS_AS(load(), chanx::ConfigurationError);
        fs::remove_all(sibling);
    }
    SECTION("to nowhere") {
        fs::create_symlink("missing", directory.path() / "link");
        CHECK_THROWS_AS(load(), chanx::ConfigurationError);
    }
}

TEST_CASE("a directory that is missing or too large stops the start", "[http][static_files]") {
    const TemporaryDirectory directory;
    CHECK_THROWS_AS(StaticFiles::from_directory((directory.path() / "none").string()),
                    chanx::ConfigurationError);
    directory.write("file", "x");
    CHECK_THROWS_AS(StaticFiles::from_directory((directory.path() / "file").string()),
                    chanx::ConfigurationError);
    directory.write("large", "");
    fs::resize_file(directory.path() / "large", StaticFiles::max_total_size);
    CHECK_THROWS_WITH(StaticFiles::from_directory(directory.path().string()),
                      support::containing("64 MiB"));
}
