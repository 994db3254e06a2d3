#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/consumer/consumer_type.hpp>
#include <chanx/consumer/json_consumer.hpp>
#include <chanx/consumer/transport.hpp>
#include <chanx/http/scope.hpp>
#include <chanx/layer/channel_layer.hpp>
#include <chanx/logging.hpp>
#include <chanx/message/ref.hpp>
#include <chanx/settings.hpp>
#include <chanx/statistics.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consumer/flush_waiters.hpp"
#include "consumer/joined_groups.hpp"
#include "consumer/mailbox.hpp"
#include "consumer/session_host.hpp"
#include "consumer/session_rates.hpp"
#include "consumer/task_set.hpp"
#include "runtime/memory_reserve.hpp"
#include "runtime/timer.hpp"

namespace chanx {

class BinaryWriter;

}  // namespace chanx

namespace chanx::detail {

enum class MessageIs : std::uint8_t { valid, invalid };

/// The life of one connection, from the upgrade request to the end: it calls the consumer's hooks in their
/// order, one at a time, and is the one place where exceptions of user code are caught. All on one loop.
///
/// Nothing of it but this object lasts while the connection is idle: coroutines run for opening, for each
/// message whose handler waits, and for the end. What few connections need, or need for a short time only, is
/// allocated for as long.
class Session final : public TransportListener, public GroupMember {
 public:
    /// @param admission  its place among the connections not yet let in, given back with it
    /// @param settings  must outlive it, like the host
    Session(Loop& loop, SessionHost& host, const ConsumerType& type, Scope scope, const Settings& settings,
            std::shared_ptr<const void> admission);
    ~Session();

    /// The consumer's own word before the upgrade. Runs in the caller's task.
    awaitable<ConnectResponse> connect();
    /// Out of all tables; destroyed with its loop, which must run nothing more.
    void abandon();
    /// The connection is a WebSocket now. The session keeps itself alive until it has ended.
    void start(std::shared_ptr<Session> self, std::shared_ptr<Transport> transport);
    /// From start() until it has ended.
    const std::shared_ptr<Session>& self() const noexcept { return self_; }
    /// Its place in the host's list.
    std::size_t place() const noexcept { return place_; }
    void set_place(std::size_t place) noexcept { place_ = static_cast<std::uint32_t>(place); }

    const Scope& scope() const noexcept { return scope_; }
    Scope& scope() noexcept { return scope_; }
    const Settings& settings() const noexcept { return settings_; }
    SessionHost& host() noexcept { return host_; }
    std::uint64_t id() const noexcept { return scope_.connection_id(); }
    /// It has reached 200 or been refused.
    bool established() const noexcept { return established_; }
    /// It has reached 200.
    bool accepted() const noexcept { return accepted_; }
    bool joined() const noexcept { return joined_; }
    /// Empty where nobody is logged in.
    std::string_view user_key() const noexcept { return consumer_->chanx_user_key(); }
    bool ending() const noexcept { return ending_ != nullptr; }

    void send(FrameKind kind, std::string_view payload, FrameDelivery delivery = {});
    void append(FramePtr frame);
    void close(CloseReason::Cause cause, std::uint16_t code, std::string_view reason);
    awaitable<bool> flush();

    /// A binary message begins that is sent in parts: the writer is told when it can't be finished any more.
    /// @throws std::logic_error before start(), or while there is another
    void open_writer(BinaryWriter& writer);
    void move_writer(BinaryWriter& writer) noexcept { sending_->writer = &writer; }
    /// It ends without having finished.
    void drop_writer() noexcept;
    /// @return false when the connection is closed
    awaitable<bool> write_part(std::string_view data);
    /// @throws std::logic_error while write_part() waits
    bool finish_parts();

    /// A step of the loop's sweep for silent clients, each of which takes so long: sends a ping, or ends the connection.
    void sweep(std::uint32_t step, Duration step_length, const FramePtr& ping);

    /// Whether its settings limit how many messages may come.
    bool limits_messages() const noexcept { return limits_messages_; }
    /// Counts a message that was decoded against all limits.
    /// @param own  its type's limits, where it has any
    /// @return zero, or for how long no more are taken
    Duration take_rate(MessageIs message, const MessageLimit* own);
    /// Counts a message that is refused for its rate. Closes the connection where that happens all the time.
    void count_refusal();

