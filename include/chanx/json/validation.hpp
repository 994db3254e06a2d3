#pragma once

#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chanx {

/// One step of the way to a faulty value: a field's name or map key, or an index into a list.
using LocSegment = std::variant<std::string, std::int64_t>;

/// One thing that is wrong with a piece of input. `type` is a stable machine-readable name ("missing",
/// "string_type", ...), `loc` the way to the value from the outside in, `msg` words for a person.
/// The input itself is never repeated; names of unknown fields and map keys in `loc` are cut at 64 bytes.
struct ValidationError {
    std::string type;
    std::vector<LocSegment> loc;
    std::string msg;

    friend bool operator==(const ValidationError&, const ValidationError&) = default;
};
BOOST_DESCRIBE_STRUCT(ValidationError, (), (type, loc, msg))

/// Everything that is wrong with a piece of input, in the order of the input (missing fields: in the order of
/// declaration, at the end of their object). At most 20; where there were more, one `too_many_errors`
/// follows.
class ValidationErrors {
  public:
    /// How many errors are kept before `too_many_errors`.
    static constexpr std::size_t limit = 20;

    ValidationErrors() = default;

    /// Appends an error. Beyond the limit it is dropped and a final `too_many_errors` stands for it.
    void add(ValidationError error);

    void clear() noexcept { errors_.clear(); }
    bool empty() const noexcept { return errors_.empty(); }
    std::size_t size() const noexcept { return errors_.size(); }
    const ValidationError& operator[](std::size_t index) const { return errors_[index]; }
    auto begin() const noexcept { return errors_.begin(); }
    auto end() const noexcept { return errors_.end(); }

    /// The errors as a list, ready to be a field of a message.
    const std::vector<ValidationError>& list() const& noexcept { return errors_; }
    std::vector<ValidationError> list() && noexcept { return std::move(errors_); }

  private:
    std::vector<ValidationError> errors_;
};

/// The errors in one line for a log: `chat.payload: Field required (missing); ...`.
std::string to_string(const ValidationErrors& errors);

}  // namespace chanx
