#pragma once

#include <chanx/type_key.hpp>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace chanx {

/// What an application shares with its consumers and handlers: at most one object of each type.
///
/// Filled before the server starts and only read afterwards, so reading needs no lock; whether the
/// objects themselves may be used from several threads is up to their types.
///
///     chanx::StateMap state;
///     state.add(std::make_shared<Store>("chat.sqlite3"));
///     state.get<Store>().rooms();
class StateMap {
  public:
    /// Throws ConfigurationError if the pointer is null or a T is there already.
    template <class T>
    void add(std::shared_ptr<T> object) {
        add_erased(detail::type_key<T>(), erase(std::move(object)));
    }

    /// As add, but takes the place of the T that is there already: for tests.
    template <class T>
    void replace(std::shared_ptr<T> object) {
        replace_erased(detail::type_key<T>(), erase(std::move(object)));
    }

    /// The object added as T; throws ConfigurationError naming T if there is none.
    /// `get<const T>()` finds an object added as T, too.
    template <class T>
    T& get() const {
        if (T* object = find<T>()) return *object;
        throw_missing(type_name<std::remove_const_t<T>>());
    }

    /// The object added as T, or null.
    template <class T>
    T* find() const noexcept {
        void* object = find_erased(detail::type_key<T>());
        if constexpr (std::is_const_v<T>) {
            if (!object) object = find_erased(detail::type_key<std::remove_const_t<T>>());
        }
        return static_cast<T*>(object);
    }

  private:
    struct Entry {
        detail::TypeKey key;
        std::shared_ptr<void> object;
    };

    template <class T>
    static std::shared_ptr<void> erase(std::shared_ptr<T> object) {
        return std::const_pointer_cast<std::remove_const_t<T>>(std::move(object));
    }

    void add_erased(detail::TypeKey key, std::shared_ptr<void> object);
    void replace_erased(detail::TypeKey key, std::shared_ptr<void> object);
    void* find_erased(detail::TypeKey key) const noexcept;
    [[noreturn]] static void throw_missing(std::string_view name);

    std::vector<Entry> entries_;
};

}  // namespace chanx
