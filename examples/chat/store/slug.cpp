#include "chat/store/slug.hpp"

#include <cstddef>

namespace chat {

std::string slug_of(std::string_view name) {
    constexpr std::size_t longest = 60;
    std::string slug;
    bool between_words = false;
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
            between_words = true;
            continue;
        }
        if (between_words && !slug.empty()) slug += '-';
        between_words = false;
        slug += c;
        if (slug.size() >= longest) break;
    }
    if (slug.size() > longest) slug.resize(longest);
    if (!slug.empty() && slug.back() == '-') slug.pop_back();
    return slug.empty() ? "room" : slug;
}

}  // namespace chat
