#include <chanx/message/message_set.hpp>

#include "json/decoder.hpp"
#include "json/flat.hpp"
#include "json/parse.hpp"

#include <chanx/json/utf8.hpp>

namespace chanx::detail {
namespace {

void take_ref(void* context, const Scalar* value, ValidationErrors& errors) {
    auto& ref = *static_cast<Ref*>(context);
    ref = {};
    if (value != nullptr && value->kind == Scalar::Kind::integer) {
        ref = Ref(value->integer);
    } else if (value != nullptr && value->kind == Scalar::Kind::string) {
        if (count_code_points(value->text) <= Ref::max_length)
            ref = Ref(std::string(value->text));
        else
            errors.add({"string_too_long", {"ref"}, "String should have at most 64 characters"});
    } else if (value != nullptr && (value->kind == Scalar::Kind::natural || value->is_huge_integer())) {
        if (value->is_negative())
            errors.add({"greater_than_equal",
                        {"ref"},
                        "Input should be greater than or equal to -9223372036854775808"});
        else
            errors.add(
                {"less_than_equal", {"ref"}, "Input should be less than or equal to 9223372036854775807"});
    } else {
        errors.add({"string_type", {"ref"}, "Input should be a valid string or integer"});
    }
}

}  // namespace

namespace {

bool decode_general(const Envelope& envelope, std::string_view text, const DecodeOptions& options,
                    MessageHead& head, ValidationErrors& errors) {
    head = {};
    Decoder decoder(options, errors);
    decoder.begin(envelope);
    bool read = parse(text, decoder, errors);
    while (read && decoder.needs_another_pass()) {
        decoder.begin_another_pass();
        head.ref = {};
        read = parse(text, decoder, errors);
    }
    if (!read) {
        head = {};
        return false;
    }
    decoder.finish_message();
    head.index = decoder.action();
    return errors.empty();
}

}  // namespace

bool decode_message(const MessageTable& table, std::string_view text, const DecodeOptions& options,
                    void* storage, MessageHead& head, ValidationErrors& errors) {
    const Envelope envelope{table.alternatives, table.count, storage, take_ref, &head.ref};
    return decode_flat(text, envelope, options, head.index) ||
           decode_general(envelope, text, options, head, errors);
}

}  // namespace chanx::detail