    void spawn(awaitable<> body);

    /// Joins a group of the application's; one it is in already stays as it is.
    /// @throws ConfigurationError for a bad name, std::length_error beyond the bound
    awaitable<> join(std::string group);
    /// Joins the group of a login.
    awaitable<> join_login(std::string session_key);
    /// False where it is not in that group.
    bool leave(std::string_view group);
    /// The groups that the application asked for, in their order.
    const std::vector<std::string>& groups() const noexcept;
    void publish(std::string_view group, GroupEventPtr event) {
        host_.layer().publish(group, std::move(event));
    }
    /// Appends what waits for this connection, so that it comes before what is sent next.
    void drain_groups() { host_.layer().drain(loop()); }
    void enter_stage(AccessStage stage) noexcept { stage_ = stage; }
    void set_groups_joined() noexcept { joined_ = true; }
    void deliver(GroupDelivery& delivery) noexcept override;
    /// Appends a group message's frame.
    void append_group_frame(FramePtr frame);
    /// Whether something waits in the mailbox that a `complete` must not overtake.
    bool mail_is_before() const noexcept;
    /// Sends a frame, behind that.
    void send_after_mail(FramePtr frame);
    /// What runs now is receive_event(), or its end.
    bool handles_event() const noexcept;
    void count_dropped_event() noexcept { host_.count_dropped_event(); }
    void count_error(MessageError error) const noexcept;
    void overflowed() noexcept override;

    /// Reads one message before the connection is let in, and nothing after it; larger than that it closes with 1009.
    /// @return its text; nothing for a binary message
    /// @throws Cancelled when the connection ends or the connect phase takes too long
    awaitable<std::optional<std::string>> first_message(std::size_t max_size);

    /// The login ends then, and with it the connection (4401).
    void set_login(std::string session_key, std::optional<std::chrono::system_clock::time_point> expires_at);
    void set_expiry(std::optional<std::chrono::system_clock::time_point> expires_at);
    /// What the current message is, for answers and logs.
    void set_message(Ref&& ref, std::string_view action);
    /// The ref of the message that the running code handles; none outside its chain of coroutines.
    const Ref& current_ref() const noexcept;
    /// The action of the message being handled.
    std::string_view current_action() const noexcept { return current_ != nullptr ? current_->action : std::string_view(); }

    /// The message being handled is another part of the one before.
    void continue_message() noexcept { current_->number = --message_count_; }
    /// Whether the part being handled is its message's last.
    bool ends_message() noexcept {
        if (!last_part_) current_->logged = false;
        return last_part_;
    }
    const Transport& transport() const noexcept { return *transport_; }

    /// Writes a line with the connection's ids.
    void log(LogLevel level, std::string_view event, LogFields fields = {}) const;

    // TransportListener
    bool on_message(FrameKind kind, std::string_view message) override;
    bool on_binary_part(ReceivedPart part) override;
    void on_ending(CloseReason reason) override;
    void on_flushed() override;
    void on_closed() override;

 private:
    struct FirstMessage;
    /// What those need that wait until the client has taken something.
    struct Sending {
        explicit Sending(Loop& loop) noexcept : waiters(loop) {}
        FlushWaiters waiters;
        BinaryWriter* writer = nullptr;  // of the message that is sent in parts
        bool begun = false;              // something of it was sent
        bool writing = false;            // a write of it waits
    };
    /// What is known of a message while it is handled.
    struct CurrentMessage {
        // Its handler may be waiting already.
        static void* operator new(std::size_t size) noexcept { return MemoryReserve::allocate(size); }
        static void operator delete(void* memory, std::size_t size) noexcept { MemoryReserve::free(memory, size); }

        std::uint64_t number = 0;
        bool logged = false;
        bool timed = false;
        TimePoint began{};
        Ref ref{};
        std::string_view action{};
    };
    struct HeldMessage {
        FrameKind kind;
        std::string text;
        std::size_t mails_before;  // that arrived before it
    };

