#pragma once

#include <chanx/http/scope.hpp>
#include <chanx/type_key.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chanx {

class Request;

namespace detail {
template <class U>
void set_user(Request& request, std::shared_ptr<const U> user);
void forbid_extra(Request& request) noexcept;
}

/// An HTTP request with its whole body, as a handler gets it. Moves, doesn't copy.
class Request {
  public:
    Request(Scope scope, std::string body) : scope_(std::move(scope)), body_(std::move(body)) {}
    Request(Request&&) noexcept = default;
    Request& operator=(Request&&) noexcept = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    const Scope& scope() const noexcept { return scope_; }
    Scope& scope() noexcept { return scope_; }

    std::string_view method() const noexcept { return scope_.method(); }
    std::string_view path() const noexcept { return scope_.path(); }
    std::optional<std::string> query(std::string_view name) const { return scope_.query(name); }
    std::optional<std::string_view> header(std::string_view name) const noexcept {
        return scope_.header(name);
    }
    std::optional<std::string_view> cookie(std::string_view name) const noexcept {
        return scope_.cookie(name);
    }
    /// See Scope::param.
    template <class T>
    T param(std::string_view name) const {
        return scope_.param<T>(name);
    }
    /// See Scope::state.
    template <class T>
    T& state() const {
        return scope_.state<T>();
    }
    /// See Scope::shard_state.
    template <class T>
    T& shard_state() const {
        return scope_.shard_state<T>();
    }

    /// See Scope::reverse.
    std::string reverse(std::string_view name, std::initializer_list<ReverseParam> params = {}) const {
        return scope_.reverse(name, params);
    }

    std::string_view body() const noexcept { return body_; }

    /// Whether the Content-Type is application/json or some application/...+json.
    bool has_json_body() const noexcept;

    /// The body decoded as the described struct T. Defined in http/json_body.hpp.
    /// Throws ApiException 415 if the body isn't declared as JSON and RequestValidationError (422) with
    /// every error if it doesn't decode. Under the route's policy Strict a field that T lacks is an error too.
    template <class T>
    T json() const;

    /// Whether the route has the policy Strict.
    bool forbids_extra() const noexcept { return forbids_extra_; }

    /// The user whom the route's Authentication policy found.
    /// Throws ApiException 401 if there is none and ConfigurationError if it is no U.
    template <class U>
    const U& user() const {
        if (const U* found = maybe_user<U>()) return *found;
        throw_no_user();
    }
    /// The user or null; throws ConfigurationError if there is a user that is no U.
    template <class U>
    const U* maybe_user() const {
        if (!user_) return nullptr;
        if (user_key_ != detail::type_key<U>()) throw_other_user(type_name<U>());
        return static_cast<const U*>(user_.get());
    }

  private:
    template <class U>
    friend void detail::set_user(Request& request, std::shared_ptr<const U> user);
    friend void detail::forbid_extra(Request& request) noexcept;

    [[noreturn]] static void throw_no_user();
    [[noreturn]] void throw_other_user(std::string_view wanted) const;

    Scope scope_;
    std::string body_;
    std::shared_ptr<const void> user_;
    detail::TypeKey user_key_ = nullptr;
    bool forbids_extra_ = false;
};

namespace detail {

/// For the framework's authentication; null for an anonymous request.
template <class U>
void set_user(Request& request, std::shared_ptr<const U> user) {
    request.user_key_ = user ? type_key<U>() : nullptr;
    request.user_ = std::move(user);
}
/// For the policy Strict.
inline void forbid_extra(Request& request) noexcept {
    request.forbids_extra_ = true;
}

}  // namespace detail
}  // namespace chanx
