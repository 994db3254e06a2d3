#include "app/message_check.hpp"

#include "json/model_check.hpp"

#include <chanx/error.hpp>

#include <string>

namespace chanx::detail {
namespace {

/// The other names that stand beside a message's own fields are refused by the compiler.
void check_top_level(const MessageInfo& message, const EncodeOptions& encoding) {
    const ModelInfo& model = *message.type;
    for (std::size_t i = 0; i < model.count; ++i) {
        const std::string_view name = model.fields[i].name;
        const std::string wire = wire_name(name, encoding.camelize);
        if (wire != encoding.action_key) continue;
        throw ConfigurationError("chanx: the field " + std::string(name) + " of " +
                                 std::string(message.name) + " is \"" + wire +
                                 "\" on the wire, which is the setting action_key: rename one of them");
    }
}

}  // namespace

void check_messages(std::span<const RouteInfo> routes, const EncodeOptions& encoding) {
    ModelCheck frames(encoding.camelize);
    // Events are written as they are, whatever the settings say of frames.
    ModelCheck events(false);
    for (const RouteInfo& route : routes) {
        if (route.info == nullptr) continue;
        for (const auto& list : {route.info->incoming, route.info->outgoing, route.info->group}) {
            for (const MessageInfo& message : list) {
                if (message.type == nullptr) continue;
                check_top_level(message, encoding);
                frames.check(*message.type);
            }
        }
        for (const MessageInfo& event : route.info->events) {
            if (event.type != nullptr) events.check(*event.type);
        }
    }
}

}  // namespace chanx::detail
