#pragma once

#include "chat/store/durability.hpp"
#include "chat/store/models.hpp"
#include "chat/store/store_error.hpp"

#include <chanx/chrono.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chat {

/// Where the store takes the time from; called by any thread.
using Clock = std::function<TimePoint()>;

/// The system's clock, in whole milliseconds.
TimePoint system_now();

struct StoreOptions {
    std::string path;                              ///< a file; made where it is missing, its directory is not
    std::chrono::milliseconds busy_timeout{5000};  ///< how long a call waits for other users of the database
    std::chrono::milliseconds migration_timeout{30000};  ///< the same for opening
    std::size_t readers = 4;  ///< connections for reading; more calls than these wait
    Durability durability = Durability::power_loss;
    Clock clock = system_now;
};

/// Everything the chat keeps: one SQLite file, which several processes may share. Any thread may call any
/// function; each blocks (disk, locks), so a server calls them from its blocking pool, and each throws
/// StoreError, after which the database is as it was before the call. Inputs are validated by the caller; the
/// tables refuse the rest.
///
///     chat::Store store({.path = "chat.sqlite3"});
///     auto alice = store.create_user("alice", chat::hash_password("correct horse"));
///     auto room = store.create_room("Tea & Cake", alice->id);
///     store.add_message(room.id, alice->id, "Hello", [](const chat::Message& saved) { publish(saved); });
class Store {
  public:
    /// No page of rooms or messages is longer, whatever limit was asked for.
    static constexpr std::size_t max_page = 1000;
    /// A page of messages ends where it has come to this size as JSON, about; but not before it has so many.
    static constexpr std::size_t max_page_bytes = 512 * 1024;
    static constexpr std::size_t sure_page = 50;

    /// Opens the file and brings its schema up to date.
    explicit Store(StoreOptions options);

    /// No call may be under way.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// 16 hexadecimal digits, chosen at random when the file was made (or first opened by a version that
    /// knows of it): the same in all processes, another one in each other database. A copy of the file has it
    /// too.
    const std::string& database_id() const noexcept;

    // Users. Names differ when they differ in more than the case of ASCII letters.

    /// Nothing when the name is taken.
    std::optional<User> create_user(const std::string& username, const std::string& password_hash);
    std::optional<Credentials> find_credentials(const std::string& username);

    // Sessions, known by the hash of their id (chanx::session_key_of()).

    /// A user has at most so many: a further one ends the oldest.
    static constexpr std::size_t max_sessions_per_user = 500;

    /// Returns the sessions that ended for it, which leave revocations.
    std::vector<std::string> create_session(const std::string& id_hash, std::int64_t user_id,
                                            TimePoint expires_at);

    /// Nothing for a session that expired at `now` or before.
    std::optional<Session> find_session(const std::string& id_hash, TimePoint now);

    /// False when there was none; otherwise it leaves a revocation.
    bool delete_session(const std::string& id_hash, SessionEnd end = SessionEnd::logged_out);

    /// All of a user's. Returns which there were; each leaves a revocation.
    std::vector<std::string> delete_sessions_of(std::int64_t user_id);

    /// Returns how many there were. They leave no revocations.
    std::size_t delete_expired_sessions(TimePoint now);

    // Rooms and their members.

    /// The slug is made of the name, with "-2", "-3", ... where it is taken; the creator is the first member.
    Room create_room(const std::string& name, std::int64_t creator_id);
    std::optional<Room> find_room(std::int64_t room_id);

    /// The rooms whose id is greater than `after_id`, by id, at most `limit` and max_page of them. For the
    /// next page pass the last id.
    std::vector<RoomEntry> list_rooms(std::int64_t user_id, std::int64_t after_id = 0,
                                      std::size_t limit = max_page);

    /// One look into one index.
    bool is_member(std::int64_t room_id, std::int64_t user_id);

    /// True also for one who was a member before; false when there is no such room or user.
    bool add_member(std::int64_t room_id, std::int64_t user_id);

    /// Who may remove whom is the caller's to decide. Who was a member leaves a revocation.
    Removal remove_member(std::int64_t room_id, const std::string& username);

    // Revocations: for the other processes, which may have connections of those concerned. Each is written in
    // the transaction of what it tells of.

    /// The id of the last one; 0 where there is none.
    std::int64_t last_revocation();

    /// The first ones with a greater id, in order, at most `limit` and max_page of them.
    std::vector<Revocation> revocations_after(std::int64_t id, std::size_t limit = max_page);

    /// Deletes those of `until` and before. Returns how many there were.
    std::size_t delete_revocations(TimePoint until);

    // Messages. Their ids grow in the order in which they were committed, by whatever process, and so do
    // their numbers within a room, of which none is left out.

    /// Saves a message and calls `on_commit` with it right after COMMIT, on this thread, while no other write
    /// of this process can begin: what it publishes is in the order of ids. It must be quick and must not
    /// write to the store; when it throws, the message stays saved. Nothing is returned and nothing saved
    /// when the author is not a member of the room (any more). On StoreError nothing was saved and
    /// `on_commit` was not called. `before_commit` is called with the same message when nobody can read it
    /// yet; the COMMIT may still fail.
    std::optional<LoggedMessage> add_message(
        std::int64_t room_id, std::int64_t user_id, const std::string& text,
        const std::function<void(const LoggedMessage&)>& on_commit,
        const std::function<void(const LoggedMessage&)>& before_commit = {});

    /// The first messages of a room with a greater number, in order, at most `limit` and max_page of them.
    std::vector<LoggedMessage> log_after(std::int64_t room_id, std::int64_t seq,
                                         std::size_t limit = max_page);

    /// The number of a room's last message; 0 where there is none. One look into one index.
    std::int64_t last_seq(std::int64_t room_id);

    /// The same for many rooms, in one query; in the order of `room_ids`.
    std::vector<std::int64_t> last_seqs(const std::vector<std::int64_t>& room_ids);

    /// The newest ones, oldest first; `truncated` when there are older ones.
    MessagePage last_messages(std::int64_t room_id, std::size_t limit);

    /// The first ones with a greater id, oldest first; `truncated` when there are newer ones.
    MessagePage messages_after(std::int64_t room_id, std::int64_t id, std::size_t limit);

    /// The last ones with a smaller id, oldest first; `truncated` when there are older ones.
    MessagePage messages_before(std::int64_t room_id, std::int64_t id, std::size_t limit);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chat
