#include "json/flat.hpp"

#include "json/names.hpp"
#include "json/rules.hpp"
#include "json/scan.hpp"
#include "json/store.hpp"

#include <chanx/json/utf8.hpp>

#include <cstdint>
#include <cstring>
#include <string>

namespace chanx::detail {
namespace {

template <class Word>
inline bool same_word(const char* a, const char* b) {
    Word x, y;
    std::memcpy(&x, a, sizeof(Word));
    std::memcpy(&y, b, sizeof(Word));
    return x == y;
}

/// Equality of short names without a call; the last word overlaps the one before.
inline bool same(std::string_view left, std::string_view right) {
    const std::size_t n = left.size();
    if (n != right.size()) return false;
    const char* a = left.data();
    const char* b = right.data();
    if (n >= 8) {
        for (std::size_t i = 0; i + 8 < n; i += 8)
            if (!same_word<std::uint64_t>(a + i, b + i)) return false;
        return same_word<std::uint64_t>(a + n - 8, b + n - 8);
    }
    if (n >= 4) return same_word<std::uint32_t>(a, b) && same_word<std::uint32_t>(a + n - 4, b + n - 4);
    for (std::size_t i = 0; i < n; ++i)
        if (a[i] != b[i]) return false;
    return true;
}

class FlatDecoder {
  public:
    FlatDecoder(std::string_view text, const DecodeOptions& options)
        : p_(text.data()), begin_(p_), end_(p_ + text.size()), options_(options) {}

    bool run(const Envelope& envelope, std::size_t& action) {
        envelope_ = &envelope;
        std::string_view name;
        if (!open() || !key(name) || !same(name, options_.action_key) || !string(name)) return false;
        for (std::size_t i = 0; i < envelope.count; ++i) {
            const AlternativeInfo& alternative = envelope.alternatives[i];
            if (!same(alternative.tag, name)) continue;
            action = i;
            model_ = static_cast<const ModelInfo*>(alternative.type);
            value_ = alternative.emplace(envelope.storage);
            skip_space();
            return (!take(',') || members()) && close();
        }
        return false;
    }

    bool run(const ModelInfo& model, void* value) {
        model_ = &model;
        value_ = value;
        if (!open()) return false;
        skip_space();
        return ((p_ != end_ && *p_ == '}') || members()) && close();
    }

  private:
    void skip_space() {
        if (p_ != end_ && *p_ > ' ') [[likely]]
            return;
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    }

    bool take(char c) {
        if (p_ == end_ || *p_ != c) return false;
        ++p_;
        return true;
    }

    bool open() {
        skip_space();
        return take('{');
    }

    bool close() {
        if (!take('}')) return false;
        skip_space();
        return p_ == end_ && (model_->required & ~seen_) == 0;
    }

    bool members() {
        do {
            std::string_view name;
            if (!key(name) || p_ == end_ || !member(name)) return false;
            skip_space();
        } while (take(','));
        return true;
    }

    bool key(std::string_view& name) {
        skip_space();
        if (!string(name)) return false;
        skip_space();
        if (!take(':')) return false;
        skip_space();
        return true;
    }

    bool string(std::string_view& text) {
        if (!take('"')) return false;
#if defined(__SSE2__)
        // Names and short texts end within the first sixteen bytes, and what is left may be less than that.
        if (end_ - begin_ >= 16) [[likely]] {
            const char* const at = end_ - p_ >= 16 ? p_ : end_ - 16;
            const unsigned mask = unplain_mask(at) >> static_cast<unsigned>(p_ - at);
            if (mask != 0 && p_[std::countr_zero(mask)] == '"') [[likely]] {
                const auto size = static_cast<std::size_t>(std::countr_zero(mask));
                text = std::string_view(p_, size);
                p_ += size + 1;
                return true;
            }
        }
#endif
        return rest_of_string(text);
    }

    [[gnu::noinline]] bool rest_of_string(std::string_view& text) {
        const char* const start = p_;
        p_ = skip_plain(p_, end_, begin_);
        if (p_ == end_) return false;
        if (*p_ != '"') [[unlikely]] {
            while (p_ != end_ && static_cast<signed char>(*p_) < 0) {
                do ++p_;
                while (p_ != end_ && static_cast<signed char>(*p_) < 0);
                p_ = skip_plain(p_, end_, begin_);
            }
            if (p_ == end_ || *p_ != '"' || !is_valid_utf8({start, static_cast<std::size_t>(p_ - start)}))
                return false;
        }
        text = std::string_view(start, static_cast<std::size_t>(p_++ - start));
        return true;
    }

    /// A string value, with the escapes of one letter; \u is left to the general way.
    bool string_into(std::string& out) {
        const char* const start = p_;
        std::string_view text;
        if (string(text)) {
            out.assign(text);
            return true;
        }
        p_ = start;
        if (!take('"')) return false;
        out.clear();
        for (;;) {
            const char* const piece = p_;
            do p_ = skip_plain(p_, end_, begin_);
            while (p_ != end_ && static_cast<signed char>(*p_) < 0 && ++p_ != end_);
            out.append(piece, p_);
            if (take('"')) return is_valid_utf8(out);
            char letter = 0;
            if (!take('\\') || p_ == end_ || !escape(*p_, letter)) return false;
            ++p_;
            out += letter;
        }
    }

