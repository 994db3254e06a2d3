#include "websocket/deflate_offer.hpp"

#include <string>

namespace chanx::detail {

namespace {

constexpr std::string_view answer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
constexpr std::string_view answer_with_window =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15";

constexpr bool is_token_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Takes the field apart from its front.
class Reader {
  public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    bool at_end() {
        skip_blanks();
        return rest_.empty();
    }
    bool take(char c) {
        skip_blanks();
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// Empty where there is none.
    std::string_view token() {
        skip_blanks();
        std::size_t size = 0;
        while (size < rest_.size() && is_token_char(rest_[size])) ++size;
        const std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }
    /// A token, which may stand in quotes; empty where there is none.
    std::string value() {
        if (!take('"')) return std::string(token());
        std::string found;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') rest_.remove_prefix(1);
            if (rest_.empty() || !is_token_char(rest_.front())) return {};
            found += rest_.front();
            rest_.remove_prefix(1);
        }
        return take('"') ? found : std::string();
    }

  private:
    void skip_blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

/// 8 to 15 without leading zeros, else 0.
int window_bits(std::string_view text) {
    if (text.size() == 1 && (text == "8" || text == "9")) return text[0] - '0';
    if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5') return 10 + (text[1] - '0');
    return 0;
}

/// One offer of permessage-deflate.
struct Offer {
    bool acceptable = true;
    bool server_takeover_seen = false;
    bool client_takeover_seen = false;
    bool server_window_seen = false;
    bool client_window_seen = false;

    /// @param value  nothing where there is none
    void add(std::string_view name, const std::optional<std::string>& value) {
        bool* seen = nullptr;
        bool good = false;
        if (name == "server_no_context_takeover") {
            seen = &server_takeover_seen;
            good = !value;
        } else if (name == "client_no_context_takeover") {
            seen = &client_takeover_seen;
            good = !value;
        } else if (name == "server_max_window_bits") {
            seen = &server_window_seen;
            good = value && window_bits(*value) == 15;
        } else if (name == "client_max_window_bits") {
            seen = &client_window_seen;
            good = !value || window_bits(*value) != 0;
        }
        if (!good || *seen) acceptable = false;
        if (seen != nullptr) *seen = true;
    }
};

}  // namespace

std::optional<std::string_view> answer_deflate_offers(std::string_view field) {
    Reader reader(field);
    std::string_view chosen;
    while (!reader.at_end()) {
        if (reader.take(',')) continue;  // RFC 9110 section 5.6.1.2 has receivers bear with empty elements
        const std::string_view extension = reader.token();
        if (extension.empty()) return std::nullopt;
        Offer offer;
        while (reader.take(';')) {
            const std::string_view name = reader.token();
            if (name.empty()) return std::nullopt;
            std::optional<std::string> value;
            if (reader.take('=')) {
                value = reader.value();
                if (value->empty()) return std::nullopt;
            }
            offer.add(name, value);
        }
        if (chosen.empty() && extension == "permessage-deflate" && offer.acceptable) {
            chosen = offer.server_window_seen ? answer_with_window : answer;
        }
        if (!reader.at_end() && !reader.take(',')) return std::nullopt;
    }
    return chosen;
}

}  // namespace chanx::detail
