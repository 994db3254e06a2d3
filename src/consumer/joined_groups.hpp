#pragma once

#include <chanx/layer/channel_layer.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// A connection's groups, in the order in which it joined them, and its places in them. One group besides is
/// the framework's own: that of its login. Small, for there is one for each connection.
class JoinedGroups {
  public:
    JoinedGroups();
    ~JoinedGroups();

    /// Those that the application asked for.
    const std::vector<std::string>& names() const noexcept { return names_; }
    std::size_t size() const noexcept { return places_.size(); }
    bool contains(std::string_view name) const { return find(name).has_value(); }

    /// Adds a name, which is not here yet, and a place that stays where it is. It is joining until settle().
    Membership& add(std::string name);
    /// Adds the place in the framework's group, once.
    Membership& add_internal();
    /// The layer has answered. False where the name was removed meanwhile; drop() it then.
    bool settle(const Membership& place) noexcept;
    void drop(const Membership& place) noexcept;
    /// Takes a name out. Nothing where it is not here; null where it is still joining.
    std::optional<std::unique_ptr<Membership>> remove(std::string_view name);

    template <class Function>
    void for_each(Function&& function) {
        for (auto& place : places_) function(*place);
    }

  private:
    struct Extras;

    std::optional<std::size_t> find(std::string_view name) const;
    Extras& extras() const;

    std::vector<std::string> names_;
    std::vector<std::unique_ptr<Membership>>
        places_;                              // of the names; that of the framework's group is the last
    mutable std::unique_ptr<Extras> extras_;  // while something is joining, and for many names
};

}  // namespace chanx::detail
