#pragma once

#include "support/scripted_consumer.hpp"

#include <chanx/app/application.hpp>

#include <set>
#include <string>

namespace scripted {

inline std::string said(std::string_view payload) {
    return R"({"action":"said","payload":")" + std::string(payload) +
           R"(","is_mine":false,"is_current":false})";
}

/// Members of a room, whose access can be revoked and is counted when it is asked for.
struct RecheckFixture : Fixture {
    explicit RecheckFixture(chanx::SettingsOverride overrides = {}) : Fixture({}, std::move(overrides)) {
        script.permission = [this](const User* user) {
            ++asked;
            return user == nullptr || !revoked.contains(user->id);
        };
    }
    /// Checks that still run when the application is ended must not look at what is gone by then.
    ~RecheckFixture() override { script.permission = nullptr; }
    void tell(std::string text) {
        application().send_group_message<Consumer>("room_1", Said{std::move(text)});
    }

    /// Authenticating takes so long from now on.
    void authenticate_slowly(std::chrono::milliseconds time) {
        script.authenticate =
            [time](const chanx::Scope& scope) -> chanx::awaitable<chanx::Authenticated<User>> {
            chanx::Authenticated<User> found;
            if (const auto name = scope.header("X-User")) found.user = User{std::string(*name)};
            co_await chanx::sleep_for(time);
            co_return found;
        };
    }

    std::set<std::string> revoked;
    int asked = 0;
};

}  // namespace scripted
