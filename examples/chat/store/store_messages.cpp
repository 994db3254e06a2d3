#include "chat/store/query.hpp"
#include "chat/store/store_state.hpp"

#include <limits>
#include <utility>

namespace chat {
namespace {

std::size_t bytes_in_json(const std::string& text) {
    // A control character takes six.
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    return text.size() + 5 * static_cast<std::size_t>(std::ranges::count_if(text, is_control));
}

/// Reads the rows of `query`, which asks for one more than `limit` in order to see whether there are more. Of long
/// messages a page has fewer.
MessagePage read_page(Query&& query, std::size_t limit) {
    MessagePage page;
    std::size_t bytes = 0;
    while (query.next()) {
        const std::size_t count = page.messages.size();
        if (count == limit || (count >= Store::sure_page && bytes >= Store::max_page_bytes)) {
            page.truncated = true;
            break;
        }
        page.messages.push_back({.id = query.integer(0),
                                 .username = query.text(1),
                                 .message = query.text(2),
                                 .timestamp = query.time(3)});
        bytes += bytes_in_json(page.messages.back().message);
    }
    return page;
}

}  // namespace

std::optional<LoggedMessage> Store::add_message(
    std::int64_t room_id, std::int64_t user_id, const std::string& text,
    const std::function<void(const LoggedMessage&)>& on_commit,
    const std::function<void(const LoggedMessage&)>& before_commit) {
    const auto insert = [&](Connection& connection) -> std::optional<LoggedMessage> {
        Query author(connection,
                     "SELECT u.username FROM members m JOIN users u ON u.id = m.user_id"
                     " WHERE m.room_id = ?1 AND m.user_id = ?2",
                     room_id, user_id);
        if (!author.next()) return std::nullopt;
        LoggedMessage message;
        message.author_id = user_id;
        message.username = author.text(0);
        message.message = text;
        message.timestamp = state_->clock();
        Query query(connection,
                    "INSERT INTO messages (room_id, room_seq, user_id, message, timestamp) VALUES (?1,"
                    " (SELECT coalesce(max(room_seq), 0) + 1 FROM messages WHERE room_id = ?1), ?2, ?3, ?4)"
                    " RETURNING id, room_seq",
                    room_id, user_id, text, message.timestamp);
        query.next();
        message.id = query.integer(0);
        message.seq = query.integer(1);
        if (before_commit) before_commit(message);
        return message;
    };
    return state_->writer.write(insert, [&](const std::optional<LoggedMessage>& message) {
        if (message && on_commit) on_commit(*message);
    });
}

std::vector<LoggedMessage> Store::log_after(std::int64_t room_id, std::int64_t seq, std::size_t limit) {
    return state_->readers.read([&](Connection& connection) {
        Query query(connection,
                    "SELECT m.id, u.username, m.message, m.timestamp, m.room_seq, m.user_id FROM messages m"
                    " JOIN users u ON u.id = m.user_id WHERE m.room_id = ?1 AND m.room_seq > ?2"
                    " ORDER BY m.room_seq LIMIT ?3",
                    room_id, seq, static_cast<std::int64_t>(bounded(limit)));
        std::vector<LoggedMessage> messages;
        while (query.next()) {
            LoggedMessage& message = messages.emplace_back();
            message.id = query.integer(0);
            message.username = query.text(1);
            message.message = query.text(2);
            message.timestamp = query.time(3);
            message.seq = query.integer(4);
            message.author_id = query.integer(5);
        }
        return messages;
    });
}

std::int64_t Store::last_seq(std::int64_t room_id) {
    return last_seqs({room_id}).front();
}

std::vector<std::int64_t> Store::last_seqs(const std::vector<std::int64_t>& room_ids) {
    std::string list = "[";
    for (const std::int64_t id : room_ids) list += (list.size() > 1 ? "," : "") + std::to_string(id);
    list += ']';
    return state_->readers.read([&](Connection& connection) {
        Query query(connection,
                    "SELECT coalesce((SELECT max(room_seq) FROM messages WHERE room_id = asked.value), 0)"
                    " FROM json_each(?1) AS asked ORDER BY asked.key",
                    list);
        std::vector<std::int64_t> seqs;
        while (query.next()) seqs.push_back(query.integer(0));
        return seqs;
    });
}

MessagePage Store::last_messages(std::int64_t room_id, std::size_t limit) {
    return messages_before(room_id, std::numeric_limits<std::int64_t>::max(), limit);
}

MessagePage Store::messages_after(std::int64_t room_id, std::int64_t id, std::size_t limit) {
    return state_->readers.read([&](Connection& connection) {
        return read_page({connection,
                          "SELECT m.id, u.username, m.message, m.timestamp FROM messages m"
                          " JOIN users u ON u.id = m.user_id WHERE m.room_id = ?1 AND m.id > ?2"
                          " ORDER BY m.id LIMIT ?3",
                          room_id, id, static_cast<std::int64_t>(bounded(limit) + 1)},
                         bounded(limit));
    });
}

MessagePage Store::messages_before(std::int64_t room_id, std::int64_t id, std::size_t limit) {
    return state_->readers.read([&](Connection& connection) {
        auto page = read_page({connection,
                               "SELECT m.id, u.username, m.message, m.timestamp FROM messages m"
                               " JOIN users u ON u.id = m.user_id WHERE m.room_id = ?1 AND m.id < ?2"
                               " ORDER BY m.id DESC LIMIT ?3",
                               room_id, id, static_cast<std::int64_t>(bounded(limit) + 1)},
                              bounded(limit));
        std::reverse(page.messages.begin(), page.messages.end());
        return page;
    });
}

}  // namespace chat
