#include "json/patterns.hpp"

#include <chanx/error.hpp>

#include <re2/re2.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace chanx::detail {
namespace {

std::unique_ptr<RE2> compile(std::string_view expression) {
    RE2::Options options;
    options.set_log_errors(false);
    return std::make_unique<RE2>(re2::StringPiece(expression.data(), expression.size()), options);
}

const RE2& compiled(std::string_view expression) {
    static std::shared_mutex mutex;
    static std::unordered_map<std::string_view, std::unique_ptr<RE2>> cache;
    {
        const std::shared_lock lock(mutex);
        if (auto it = cache.find(expression); it != cache.end()) return *it->second;
    }
    auto pattern = compile(expression);
    if (!pattern->ok())
        throw ConfigurationError("chanx: the pattern \"" + std::string(expression) +
                                 "\" of a constraint is no regular expression of RE2: " + pattern->error());
    const std::lock_guard lock(mutex);
    return *cache.try_emplace(expression, std::move(pattern)).first->second;
}

}  // namespace

bool matches_pattern(std::string_view expression, std::string_view text) {
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled(expression));
}

std::string pattern_error(std::string_view expression) {
    const auto pattern = compile(expression);
    return pattern->ok() ? std::string() : pattern->error();
}

}  // namespace chanx::detail
