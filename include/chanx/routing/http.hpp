#pragma once

#include <chanx/consumer/resolved_policies.hpp>
#include <chanx/error.hpp>
#include <chanx/http/endpoint.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/response.hpp>
#include <chanx/routing/router.hpp>

#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

template <class Handler, class... Ps>
class PolicedEndpoint final : public HttpEndpoint {
    using Resolved = ResolvedFor<PermissionTarget::http_request, void, Ps...>;
    using User = typename Resolved::user;

  public:
    explicit PolicedEndpoint(Handler handler) : handler_(std::move(handler)) {}

    awaitable<Response> handle(Request request) const override {
        std::shared_ptr<const User> user;
        if constexpr (Resolved::has_authentication) {
            Authenticated<User> found = co_await Resolved::authentication::authenticate(request.scope());
            if (!found.refusal.empty()) {
                const std::string_view refused_by = Resolved::authentication::decided_by(found);
                log_refused(request.scope(), refused_by, found.refusal);
                co_return refuse_credentials(challenges(), refused_by, refused_text);
            }
            if (found.user) {
                user = std::make_shared<const User>(std::move(*found.user));
                set_user(request, user);
                set_session_key(request.scope(), std::move(found.session_key));
            }
        }
        if constexpr (Resolved::has_permissions) {
            const AccessRequest<User> access{request.scope(), user.get()};
            const void* const no_object = nullptr;
            const Verdict verdict =
                co_await evaluate<void>(Resolved::permissions::expression, access, no_object);
            if (verdict.decision != Decision::yes) {
                log_denied(request.scope(), verdict.denied_by);
                if (!user) throw ApiException(401, "Authentication required");
                throw ApiException(403, "Permission denied");
            }
        }
        if constexpr (Resolved::is_strict) forbid_extra(request);
        co_return co_await handler_(std::move(request));
    }

    std::span<const Challenge> challenges() const noexcept override { return Resolved::challenges(); }

  private:
    Handler handler_;
};

template <class... Ps, class Handler>
Target http_target(std::string_view method, Handler handler) {
    constexpr bool is_handler = std::is_invocable_r_v<awaitable<Response>, const Handler&, Request>;
    static_assert(is_handler,
                  "chanx: an HTTP handler is `chanx::awaitable<chanx::Response> handler(chanx::Request)`");
    static_assert(CheckHttpPolicies<Ps...>::value);
    if constexpr (is_handler) {
        return HttpTarget{method, std::make_shared<PolicedEndpoint<Handler, Ps...>>(std::move(handler))};
    } else {
        return HttpTarget{};
    }
}

}  // namespace detail

/// HTTP route targets, one for each method; several may stand under one pattern.
///
/// The handler is `chanx::awaitable<chanx::Response> handler(chanx::Request)`; it runs on the shard's thread
/// and is called for several requests at once. An ApiException it throws becomes `{"detail":...}` with its
/// status, any other exception a logged 500.
/// @tparam Ps  the policies Authentication, Permissions and Strict, as for consumers
///
/// @code
/// chanx::path("api/me", chanx::get<LoggedIn>(show_me))
/// @endcode
template <class... Ps, class Handler>
Target get(Handler handler) {
    return detail::http_target<Ps...>("GET", std::move(handler));
}
template <class... Ps, class Handler>
Target post(Handler handler) {
    return detail::http_target<Ps...>("POST", std::move(handler));
}
template <class... Ps, class Handler>
Target put(Handler handler) {
    return detail::http_target<Ps...>("PUT", std::move(handler));
}
template <class... Ps, class Handler>
Target patch(Handler handler) {
    return detail::http_target<Ps...>("PATCH", std::move(handler));
}
/// The method DELETE.
template <class... Ps, class Handler>
Target del(Handler handler) {
    return detail::http_target<Ps...>("DELETE", std::move(handler));
}

}  // namespace chanx
