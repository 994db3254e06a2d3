#include "load/report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace load {

namespace {

std::string number(double value) {
    std::array<char, 64> text{};
    const int digits = value == std::floor(value) ? 0 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

}  // namespace

std::string Report::json() const {
    std::string out = "{";
    for (const auto& [name, value] : figures_) {
        if (out.size() > 1) out += ',';
        out += '"' + name + "\":" + (std::isfinite(value) ? number(value) : "null");
    }
    return out + "}";
}

std::string Report::row() const {
    std::string out;
    for (const auto& [name, value] : figures_) {
        if (!out.empty()) out += "  ";
        out += name + ' ' + number(value);
    }
    return out;
}

}  // namespace load
