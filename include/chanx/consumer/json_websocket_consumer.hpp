#pragma once

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/consumer/json_consumer.hpp>
#include <chanx/consumer/message_list.hpp>
#include <chanx/consumer/policy.hpp>
#include <chanx/consumer/receiver.hpp>
#include <chanx/consumer/requirements.hpp>
#include <chanx/consumer/resolved_policies.hpp>
#include <chanx/error.hpp>
#include <chanx/message/match.hpp>

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace chanx {
/// One connection's own object, with typed and validated JSON messages: subclass it, override hooks, send.
/// See WebsocketConsumer for what holds of all consumers.
///
/// The connect phase goes: authenticate, permissions, lookup, permissions again with the object,
/// `authentication` frame, build_groups(), join, post_authentication(). Then each message is decoded,
/// validated and given to receive_message().
///
/// @tparam Object  what the connection is about, found by the Lookup policy; void where there is none
/// @tparam Ps  policies and bundles of them: Authentication, Permissions, Lookup, IncomingMessages,
/// GroupMessages, ...
///
/// @code
/// class ChatConsumer final : public chanx::JsonWebsocketConsumer<ChatRoom, ChatPolicies> {
///     chanx::awaitable<std::vector<std::string>> build_groups() override;
///     chanx::awaitable<> receive_message(IncomingMessage message) override {
///         return match(std::move(message),
///             [this](const ChatMessage& chat) { return handle_chat(chat.payload); },
///             [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
///     }
/// };
/// @endcode
template <class Object, class... Ps>
class JsonWebsocketConsumer
    : public detail::JsonConsumerBase<typename detail::Resolved<Object, Ps...>::incoming,
                                      typename detail::Resolved<Object, Ps...>::events,
                                      typename detail::Resolved<Object, Ps...>::group,
                                      detail::Resolved<Object, Ps...>::group_hook> {
    using Resolved = detail::Resolved<Object, Ps...>;
    using Incoming = typename Resolved::incoming;
    static_assert(detail::CheckConsumerPolicies<Object, Ps...>::value);
    static constexpr auto target = detail::consumer_target<typename Resolved::list>;
    static_assert(detail::CheckRequirements<typename Resolved::list, Incoming, typename Resolved::user,
                                            Object, target>::value);
    using Requirements = detail::Requirements<typename detail::GoodRequirements<
        typename Resolved::list, Incoming, typename Resolved::user, Object, target>::type>;

  public:
    using object_type = Object;
    using User = typename Resolved::user;
    using IncomingMessage = typename Incoming::Variant;
    using GroupMessageSet = typename Resolved::group;

    /// What the policies set.
    static SettingsOverride policy_settings() { return Resolved::settings(); }
    /// The messages that the policies name; without the class's own name.
    static constexpr ConsumerInfo policy_messages() {
        return {.name = {},
                .is_json = true,
                .limits_outgoing = detail::MessageList<typename Resolved::outgoing>::is_set,
                .incoming = detail::MessageList<Incoming>::span(),
                .outgoing = detail::MessageList<typename Resolved::outgoing>::span(),
                .group = detail::MessageList<GroupMessageSet>::span(),
                .events = detail::MessageList<typename Resolved::events>::span()};
    }

    /// What a 401 of connect() asks for.
    static constexpr std::span<const detail::Challenge> policy_challenges() { return Resolved::challenges(); }

  protected:
    /// What the lookup found. From build_groups() on.
    std::add_lvalue_reference_t<const Object> object() const
        requires(!std::is_void_v<Object>)
    {
        return *object_;
    }
    /// There is none; says so to the programmer.
    template <class Found = Object>
        requires(std::is_void_v<Object>)
    auto object() const {
        static_assert(
            !std::is_void_v<Found>,
            "chanx: this consumer has no object. Add chanx::Lookup<find_object> to its policies and write "
            "the object's type in the place of void");
    }
    /// The user.
    /// @throws ApiException 401 for an anonymous one
    const User& user() const {
        if (!user_) this->throw_anonymous();
        return *user_;
    }
    /// The user, or null for an anonymous one.
    const User* maybe_user() const noexcept { return user_ ? &*user_ : nullptr; }

    /// Sends a message to this connection's client. Returns at once; see flush().
    template <class M>
    void send_message(const M& message) {
        static_assert(detail::CheckMessage<M>::value);
        if constexpr (detail::MessageFacts<M>::good) {
            static_assert(Resolved::outgoing::template contains<M>,
                          "chanx: this message is not among the consumer's OutgoingMessages: add it there");
            std::string& text = this->encode_buffer();
            encode_open(text, message, this->encoding());
            this->send_encoded(text, M::action, detail::frame_delivery_of(message));
        }
    }

    /// Sends a message to all members of this connection's groups, itself included. Members get it with
    /// `is_mine` and `is_current`. When it returns, every member on this thread has it in its outbox.
    template <class M>
    void send_group_message(const M& message, GroupSendOptions options = {}) {
        send_to_groups(this->groups(), message, options);
    }

    /// As send_group_message, to the named groups.
    /// @throws ConfigurationError for a name that no group can have (see join_group); nothing has been sent then
    template <class M>
    void send_to_groups(std::span<const std::string> groups, const M& message,
                        GroupSendOptions options = {}) {
        static_assert(detail::CheckMessage<M>::value);
        if constexpr (detail::MessageFacts<M>::good) {
            static_assert(GroupMessageSet::template contains<M>,
                          "chanx: this message is not among the consumer's GroupMessages: add it there");
            std::string body;
            encode_open(body, message, this->encoding());
            this->publish(groups, M::action, std::move(body), options, detail::delivery_of(message));
        }
    }

    /// Calls the one handler that fits the message. A handler is a lambda or a member function of the
    /// consumer (`&ChatConsumer::handle_chat`), private or not. It takes `const M&` or M and returns void, a
    /// message (which is the reply), or an awaitable of either; `[](const auto&)` takes what no other takes.
    /// A missing or superfluous handler does not compile. Message and handlers live until the returned
    /// coroutine ends.
    /// @throws std::logic_error  from the coroutine, for a member function of another consumer class that has
    /// the same base; of any other class it does not compile
    template <class... Handlers>
    awaitable<> match(IncomingMessage message, Handlers... handlers) {
        auto reply = [this](const auto& answer) { this->send_message(answer); };
        if constexpr (detail::has_members<Handlers...>) {
            return detail::match_members_into(this, reply, std::move(message), std::move(handlers)...);
        } else {
            return detail::match_into(reply, std::move(message), std::move(handlers)...);
        }
    }

    /// As match, for an event: `match_event(std::move(event), handlers...)`.
    template <class Event, class... Handlers>
    awaitable<> match_event(Event event, Handlers... handlers) {
        auto reply = [this](const auto& answer) { this->send_message(answer); };
        if constexpr (detail::has_members<Handlers...>) {
            return detail::match_members_into(this, reply, std::move(event), std::move(handlers)...);
        } else {
            return detail::match_into(reply, std::move(event), std::move(handlers)...);
        }
    }

  private:
    struct Nothing {};
    using Held = std::conditional_t<std::is_void_v<Object>, Nothing, Object>;

    awaitable<detail::ConnectOutcome> chanx_authenticate() final { return check(detail::AccessCheck::first); }
    awaitable<detail::ConnectOutcome> chanx_authenticate_again() final { return check(detail::AccessCheck::again); }

    /// Again leaves user and object as they are until all has been passed.
    awaitable<detail::ConnectOutcome> check(detail::AccessCheck which) {
        const bool again = which == detail::AccessCheck::again;
        std::optional<User> user_now;
        std::optional<Held> object_now;
        std::optional<User>& user = again ? user_now : user_;
        [[maybe_unused]] std::optional<Held>& object = again ? object_now : object_;
        if constexpr (Resolved::has_authentication) {
            Authenticated<User> found = co_await find_user(which);
            if (!found.refusal.empty())
                co_return this->refused(Resolved::authentication::decided_by(found), found.refusal);
            std::string key = found.user ? detail::user_key(*found.user) : std::string();
            if (again) {
                if (!this->renew_login(key, found.expires_at)) co_return this->not_the_same_user();
            } else if (found.user) {
                this->accept_login(std::move(key), std::move(found.session_key), found.expires_at);
            }
            if (found.user) user.emplace(std::move(*found.user));
        }
        [[maybe_unused]] const AccessRequest<User> request{this->scope(), user ? &*user : nullptr};
        if constexpr (Resolved::has_permissions) {
            this->enter_stage(detail::AccessStage::permission);
            constexpr auto& expression = Resolved::permissions::expression;
            using Expression = std::remove_cvref_t<decltype(expression)>;
            const Object* const unknown = nullptr;
            detail::Verdict verdict;
            if constexpr (detail::is_prompt<detail::ObjectIs::unknown, Object, User, Expression>) {
                verdict = detail::decide<detail::ObjectIs::unknown, Object>(expression, request, unknown);
            } else {
                verdict = co_await detail::evaluate<Object>(expression, request, unknown);
            }
            if (verdict.decision == Decision::no) co_return this->denied(verdict, !user);
        }
        if constexpr (Resolved::has_lookup) {
            this->enter_stage(detail::AccessStage::lookup);
            auto found = co_await Resolved::lookup::find(this->scope());
            if (!found) co_return this->not_found();
            const Object& here = object.emplace(std::move(*found));
            if constexpr (Resolved::has_permissions) {
                this->enter_stage(detail::AccessStage::permission);
                constexpr auto& expression = Resolved::permissions::expression;
                using Expression = std::remove_cvref_t<decltype(expression)>;
                detail::Verdict verdict;
                if constexpr (detail::is_prompt<detail::ObjectIs::known, Object, User, Expression>) {
                    verdict = detail::decide<detail::ObjectIs::known, Object>(expression, request, &here);
                } else {
                    verdict = co_await detail::evaluate<Object>(expression, request, &here);
                }
                if (verdict.decision != Decision::yes) co_return this->denied(verdict, !user);
            }
        }
        if (again) {
            if (user) user_.emplace(std::move(*user));
            if (object) object_.emplace(std::move(*object));
        }
        co_return detail::ConnectOutcome{};
    }

    std::optional<awaitable<>> chanx_decode_and_handle(std::string_view text) final {
        DecodeOptions options = this->decoding();
        options.forbid_extra = Resolved::is_strict;
        std::optional<IncomingMessage> message;
        if (!this->decode_message(Incoming::table(), text, options, &message)) return std::nullopt;
        if constexpr (Requirements::any) {
            if (Requirements::requires_permission(std::type_identity<IncomingMessage>(), message->index()))
                return receive_if_permitted(std::move(*message));
        }
        return this->receive_message(std::move(*message));
    }

    awaitable<> receive_if_permitted(IncomingMessage message) {
        const Object* object = nullptr;
        if constexpr (Resolved::has_lookup) object = &*object_;
        const auto verdict = co_await Requirements::template evaluate<Object>(message, access(), object);
        if (verdict.decision != Decision::yes) {
            this->deny_message(verdict);
        } else {
            co_await this->receive_message(std::move(message));
        }
    }

    static constexpr bool takes_first_message() {
        if constexpr (Resolved::has_authentication) {
            return Resolved::authentication::takes_first_message;
        } else {
            return false;
        }
    }

    awaitable<Authenticated<User>> find_user([[maybe_unused]] detail::AccessCheck which) {
        if constexpr (takes_first_message()) {
            return find_user_or_read(which);
        } else {
            return Resolved::authentication::authenticate(this->scope());
        }
    }
    /// By the request, or else by the first message, whose token is kept for when it is asked again.
    awaitable<Authenticated<User>> find_user_or_read(detail::AccessCheck which) {
        using Asked = typename Resolved::authentication;
        Authenticated<User> found = co_await Asked::authenticate(this->scope());
        if (!found.decided()) {
            // There is no first message to come any more.
            if (first_token_.empty() && which == detail::AccessCheck::again) co_return found;
            if (first_token_.empty()) first_token_ = co_await this->read_first_token();
            found = co_await Asked::authenticate_first(this->scope(), first_token_);
        }
        co_return found;
    }

    void chanx_answer(ConnectResponse& response) const final {
        if constexpr (Resolved::has_authentication) {
            if constexpr (Resolved::authentication::takes_subprotocol) this->choose_bearer(response);
        }
    }

    AccessRequest<User> access() const { return {this->scope(), maybe_user()}; }

    std::optional<User> user_;
    std::optional<Held> object_;
    [[no_unique_address]] std::conditional_t<takes_first_message(), std::string, Nothing> first_token_;
};

}  // namespace chanx
