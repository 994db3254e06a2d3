#pragma once

#include <chanx/consumer/json_consumer.hpp>
#include <chanx/consumer/policy.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>

// The hooks that take messages: each policy that names messages brings its own.

namespace chanx {

namespace detail {

/// A consumer that takes nothing but ping needs no handler of its own.
template <class Set>
class Receiver : public JsonConsumer {
  protected:
    /// Handles a valid message. Messages are handled one after another in their order; an exception is
    /// answered by an `error` frame. Usually `return match(std::move(message), handlers...)`.
    virtual awaitable<> receive_message(typename Set::Variant message) = 0;
};

template <>
class Receiver<MessageSet<PingMessage>> : public JsonConsumer {
  protected:
    virtual awaitable<> receive_message(std::variant<PingMessage>) {
        std::string& text = encode_buffer();
        encode_open(text, PongMessage{}, encoding());
        send_encoded(text, PongMessage::action);
        co_return;
    }
};

/// With the policy Events: the hook that takes them.
template <class Base, class Set>
class EventReceiver : public Base {
  public:
    using EventSet = Set;
    /// The variant of the policy Events.
    using Event = typename Set::Variant;

  protected:
    /// Handles an event that the server sent with chanx::send_event(). Events and messages are handled one
    /// after another, in the order of their arrival. An exception is logged and answered by an `error` frame.
    /// Usually `return match_event(std::move(event), handlers...)`.
    virtual awaitable<> receive_event(Event event) = 0;

  private:
    std::optional<awaitable<>> chanx_begin_event(const GroupEvent& sent) final {
        std::optional<Event> event;
        if (!this->decode_sent(sent, Set::table(), sent.text(), JsonConsumer::plain_decoding(), &event))
            return std::nullopt;
        return receive_event(std::move(*event));
    }
};
template <class Base>
class EventReceiver<Base, void> : public Base {};

/// With the policy InterceptGroupMessages: the hook that sees them first.
template <class Base, class Set, GroupHook Hook>
class GroupReceiver : public Base {};

template <class Base, class Set>
class GroupReceiver<Base, Set, GroupHook::intercept> : public Base {
  public:
    /// The variant of the policy GroupMessages.
    using GroupMessage = typename Set::Variant;
    static constexpr bool intercepts_group_messages = true;

  protected:
    /// What this connection's client gets of a group message: the message as it is, another in its place, or
    /// nothing. Other members are not concerned. Runs like the other hooks, in the order of the messages'
    /// arrival. An exception is logged and answered by an `error` frame; the message is not delivered then.
    virtual awaitable<std::optional<GroupMessage>> on_group_message(GroupMessage message,
                                                                    GroupMessageInfo info) = 0;

  private:
    std::optional<awaitable<>> chanx_begin_group_message(GroupEventPtr sent) final {
        return intercept(std::move(sent));
    }

    awaitable<> intercept(GroupEventPtr sent) {
        std::optional<GroupMessage> message;
        if (!this->decode_sent(*sent, Set::table(), sent->text() + "}", this->decoding(), &message)) co_return;
        message = co_await on_group_message(std::move(*message), this->info_of(*sent));
        if (!message) co_return;
        std::string text;
        std::visit([&](const auto& each) { encode_open(text, each, this->encoding()); }, *message);
        this->send_group_frame(*sent, std::move(text));
    }
};

template <class Incoming, class Events, class Group, GroupHook Hook>
using JsonConsumerBase = GroupReceiver<EventReceiver<Receiver<Incoming>, Events>, Group, Hook>;

}  // namespace detail
}  // namespace chanx
