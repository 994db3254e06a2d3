#include "json/parse.hpp"

#include "json/flat.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <string>
#include <utility>

namespace chanx::detail {
namespace {

using boost::system::error_code;
using View = boost::json::string_view;

std::string_view to_std(View text) {
    return {text.data(), text.size()};
}

/// What boost::json::basic_parser calls. Strings with escapes come in parts, which are put together here.
class Handler {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    explicit Handler(Decoder& decoder) : decoder_(decoder) {}

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return decoder_.object_begin(), true; }
    bool on_object_end(std::size_t size, error_code&) { return decoder_.object_end(size), true; }
    bool on_array_begin(error_code&) { return decoder_.array_begin(), true; }
    bool on_array_end(std::size_t size, error_code&) { return decoder_.array_end(size), true; }
    bool on_key_part(View text, std::size_t, error_code&) { return part(text); }
    bool on_key(View text, std::size_t, error_code&) {
        decoder_.key(whole(text));
        parts_.clear();
        return true;
    }
    bool on_string_part(View text, std::size_t, error_code&) { return part(text); }
    bool on_string(View text, std::size_t, error_code&) { return scalar(Scalar::of_string(whole(text))); }
    bool on_number_part(View, error_code&) { return true; }
    bool on_int64(std::int64_t value, View, error_code&) { return scalar(Scalar::of_integer(value)); }
    bool on_uint64(std::uint64_t value, View, error_code&) { return scalar(Scalar::of_natural(value)); }
    bool on_double(double value, View text, error_code&) {
        return scalar(Scalar::of_real(value, to_std(text)));
    }
    bool on_bool(bool value, error_code&) { return scalar(Scalar::of_bool(value)); }
    bool on_null(error_code&) { return scalar(Scalar::of_null()); }
    bool on_comment_part(View, error_code&) { return true; }
    bool on_comment(View, error_code&) { return true; }

  private:
    bool part(View text) {
        parts_.append(text.data(), text.size());
        return true;
    }
    std::string_view whole(View text) {
        if (parts_.empty()) return to_std(text);
        part(text);
        return parts_;
    }
    bool scalar(const Scalar& value) {
        decoder_.scalar(value);
        parts_.clear();
        return true;
    }

    Decoder& decoder_;
    std::string parts_;
};

std::string_view reason(const error_code& code) {
    using boost::json::error;
    if (code == error::incomplete) return "unexpected end";
    if (code == error::extra_data) return "trailing characters";
    if (code == error::exponent_overflow) return "exponent out of range";
    if (code == error::illegal_leading_surrogate || code == error::illegal_trailing_surrogate ||
        code == error::expected_utf16_escape)
        return "lone surrogate in a string";
    return "syntax error";
}

}  // namespace

bool parse(std::string_view text, Decoder& decoder, ValidationErrors& errors) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::basic_parser<Handler> parser(options, decoder);
    error_code code;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
    if (!code && read < text.size()) code = boost::json::error::extra_data;
    if (!code) return true;
    errors.clear();
    if (code == boost::json::error::too_deep)
        errors.add({"recursion_loop", {}, "Input should not be nested deeper than 32 levels"});
    else
        errors.add({"json_invalid",
                    {},
                    "Invalid JSON: " + std::string(reason(code)) + " at position " + std::to_string(read)});
    return false;
}

bool decode_value(std::string_view text, const TypeInfo& type, void* value, const DecodeOptions& options,
                  ValidationErrors& errors) {
    if (type.kind == Kind::model) {
        auto& model = static_cast<const ModelInfo&>(type);
        if (decode_flat(text, model, value, options)) return true;
        model.reset(value);
    }
    Decoder decoder(options, errors);
    decoder.begin(type, value);
    bool read = parse(text, decoder, errors);
    while (read && decoder.needs_another_pass()) {
        decoder.begin_another_pass();
        read = parse(text, decoder, errors);
    }
    return read && errors.empty();
}

}  // namespace chanx::detail
