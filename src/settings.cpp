#include <chanx/settings.hpp>

namespace chanx {

namespace {

template <class T>
void put(T& target, const std::optional<T>& value) {
    if (value) target = *value;
}

}  // namespace

void SettingsOverride::apply_to(Settings& settings) const {
    put(settings.send_completion, send_completion);
    put(settings.send_authentication_message, send_authentication_message);
    put(settings.max_message_size, max_message_size);
    put(settings.max_outbox_bytes, max_outbox_bytes);
    put(settings.max_groups_per_connection, max_groups_per_connection);
    put(settings.max_mailbox_events, max_mailbox_events);
    put(settings.max_tasks_per_connection, max_tasks_per_connection);
    put(settings.authentication_timeout, authentication_timeout);
    put(settings.hook_timeout, hook_timeout);
    put(settings.close_timeout, close_timeout);
    put(settings.log_received_messages, log_received_messages);
    put(settings.log_sent_messages, log_sent_messages);
    put(settings.log_ignored_actions, log_ignored_actions);
}

}  // namespace chanx