    /// When a login ends. It follows the system's clock, which may be set while the timer waits.
    struct Expiry {
        Expiry(Session& owner, TimePoint until);
        void arm();
        void look();
        Duration left() const noexcept;

        Session& session;
        TimePoint due;
        Duration shift_before;  // of the system's clock
        Timer timer;
    };

    awaitable<> open();
    awaitable<ConnectOutcome> connect_phase();
    awaitable<> open_phase(std::uint64_t rechecks);
    awaitable<> finish();
    awaitable<> disconnect_phase();
    /// Goes on with an authentication that waits for the first message.
    void wake();
    /// Handles a message, or keeps it where a hook runs.
    bool take(FrameKind kind, std::string_view message);
    /// Decodes a message and starts its handler.
    void handle(FrameKind kind, std::string_view text);
    void message_ended(const std::exception_ptr& error) noexcept;
    void report_ended(const std::exception_ptr& error);
    [[gnu::always_inline]] void deliver_or_throw(GroupDelivery& delivery);
    [[gnu::cold, gnu::noinline]] void run_out_of_memory() noexcept;
    JoinedGroups& groups_with_room();
    /// What is no message, or a message that has to wait.
    void deliver_otherwise(GroupDelivery& delivery);
    Mailbox& mailbox();
    void enqueue(const GroupEventPtr& event);
    void enqueue_check(const GroupEventPtr& event);
    /// @param called  when the check was
    void arm_check_deadline(TimePoint called);
    void check_is_late();
    void handle_mail();
    void start_mail_hook(awaitable<> hook);
    void mail_ended(const std::exception_ptr& error) noexcept;
    /// Checks again whether the connection may be here, and closes it if not. The mailbox exists.
    awaitable<> recheck();
    std::string_view user_for(const GroupEvent& event) const noexcept {
        return event.sender().user().empty() ? std::string_view() : consumer_->chanx_user_key();
    }
    /// Nothing runs: starts what is due.
    void go_on();
    void end_if_done();
    void arm_deadline(Duration after);
    /// @throws std::logic_error before start()
    void require_open() const;
    /// Waits until the outbox is next empty, or the connection ending.
    awaitable<> next_flush();
    Sending& sending();
    /// What a writer has not sent it can't send any more.
    void detach_writer() noexcept;
    void begin_ending(CloseReason reason);
    void leave_groups() noexcept;
    void log_failure(std::string_view where, const std::exception_ptr& error) const noexcept;

    SessionHost& host_;
    const Settings& settings_;
    Scope scope_;
    std::shared_ptr<Transport> transport_;
    std::unique_ptr<WebsocketConsumer> consumer_;
    std::shared_ptr<Session> self_;
    std::shared_ptr<const void> admission_;

    TaskContext task_;  // of the hooks
    std::unique_ptr<TaskSet> tasks_;
    std::unique_ptr<Sending> sending_;
    std::unique_ptr<JoinedGroups> groups_;
    std::unique_ptr<Mailbox> mailbox_;

    CurrentMessage* current_ = nullptr;
    std::unique_ptr<CurrentMessage> waiting_;  // the current one, where its handler waits
    std::unique_ptr<HeldMessage> held_;        // one that came while a hook ran
    std::coroutine_handle<> first_waiter_;     // the authentication, where it waits for the first message
    std::uint64_t message_count_ = 0;

    std::unique_ptr<CloseReason> ending_;
    std::unique_ptr<Timer> deadline_;  // where one is armed
    std::unique_ptr<Expiry> expiry_;    // where the login ends one day
    std::unique_ptr<SessionRates> rates_;
    std::uint32_t place_ = 0;
    bool busy_ = true;  // a hook runs, or none runs any more
    AccessStage stage_ = AccessStage::authentication;
    bool established_ : 1 = false;
    bool awaits_first_message_ : 1 = false;
    bool run_ended_ : 1 = false;
    bool transport_closed_ : 1 = false;
    bool limits_messages_ : 1;
    bool accepted_ : 1 = false;
    bool joined_ : 1 = false;
    bool intercepts_ : 1;        // the consumer sees its group messages first
    bool by_mail_ : 1 = true;  // group messages go through the mailbox
    bool last_part_ : 1 = false;  // of the binary part that came last
};

}  // namespace chanx::detail
