#include "json/flat.hpp"

#include "json/decoder.hpp"
#include "json/parse.hpp"
#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <chanx/json/nullable.hpp>
#include <chanx/message/message_set.hpp>

#include <random>

namespace flat_test {

/// One field of each kind that the short way knows, and of some that it leaves to the general one.
struct Plain {
    std::string name;
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint64_t large = 0;
    json_test::Colour colour{};
    std::optional<std::int64_t> count;
    std::optional<chanx::Nullable<std::string>> note;
    int some_size = 4;
    double ratio = 0;
    std::vector<int> list;
    static constexpr auto constraints = chanx::constraints(
        chanx::trimmed(&Plain::name), chanx::length(&Plain::name, 0, 6), chanx::pattern(&Plain::note, "a"),
        chanx::range(&Plain::tiny, -5, 100), chanx::defaulted(&Plain::some_size),
        chanx::multiple_of(&Plain::some_size, 2), chanx::defaulted(&Plain::ratio),
        chanx::defaulted(&Plain::list),
        chanx::check(&Plain::count, "no", [](const std::int64_t& count) { return count != 7; }));
};
BOOST_DESCRIBE_STRUCT(Plain, (), (name, flag, tiny, large, colour, count, note, some_size, ratio, list))

struct First : Plain {
    static constexpr std::string_view action = "first";
    static constexpr auto constraints = Plain::constraints;
};
BOOST_DESCRIBE_STRUCT(First, (Plain), ())
struct Second {
    static constexpr std::string_view action = "second";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Second, (), (payload))
using Set = chanx::MessageSet<First, Second>;

/// Texts near what is valid: fields with mostly fitting values in any order, now and then a byte changed.
class Texts {
  public:
    explicit Texts(std::uint32_t seed) : random_(seed) {}

    std::string operator()(bool as_message, bool camelize) {
        std::vector<std::string> members;
        for (const auto& [name, values] : fields_) {
            const bool general_only = name == "ratio" || name == "list";
            if (random_() % 20 < (general_only ? 18u : 1u)) continue;
            members.push_back(member(camelize && name == "some_size" ? "someSize" : name, pick(values)));
        }
        while (random_() % 4 == 0) members.push_back(member(pick(names_), pick(any_)));
        if (random_() % 3 == 0) std::shuffle(members.begin(), members.end(), random_);
        if (as_message) {
            const auto at = random_() % 5 == 0 ? random_() % (members.size() + 1) : 0;
            members.insert(members.begin() + static_cast<std::ptrdiff_t>(at),
                           member("action", random_() % 4 == 0 ? "\"second\"" : "\"first\""));
        }
        std::string text = space() + "{";
        for (std::size_t i = 0; i < members.size(); ++i) text += (i == 0 ? "" : ",") + members[i];
        text += "}" + space();
        if (random_() % 3 == 0) {
            const auto at = random_() % text.size();
            if (random_() % 2 == 0)
                text.erase(at, 1);
            else
                text.insert(at, 1, alphabet_[random_() % alphabet_.size()]);
        }
        return text;
    }

  private:
    using Values = std::vector<std::string>;

    const std::string& pick(const Values& values) {
        // The first ones are right.
        const std::size_t most = random_() % 8 == 0 ? values.size() : std::min<std::size_t>(3, values.size());
        return values[random_() % most];
    }
    std::string space() {
        return std::string(random_() % 8 == 0 ? random_() % 3 : 0, " \n\t\r"[random_() % 4]);
    }
    std::string member(const std::string& name, const std::string& value) {
        return space() + "\"" + name + "\"" + space() + ":" + space() + value + space();
    }

