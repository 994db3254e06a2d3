#include "json/encoder.hpp"
#include "json/writer.hpp"

#include <chanx/message/message.hpp>

namespace chanx {
namespace detail {

void encode_open(std::string& out, std::string_view action, const ModelInfo& type, const void* message,
                 const EncodeOptions& options) {
    Writer writer(out);
    if (options.action_key == "action") {
        writer.put("{\"action\":");
    } else {
        writer.put('{');
        writer.put_string(options.action_key);
        writer.put(':');
    }
    writer.put_string(action);
    put_fields(writer, type, message, options.camelize, ',');
    if (type.count == 0) writer.put(",\"payload\":null");
}

}  // namespace detail

void append_tail(std::string& out, const Tail& tail, const EncodeOptions& options) {
    if (tail.ref == nullptr && !tail.is_mine && !tail.is_current) {
        out.push_back('}');
        return;
    }
    detail::Writer writer(out);
    const auto flag = [&](std::string_view name, std::optional<bool> value) {
        if (!value) return;
        writer.put(',');
        writer.put_key(name, options.camelize);
        writer.put(*value ? "true" : "false");
    };
    if (tail.ref != nullptr && *tail.ref) {
        writer.put(",\"ref\":");
        if (tail.ref->kind() == Ref::Kind::integer)
            writer.put_integer(tail.ref->integer());
        else
            writer.put_string(tail.ref->string());
    }
    flag("is_mine", tail.is_mine);
    flag("is_current", tail.is_current);
    writer.put('}');
}

}  // namespace chanx
