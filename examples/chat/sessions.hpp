#pragma once

#include "chat/services.hpp"

#include <chanx/auth/session.hpp>
#include <chanx/consumer/policy.hpp>

#include <memory>
#include <optional>
#include <string>

namespace chat {

/// The chat's logins, kept in its database.
class Sessions final : public chanx::SessionStore<User> {
  public:
    explicit Sessions(std::shared_ptr<Services> services) : services_(std::move(services)) {}

    chanx::awaitable<std::optional<chanx::StoredSession<User>>> find(std::string key) override;
    chanx::awaitable<> save(std::string key, chanx::StoredSession<User> session) override;
    chanx::awaitable<> remove(std::string key) override;

  private:
    std::shared_ptr<Services> services_;
};

using SessionAuthentication = chanx::SessionAuthentication<User>;

/// HTTP routes that know their user, if there is one.
struct MaybeLoggedIn : chanx::Policies<chanx::Authentication<SessionAuthentication>> {};

/// HTTP routes for users only.
struct LoggedIn : chanx::Policies<MaybeLoggedIn, chanx::Permissions<chanx::is_authenticated>> {};

}  // namespace chat
