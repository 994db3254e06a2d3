#pragma once

#include <string>

namespace chat {

/// By what a user is known: names that differ in the case of ASCII letters only are one. Like SQLite's lower(): the
/// locale has no say in who is who.
inline std::string folded(std::string username) {
    for (char& c : username) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return username;
}

}  // namespace chat