    static bool escape(char after_backslash, char& letter) {
        switch (after_backslash) {
            case '"':
            case '\\':
            case '/':
                letter = after_backslash;
                return true;
            case 'b':
                letter = '\b';
                return true;
            case 'f':
                letter = '\f';
                return true;
            case 'n':
                letter = '\n';
                return true;
            case 'r':
                letter = '\r';
                return true;
            case 't':
                letter = '\t';
                return true;
            default:
                return false;
        }
    }

    bool word(std::string_view text) {
        if (static_cast<std::size_t>(end_ - p_) < text.size() ||
            !same(std::string_view(p_, text.size()), text))
            return false;
        p_ += text.size();
        return true;
    }

    bool integer(std::int64_t& value) {
        constexpr int most_digits = 18;  // of which none overflows
        const bool negative = take('-');
        const char* const start = p_;
        value = 0;
        while (p_ != end_ && *p_ >= '0' && *p_ <= '9' && p_ - start < most_digits)
            value = value * 10 + (*p_++ - '0');
        if (p_ == start || (*start == '0' && p_ - start > 1)) return false;
        // A further digit, a fraction or an exponent is neither comma nor brace: the member's end gives up on
        // it.
        if (negative) value = -value;
        return true;
    }

    bool boolean(bool& value) {
        value = *p_ == 't';
        return word(value ? "true" : "false");
    }

    bool scalar_to_skip() {
        std::string_view text;
        std::int64_t number;
        bool flag;
        switch (*p_) {
            case '"':
                return string(text);
            case 'n':
                return word("null");
            case 't':
            case 'f':
                return boolean(flag);
            default:
                return integer(number);
        }
    }

    bool member(std::string_view name) {
        if (envelope_ != nullptr) {
            if (same(name, "ref")) return ref();
            if (same(name, options_.action_key)) return false;
        }
        std::size_t i = next_;
        for (std::size_t tried = 0; tried < model_->count; ++tried, ++i) {
            if (i == model_->count) i = 0;
            const FieldInfo& field = model_->fields[i];
            if (options_.camelize ? !camel_equal(field.name, name) : !same(field.name, name)) continue;
            const std::uint64_t bit = std::uint64_t{1} << i;
            if ((seen_ & bit) != 0) return false;
            seen_ |= bit;
            next_ = i + 1;
            return field_value(field);
        }
        return !options_.forbid_extra && scalar_to_skip();
    }

    bool ref() {
        Scalar scalar;
        if (*p_ == '"') {
            std::string_view text;
            if (!string(text)) return false;
            scalar = Scalar::of_string(text);
        } else {
            std::int64_t number;
            if (!integer(number)) return false;
            scalar = Scalar::of_integer(number);
        }
        ValidationErrors errors;
        envelope_->on_ref(envelope_->context, &scalar, errors);
        return errors.empty();
    }

    bool field_value(const FieldInfo& field) {
        const TypeInfo* type = field.type;
        void* to = field.get(value_);
        while (type->kind == Kind::optional) {
            auto& optional = *static_cast<const OptionalInfo*>(type);
            if (*p_ == 'n' && is_null_taker(optional)) {
                optional.reset(to);
                return word("null");
            }
            to = optional.emplace(to);
            type = optional.inner;
        }
        return read(*type, to) && (field.rule_count == 0 || obeys_rules(field, *type, to));
    }

    bool read(const TypeInfo& type, void* to) {
        std::int64_t number;
        switch (type.kind) {
            case Kind::string:
                return string_into(*static_cast<std::string*>(to));
            case Kind::boolean:
                return boolean(*static_cast<bool*>(to));
            case Kind::integer:
                if (!integer(number) || !fits(type, number)) return false;
                store_integer(type, to, number);
                return true;
            case Kind::enumeration: {
                std::string_view text;
                if (!string(text)) return false;
                auto& names = static_cast<const EnumInfo&>(type);
                for (std::size_t i = 0; i < names.count; ++i) {
                    if (!same(names.names[i], text)) continue;
                    store_integer(type, to, names.values[i]);
                    return true;
                }
                return false;
            }
            default:
                return false;
        }
    }

    const char* p_;
    const char* const begin_;
    const char* const end_;
    const DecodeOptions& options_;
    const Envelope* envelope_ = nullptr;
    const ModelInfo* model_ = nullptr;
    void* value_ = nullptr;
    std::uint64_t seen_ = 0;
    std::size_t next_ = 0;
};

}  // namespace

bool decode_flat(std::string_view text, const Envelope& envelope, const DecodeOptions& options,
                 std::size_t& action) {
    return FlatDecoder(text, options).run(envelope, action);
}

bool decode_flat(std::string_view text, const ModelInfo& model, void* value, const DecodeOptions& options) {
    return FlatDecoder(text, options).run(model, value);
}

}  // namespace chanx::detail
