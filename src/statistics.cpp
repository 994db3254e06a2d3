#include <chanx/statistics.hpp>

namespace chanx {

namespace {

constexpr std::array<std::string_view, refusal_count> refusal_names{"connections",   "connections_of_address",
                                                                    "pending",       "draining",
                                                                    "unanswered",    "connections_of_user",
                                                                    "host",          "origin",
                                                                    "late_request",  "late_body",
                                                                    "late_response", "accept",
                                                                    "not_found",     "handshake",
                                                                    "consumer",      "late_handshake"};
constexpr std::array<std::string_view, message_error_count> error_names{"invalid", "forbidden", "refused",
                                                                        "failed", "rate_limited"};
constexpr std::array<std::string_view, outbox_drop_count> drop_names{"overflow", "droppable", "replaced"};

}  // namespace

std::string_view name_of(Refusal refusal) noexcept {
    return refusal_names[static_cast<std::size_t>(refusal)];
}
std::string_view name_of(MessageError error) noexcept {
    return error_names[static_cast<std::size_t>(error)];
}
std::string_view name_of(OutboxDrop drop) noexcept {
    return drop_names[static_cast<std::size_t>(drop)];
}

}  // namespace chanx
