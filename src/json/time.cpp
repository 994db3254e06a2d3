#include "json/time.hpp"

#include <chanx/json/time.hpp>

#include <algorithm>
#include <chrono>

namespace chanx {
namespace detail {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Reads exactly `digits` digits; false when they are not there.
bool take(std::string_view& text, int digits, int& value) noexcept {
    if (text.size() < static_cast<std::size_t>(digits)) return false;
    value = 0;
    for (int i = 0; i < digits; ++i) {
        const char c = text[static_cast<std::size_t>(i)];
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(static_cast<std::size_t>(digits));
    return true;
}

bool take(std::string_view& text, std::string_view any_of) noexcept {
    if (text.empty() || any_of.find(text.front()) == text.npos) return false;
    text.remove_prefix(1);
    return true;
}

/// The minutes east of UTC; false when the text does not end in `Z` or an offset.
bool take_offset(std::string_view& text, int& offset) noexcept {
    offset = 0;
    if (take(text, "Zz")) return text.empty();
    const bool west = !text.empty() && text.front() == '-';
    int hours = 0;
    int minutes = 0;
    if (!take(text, "+-") || !take(text, 2, hours)) return false;
    take(text, ":");
    if (!take(text, 2, minutes) || hours > 23 || minutes > 59) return false;
    offset = (hours * 60 + minutes) * (west ? -1 : 1);
    return text.empty();
}

void put(char*& out, unsigned value, int digits) noexcept {
    for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
    out += digits;
}

}  // namespace

std::optional<std::int64_t> parse_iso8601(std::string_view text) noexcept {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
    if (!take(text, 4, year) || !take(text, "-") || !take(text, 2, month) || !take(text, "-") ||
        !take(text, 2, day) || !take(text, "Tt ") || !take(text, 2, hour) || !take(text, ":") ||
        !take(text, 2, minute))
        return {};
    std::int64_t thousandths = 0;
    if (take(text, ":")) {
        if (!take(text, 2, second)) return {};
        if (take(text, ".,")) {
            int count = 0;
            for (int digit = 0; take(text, 1, digit); ++count)
                if (count < 3) thousandths = thousandths * 10 + digit;
            if (count == 0 || count > 9) return {};
            for (; count < 3; ++count) thousandths *= 10;
        }
    }
    if (!take_offset(text, offset)) return {};
    const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return {};
    const std::int64_t day_number = sys_days(date).time_since_epoch().count();
    return ((day_number * 24 + hour) * 60 + minute - offset) * 60'000 + second * 1000 + thousandths;
}

void write_iso8601(char* out, std::int64_t time) noexcept {
    constexpr std::int64_t first = -62'167'219'200'000;  // 0000-01-01
    constexpr std::int64_t last = 253'402'300'799'999;   // the end of 9999
    const std::chrono::sys_time<milliseconds> point{milliseconds(std::clamp(time, first, last))};
    const auto day = std::chrono::floor<days>(point);
    const year_month_day date{day};
    auto rest = static_cast<unsigned>((point - day).count());
    put(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    *out++ = '-';
    put(out, static_cast<unsigned>(date.month()), 2);
    *out++ = '-';
    put(out, static_cast<unsigned>(date.day()), 2);
    *out++ = 'T';
    put(out, rest / 3'600'000, 2);
    *out++ = ':';
    put(out, rest / 60'000 % 60, 2);
    *out++ = ':';
    put(out, rest / 1000 % 60, 2);
    *out++ = '.';
    put(out, rest % 1000, 3);
    *out++ = 'Z';
}

}  // namespace detail

std::string to_iso8601(sys_time time) {
    std::string text(detail::iso8601_size, ' ');
    detail::write_iso8601(text.data(), time.time_since_epoch().count());
    return text;
}

}  // namespace chanx
