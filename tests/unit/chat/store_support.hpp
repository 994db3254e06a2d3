#pragma once
// What the tests of the store share: a directory of their own, a clock they set, and SQLite without the
// store.

#include "chat/store/store.hpp"
#include "support/catch.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <string>

namespace chat_test {

using namespace std::chrono_literals;

/// Removed with everything in it.
class TempDirectory {
  public:
    TempDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "chat-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = pattern;
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

inline chat::TimePoint at(std::int64_t milliseconds) {
    return chat::TimePoint(std::chrono::milliseconds(milliseconds));
}

/// A store on a new file, with the time under the test's hand.
struct StoreFixture {
    TempDirectory directory;
    std::atomic<std::int64_t> now_ms{1'700'000'000'123};
    chat::Store store{options()};

    chat::StoreOptions options() {
        return {.path = directory.file("chat.sqlite3"), .clock = [this] { return at(now_ms.load()); }};
    }

    std::int64_t user(const std::string& name) {
        return store.create_user(name, "hash of " + name).value().id;
    }
};

inline void ignore_message(const chat::Message&) {}

/// Another program that uses the file.
class RawDatabase {
  public:
    explicit RawDatabase(const std::string& path) {
        if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("sqlite3_open");
    }
    ~RawDatabase() { sqlite3_close(database_); }
    RawDatabase(const RawDatabase&) = delete;
    RawDatabase& operator=(const RawDatabase&) = delete;

    void run(const std::string& sql) {
        if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
            throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
        }
    }

    std::string value(const std::string& sql) {
        std::string found;
        const auto keep = [](void* to, int count, char** values, char**) {
            const char* last = values[count - 1];
            *static_cast<std::string*>(to) = last != nullptr ? last : "NULL";
            return 0;
        };
        if (sqlite3_exec(database_, sql.c_str(), keep, &found, nullptr) != SQLITE_OK) {
            throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
        }
        return found;
    }

  private:
    sqlite3* database_ = nullptr;
};

/// The StoreError that `call` throws; the test fails when it throws none.
template <class Call>
chat::StoreError store_error_of(Call&& call) {
    try {
        call();
    } catch (const chat::StoreError& error) {
        CHECK(std::string(error.what()).find('\n') == std::string::npos);
        return error;
    }
    FAIL("no StoreError was thrown");
    throw std::logic_error("unreachable");
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

}  // namespace chat_test
