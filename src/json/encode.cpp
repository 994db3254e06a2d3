#include <chanx/json/encode.hpp>

#include "json/encoder.hpp"
#include "json/store.hpp"
#include "json/time.hpp"

#include <chanx/json/time.hpp>

#include <boost/json/value.hpp>

namespace chanx::detail {
namespace {

void put_any(Writer& writer, const boost::json::value& value) {
    namespace bj = boost::json;
    switch (value.kind()) {
        case bj::kind::null:
            return writer.put("null");
        case bj::kind::bool_:
            return writer.put(value.get_bool() ? "true" : "false");
        case bj::kind::int64:
            return writer.put_integer(value.get_int64());
        case bj::kind::uint64:
            return writer.put_natural(value.get_uint64());
        case bj::kind::double_:
            return writer.put_real(value.get_double());
        case bj::kind::string:
            return writer.put_string({value.get_string().data(), value.get_string().size()});
        case bj::kind::array: {
            char before = '[';
            for (const auto& item : value.get_array()) {
                writer.put(before);
                put_any(writer, item);
                before = ',';
            }
            if (before == '[') writer.put('[');
            return writer.put(']');
        }
        case bj::kind::object: {
            char before = '{';
            for (const auto& [key, item] : value.get_object()) {
                writer.put(before);
                writer.put_string({key.data(), key.size()});
                writer.put(':');
                put_any(writer, item);
                before = ',';
            }
            if (before == '{') writer.put('{');
            return writer.put('}');
        }
    }
}

void put_enum(Writer& writer, const EnumInfo& type, const void* value) {
    const std::int64_t number = load_integer(type, value);
    for (std::size_t i = 0; i < type.count; ++i)
        if (type.values[i] == number) return writer.put_string(type.names[i]);
    writer.put_integer(number);
}

void put_map(Writer& writer, const MapInfo& type, const void* value, bool camelize) {
    struct Context {
        Writer& writer;
        const TypeInfo& inner;
        bool camelize;
        char before = '{';
    } context{writer, *type.inner, camelize};
    type.each(value, &context, [](void* p, const std::string& key, const void* item) {
        auto& c = *static_cast<Context*>(p);
        c.writer.put(c.before);
        c.writer.put_string(key);
        c.writer.put(':');
        put_value(c.writer, c.inner, item, c.camelize);
        c.before = ',';
    });
    if (context.before == '{') writer.put('{');
    writer.put('}');
}

void put_list(Writer& writer, const ListInfo& type, const void* value, bool camelize) {
    writer.put('[');
    const std::size_t size = type.size(value);
    for (std::size_t i = 0; i < size; ++i) {
        if (i != 0) writer.put(',');
        put_value(writer, *type.inner, type.at(value, i), camelize);
    }
    writer.put(']');
}

/// An empty optional Nullable stands for a field that is not there.
bool is_absent(const FieldInfo& field, void* model) {
    auto& type = static_cast<const OptionalInfo&>(*field.type);
    return !is_null_taker(type) && type.get(field.get(model)) == nullptr;
}

void put_variant(Writer& writer, const VariantInfo& type, const void* value, bool camelize) {
    const std::size_t index = type.index(value);
    if (index >= type.count) return writer.put("null");  // valueless by exception
    const AlternativeInfo& alternative = type.alternatives[index];
    if (!type.tagged) return put_value(writer, *alternative.type, type.get(value), camelize);
    writer.put('{');
    writer.put_key(type.tag_key, camelize);
    writer.put_string(alternative.tag);
    put_fields(writer, static_cast<const ModelInfo&>(*alternative.type), type.get(value), camelize, ',');
    writer.put('}');
}

}  // namespace

bool put_fields(Writer& writer, const ModelInfo& type, const void* value, bool camelize, char before) {
    for (std::size_t i = 0; i < type.count; ++i) {
        const FieldInfo& field = type.fields[i];
        // The table's accessor serves reading and writing; it only computes an address.
        void* const model = const_cast<void*>(value);
        if (field.type->kind == Kind::optional && is_absent(field, model)) [[unlikely]]
            continue;
        writer.put(before);
        before = ',';
        writer.put_key(field.name, camelize);
        put_value(writer, *field.type, field.get(model), camelize);
    }
    return before == ',';
}

void put_value(Writer& writer, const TypeInfo& type, const void* value, bool camelize) {
    switch (type.kind) {
        case Kind::null:
            return writer.put("null");
        case Kind::boolean:
            return writer.put(*static_cast<const bool*>(value) ? "true" : "false");
        case Kind::integer:
            if (type.is_signed) return writer.put_integer(load_integer(type, value));
            return writer.put_natural(static_cast<std::uint64_t>(load_integer(type, value)));
        case Kind::floating:
            if (type.size == sizeof(float)) return writer.put_real(*static_cast<const float*>(value));
            return writer.put_real(*static_cast<const double*>(value));
        case Kind::string:
            return writer.put_string(*static_cast<const std::string*>(value));
        case Kind::enumeration:
            return put_enum(writer, static_cast<const EnumInfo&>(type), value);
        case Kind::time: {
            char text[iso8601_size + 2];
            text[0] = text[iso8601_size + 1] = '"';
            write_iso8601(text + 1, static_cast<const sys_time*>(value)->time_since_epoch().count());
            return writer.put(std::string_view(text, sizeof(text)));
        }
        case Kind::any:
            return put_any(writer, *static_cast<const boost::json::value*>(value));
        case Kind::optional: {
            auto& optional = static_cast<const OptionalInfo&>(type);
            const void* inner = optional.get(value);
            if (inner == nullptr) return writer.put("null");
            return put_value(writer, *optional.inner, inner, camelize);
        }
        case Kind::list:
            return put_list(writer, static_cast<const ListInfo&>(type), value, camelize);
        case Kind::map:
            return put_map(writer, static_cast<const MapInfo&>(type), value, camelize);
        case Kind::model:
            if (!put_fields(writer, static_cast<const ModelInfo&>(type), value, camelize, '{'))
                writer.put('{');
            return writer.put('}');
        case Kind::variant:
            return put_variant(writer, static_cast<const VariantInfo&>(type), value, camelize);
    }
}

void encode_value(std::string& out, const TypeInfo& type, const void* value, const EncodeOptions& options) {
    Writer writer(out);
    put_value(writer, type, value, options.camelize);
}

const TypeInfo InfoOf<boost::json::value>::value{Kind::any};

}  // namespace chanx::detail
