#include <chanx/error.hpp>
#include <chanx/state.hpp>

#include <algorithm>
#include <string>

namespace chanx {
namespace {

void require_object(const std::shared_ptr<void>& object, detail::TypeKey key) {
    if (object) return;
    throw ConfigurationError("chanx: the state of type " + std::string(key->name) + " is a null pointer");
}

}  // namespace

void StateMap::add_erased(detail::TypeKey key, std::shared_ptr<void> object) {
    require_object(object, key);
    if (find_erased(key)) {
        throw ConfigurationError("chanx: a state of type " + std::string(key->name) +
                                 " was added already; give one of them a type of its own");
    }
    entries_.push_back({key, std::move(object)});
}

void StateMap::replace_erased(detail::TypeKey key, std::shared_ptr<void> object) {
    require_object(object, key);
    auto found = std::ranges::find(entries_, key, &Entry::key);
    if (found == entries_.end()) {
        entries_.push_back({key, std::move(object)});
    } else {
        found->object = std::move(object);
    }
}

void* StateMap::find_erased(detail::TypeKey key) const noexcept {
    for (const Entry& entry : entries_) {
        if (entry.key == key) return entry.object.get();
    }
    return nullptr;
}

void StateMap::throw_missing(std::string_view name) {
    const std::string type(name);
    throw ConfigurationError("chanx: no state of type " + type +
                             " was added: call Application::state(std::make_shared<" + type +
                             ">(...)) before the server starts");
}

}  // namespace chanx
