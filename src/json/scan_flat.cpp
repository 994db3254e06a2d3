#include "json/parse.hpp"
#include "json/scan.hpp"

#include <chanx/json/utf8.hpp>

#include <cstddef>
#include <cstdint>

namespace chanx::detail {
namespace {

/// Everything here accepts a subset of JSON and gives up on the rest; it never decides that a text is wrong.
class FlatScanner {
  public:
    FlatScanner(std::string_view text, Decoder& decoder)
        : p_(text.data()), end_(text.data() + text.size()), decoder_(decoder) {}

    bool run() {
        skip_space();
        if (!take('{')) return false;
        decoder_.object_begin();
        skip_space();
        std::size_t size = 0;
        if (!take('}')) {
            do {
                if (!member()) return false;
                ++size;
            } while (take(','));
            if (!take('}')) return false;
        }
        skip_space();
        if (p_ != end_) return false;
        decoder_.object_end(size);
        return true;
    }

  private:
    void skip_space() {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
    }

    bool take(char c) {
        if (p_ == end_ || *p_ != c) return false;
        ++p_;
        return true;
    }

    bool word(std::string_view text) {
        if (static_cast<std::size_t>(end_ - p_) < text.size() || std::string_view(p_, text.size()) != text)
            return false;
        p_ += text.size();
        return true;
    }

    bool string(std::string_view& text) {
        if (!take('"')) return false;
        const char* const begin = p_;
        bool ascii = true;
        for (p_ = skip_plain(p_, end_); p_ != end_ && static_cast<signed char>(*p_) < 0;
             p_ = skip_plain(p_, end_)) {
            ascii = false;
            while (p_ != end_ && static_cast<signed char>(*p_) < 0) ++p_;
        }
        text = std::string_view(begin, static_cast<std::size_t>(p_ - begin));
        return take('"') && (ascii || is_valid_utf8(text));
    }

    bool integer() {
        constexpr int most_digits = 18;  // of which none overflows
        const bool negative = take('-');
        const char* const begin = p_;
        std::int64_t value = 0;
        while (p_ != end_ && *p_ >= '0' && *p_ <= '9' && p_ - begin <= most_digits)
            value = value * 10 + (*p_++ - '0');
        const auto digits = p_ - begin;
        if (digits == 0 || digits > most_digits || (*begin == '0' && digits > 1)) return false;
        if (p_ != end_ && (*p_ == '.' || *p_ == 'e' || *p_ == 'E')) return false;
        decoder_.scalar(Scalar::of_integer(negative ? -value : value));
        return true;
    }

    bool member() {
        std::string_view text;
        skip_space();
        if (!string(text)) return false;
        skip_space();
        if (!take(':')) return false;
        decoder_.key(text);
        skip_space();
        if (p_ == end_) return false;
        switch (*p_) {
            case '"':
                if (!string(text)) return false;
                decoder_.scalar(Scalar::of_string(text));
                break;
            case 't':
                if (!word("true")) return false;
                decoder_.scalar(Scalar::of_bool(true));
                break;
            case 'f':
                if (!word("false")) return false;
                decoder_.scalar(Scalar::of_bool(false));
                break;
            case 'n':
                if (!word("null")) return false;
                decoder_.scalar(Scalar::of_null());
                break;
            default:
                if (!integer()) return false;
        }
        skip_space();
        return true;
    }

    const char* p_;
    const char* const end_;
    Decoder& decoder_;
};

}  // namespace

bool scan_flat(std::string_view text, Decoder& decoder) {
    return FlatScanner(text, decoder).run();
}

}  // namespace chanx::detail
