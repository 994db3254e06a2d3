#pragma once

#include <chanx/json/type_info.hpp>

#include <string>
#include <string_view>
#include <unordered_set>

namespace chanx::detail {

/// Looks for what would only show when the first text is decoded, in described structs and all that they
/// hold: names that become one in camelCase, and expressions of constraints that RE2 refuses.
class ModelCheck {
  public:
    /// @param camelize  whether names are camelCase on the wire
    explicit ModelCheck(bool camelize) : camelize_(camelize) {}

    /// What has been looked at is not looked at again.
    /// @throws ConfigurationError naming the struct and its fields
    void check(const TypeInfo& type);

  private:
    void check_names(const ModelInfo& model, std::string_view tag_key) const;
    static void check_rules(const ModelInfo& model, const FieldInfo& field, const FieldInfo& rules);

    bool camelize_;
    std::unordered_set<const TypeInfo*> seen_;
};

/// A field's name on the wire.
std::string wire_name(std::string_view name, bool camelize);

}  // namespace chanx::detail