    std::mt19937 random_;
    static constexpr std::string_view alphabet_ = "{}[]\":,\\u0123456789truefalsn.-+eE xyd\xc3\xa9\xff\n";
    const Values any_{"1",     "null",    "\"x\"", "true", "[1,{\"a\":[]}]", "{}",         "1.5",
                      "1e400", "\"\\n\"", "-0",    "tru",  "\"\xff\"",       "\"\\ud800\""};
    const Values names_{"other", "name", "ref", "action", "some_size", "someSize", "n\\u0061me", "list", ""};
    const std::vector<std::pair<std::string, Values>> fields_{
        {"name",
         {R"("ab")", R"(" a\tb ")", "\"\u00e9\u20ac\"", R"("toolong")", R"("a\u0062")", "5", "null",
          R"("\x")"}},
        {"flag", {"true", "false", "true", "1", "null", "tru", "truex", "\"true\""}},
        {"tiny", {"1", "-5", "0", "127", "128", "-129", "01", "-0", "1.0", "1e1", "-", "\"1\""}},
        {"large",
         {"0", "999999999999999999", "1000000000000000000", "18446744073709551615", "18446744073709551616",
          "-1", "99999999999999999999999999"}},
        {"colour", {R"("red")", R"("blue")", R"("green")", R"("pink")", R"("r\u0065d")", "1", "null"}},
        {"count", {"null", "5", "-9223372036854775808", "7", "9223372036854775808", "\"5\"", "[]"}},
        {"note", {"null", R"("a")", R"("bab")", R"("b")", "5", "nul", "{}"}},
        {"some_size", {"2", "-4", "0", "3", "null", "2147483648"}},
        {"ratio", {"1.5", "2", "1e3", "1e999", "\"1\"", "-1e-999"}},
        {"list", {"[]", "[1,2]", "[1]", "[\"x\"]", "{}", "null", "[1,]"}}};
};

struct General {
    bool good;
    std::string faults;
};

template <class T>
General decode_generally(const std::string& text, T& value, const chanx::DecodeOptions& options) {
    chanx::ValidationErrors errors;
    chanx::detail::Decoder decoder(options, errors);
    decoder.begin(chanx::detail::type_info<T>(), &value);
    const bool good = chanx::detail::parse(text, decoder, errors) && errors.empty();
    return {good, json_test::faults(errors)};
}

}  // namespace flat_test

using namespace flat_test;

TEST_CASE("what the short way accepts the general way reads alike", "[json][flat]") {
    Texts texts(GENERATE(1u, 2u, 3u));
    std::size_t flat = 0, good = 0;
    for (int i = 0; i < 20000; ++i) {
        const chanx::DecodeOptions options{.camelize = i % 2 == 0, .forbid_extra = i % 3 == 0};
        const std::string text = texts(false, options.camelize);
        Plain briefly, generally;
        const bool taken =
            chanx::detail::decode_flat(text, chanx::detail::InfoOf<Plain>::value, &briefly, options);
        const General general = decode_generally(text, generally, options);
        flat += taken;
        good += general.good;
        if (taken) {
            INFO(text);
            REQUIRE(general.faults == "");
            REQUIRE(chanx::encode(briefly) == chanx::encode(generally));
        }
        // Together they give what the general way alone gives, errors included.
        const auto both = chanx::decode<Plain>(text, options);
        INFO(text);
        REQUIRE(both.has_value() == general.good);
        REQUIRE(json_test::faults(both.error()) == general.faults);
        if (both) REQUIRE(chanx::encode(*both) == chanx::encode(generally));
    }
    CHECK(flat > 1500);
    CHECK(good > flat + 500);
    CHECK(good < 18000);
}

TEST_CASE("messages are read alike by the short and the general way", "[json][flat][message]") {
    Texts texts(GENERATE(11u, 12u, 13u));
    std::size_t good = 0;
    for (int i = 0; i < 20000; ++i) {
        const chanx::DecodeOptions options{.camelize = i % 2 == 0, .forbid_extra = i % 3 == 0};
        const std::string text = texts(true, options.camelize);
        const auto either = Set::decode(text, options);
        // An ignored list in front of everything keeps a text from the short way.
        const auto brace = text.find('{');
        if (brace == text.npos || options.forbid_extra) continue;
        std::string longer = text;
        const bool empty = text.find('"') == text.npos;
        longer.insert(brace + 1, empty ? "\"zz\":[]" : "\"zz\":[],");
        const auto general = Set::decode(longer, options);
        INFO(text);
        REQUIRE(either.has_value() == general.has_value());
        if (either.errors().empty() || either.errors()[0].type != "json_invalid")
            REQUIRE(json_test::faults(either.errors()) == json_test::faults(general.errors()));
        REQUIRE(either.ref() == general.ref());
        REQUIRE(either.index() == general.index());
        if (!either) continue;
        ++good;
        const auto written = [](const auto& message) { return chanx::encode_message(message); };
        REQUIRE(std::visit(written, either.message()) == std::visit(written, general.message()));
    }
    CHECK(good > 500);
}
