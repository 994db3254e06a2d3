#include "http/text.hpp"

#include <chanx/http/http_date.hpp>

#include <chrono>

namespace chanx {
namespace {

constexpr std::string_view day_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view shape = "Sun, 06 Nov 1994 08:49:37 GMT";

void append_number(std::string& out, long long number, std::size_t digits) {
    std::string text = std::to_string(number);
    if (text.size() < digits) out.append(digits - text.size(), '0');
    out += text;
}

/// A number of exactly these digits, or -1.
int number_at(std::string_view text, std::size_t position, std::size_t digits) {
    int number = 0;
    for (char c : text.substr(position, digits)) {
        if (!detail::text::is_digit(c)) return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

}  // namespace

std::string http_date(std::chrono::sys_seconds moment) {
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    std::string out;
    out.reserve(shape.size());
    out += day_names.substr(std::chrono::weekday(day).c_encoding() * 3, 3);
    out += ", ";
    append_number(out, unsigned(date.day()), 2);
    out += ' ';
    out += month_names.substr((unsigned(date.month()) - 1) * 3, 3);
    out += ' ';
    append_number(out, int(date.year()), 4);
    out += ' ';
    append_number(out, time.hours().count(), 2);
    out += ':';
    append_number(out, time.minutes().count(), 2);
    out += ':';
    append_number(out, time.seconds().count(), 2);
    out += " GMT";
    return out;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    if (text.size() != shape.size()) return std::nullopt;
    const std::size_t month = month_names.find(text.substr(8, 3));
    const int day = number_at(text, 5, 2);
    const int year = number_at(text, 12, 4);
    const int hour = number_at(text, 17, 2);
    const int minute = number_at(text, 20, 2);
    const int second = number_at(text, 23, 2);
    if (month == std::string_view::npos || month % 3 != 0 || day < 0 || year < 0 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(unsigned(month / 3 + 1)),
                                           std::chrono::day(unsigned(day)));
    if (!date.ok()) return std::nullopt;
    const std::chrono::sys_seconds moment = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                            std::chrono::minutes(minute) + std::chrono::seconds(second);
    // Written again, it shows every other difference: separators, the day of the week.
    if (http_date(moment) != text) return std::nullopt;
    return moment;
}

}  // namespace chanx
