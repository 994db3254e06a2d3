#include <chanx/auth/permission.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace {

using chanx::Decision;

struct User {
    int id = 0;
};
struct Room {
    bool has_bob = false;
};
using Access = chanx::AccessRequest<User>;

// Leaves: which checks they declare, and whether they answer at once or later. What they answer is set by the
// test, for types are dear to compile.

enum class Answer { now, later };

struct Values {
    bool request;
    bool object;
};
Values values[2] = {};

template <Answer How>
auto answer(bool value) {
    if constexpr (How == Answer::now) {
        return value;
    } else {
        return [](bool later) -> chanx::awaitable<bool> { co_return later; }(value);
    }
}

template <Answer How, int Tag>
struct RequestLeaf : chanx::BasePermission {
    auto has_permission(const Access&) const { return answer<How>(values[Tag].request); }
    static std::optional<bool> before() { return values[Tag].request; }
    static bool after() { return values[Tag].request; }
};

template <Answer How, int Tag>
struct ObjectLeaf : chanx::BasePermission {
    auto has_object_permission(const Access&, const Room&) const { return answer<How>(values[Tag].object); }
    static std::optional<bool> before() { return std::nullopt; }
    static bool after() { return values[Tag].object; }
};

template <Answer How, int Tag>
struct BothLeaf : chanx::BasePermission {
    auto has_permission(const Access&) const { return answer<How>(values[Tag].request); }
    auto has_object_permission(const Access&, const Room&) const { return answer<How>(values[Tag].object); }
    static std::optional<bool> before() { return values[Tag].request ? std::nullopt : std::optional(false); }
    static bool after() { return values[Tag].request && values[Tag].object; }
};

// The model: three-valued logic as sets of what a permission may still turn out to be.

struct Possible {
    bool no;
    bool yes;
    friend bool operator==(const Possible&, const Possible&) = default;
};

template <class F>
Possible combine(Possible a, Possible b, F f) {
    Possible result{false, false};
    for (const bool x : {false, true}) {
        for (const bool y : {false, true}) {
            if (!(x ? a.yes : a.no) || !(y ? b.yes : b.no)) continue;
            (f(x, y) ? result.yes : result.no) = true;
        }
    }
    return result;
}

Possible possible(Decision decision) {
    return {decision != Decision::yes, decision != Decision::no};
}
template <class Leaf>
Possible before_of() {
    const auto value = Leaf::before();
    return {!value || !*value, !value || *value};
}
template <class Leaf>
Possible after_of() {
    return {!Leaf::after(), Leaf::after()};
}
Possible negated(Possible a) {
    return {a.yes, a.no};
}
Possible both(Possible a, Possible b) {
    return combine(a, b, [](bool x, bool y) { return x && y; });
}
Possible either(Possible a, Possible b) {
    return combine(a, b, [](bool x, bool y) { return x || y; });
}

/// What needs no waiting is decided the same without it.
template <class Object, class Expression>
void check_prompt(const Expression& expression, const Access& access, const Object* object,
                  const chanx::detail::Verdict& awaited) {
    using chanx::detail::ObjectIs;
    if constexpr (chanx::detail::is_prompt<ObjectIs::known, Object, User, Expression>) {
        const auto verdict = chanx::detail::decide<ObjectIs::known, Object>(expression, access, object);
        CHECK(verdict.decision == awaited.decision);
        CHECK(verdict.denied_by == awaited.denied_by);
    }
    if constexpr (chanx::detail::is_prompt<ObjectIs::unknown, Object, User, Expression>) {
        if (object != nullptr) return;
        const auto verdict = chanx::detail::decide<ObjectIs::unknown, Object>(expression, access, object);
        CHECK(verdict.decision == awaited.decision);
        CHECK(verdict.denied_by == awaited.denied_by);
    }
}

/// Runs awaitables; the tests below have no application of their own.
struct Runner {
    chanx::Application application{chanx::Router{}};
    chanx::testing::TestApplication app{application};
    chanx::ScopeBuilder builder;
    chanx::Scope scope = builder.build();

    template <class Object, class Expression>
    chanx::detail::Verdict ask(const Expression& expression, const Object* object) {
        chanx::detail::Verdict verdict;
        app.run([](const Expression& e, const chanx::Scope& s, const Object* o,
                   chanx::detail::Verdict& out) -> chanx::awaitable<> {
            const User user{7};
            const Access access{s, &user};
            out = co_await chanx::detail::evaluate<Object>(e, access, o);
        }(expression, scope, object, verdict));
        return verdict;
    }

    template <class Expression>
    void check(const Expression& expression, Possible before, Possible after) {
        const Room room;
        const chanx::detail::Verdict early = ask<Room>(expression, nullptr);
        const chanx::detail::Verdict late = ask<Room>(expression, &room);
        CHECK(possible(early.decision) == before);
        CHECK(possible(late.decision) == after);

        const User user{7};
        const Access access{scope, &user};
        check_prompt<Room>(expression, access, nullptr, early);
        check_prompt<Room>(expression, access, &room, late);
    }
};

constexpr Values all_values[] = {{false, false}, {false, true}, {true, false}, {true, true}};

template <class L, class R>
void check_pair(Runner& runner) {
    const L l{};
    const R r{};
    for (const Values left : all_values) {
        for (const Values right : all_values) {
            values[0] = left;
            values[1] = right;
            runner.check(l && r, both(before_of<L>(), before_of<R>()), both(after_of<L>(), after_of<R>()));
            runner.check(l || r, either(before_of<L>(), before_of<R>()),
                         either(after_of<L>(), after_of<R>()));
            runner.check(!(l && r), negated(both(before_of<L>(), before_of<R>())),
                         negated(both(after_of<L>(), after_of<R>())));
            runner.check(!l || r, either(negated(before_of<L>()), before_of<R>()),
                         either(negated(after_of<L>()), after_of<R>()));
        }
    }
}

template <class L>
void check_row(Runner& runner) {
    check_pair<L, RequestLeaf<Answer::later, 1>>(runner);
    check_pair<L, ObjectLeaf<Answer::later, 1>>(runner);
    check_pair<L, BothLeaf<Answer::later, 1>>(runner);
}

template <class L>
void check_alone(Runner& runner) {
    for (const Values value : all_values) {
        values[0] = value;
        runner.check(L{}, before_of<L>(), after_of<L>());
        runner.check(!L{}, negated(before_of<L>()), negated(after_of<L>()));
        runner.check(!!L{}, before_of<L>(), after_of<L>());
    }
}

// Permissions whose answer is their type.

template <bool Value, int Tag = 0>
struct Always : chanx::BasePermission {
    bool has_permission(const Access&) const { return Value; }
};
struct ObjectDenies : chanx::BasePermission {
    chanx::awaitable<bool> has_object_permission(const Access&, const Room&) const { co_return false; }
};
struct ObjectAllows : chanx::BasePermission {
    bool has_object_permission(const Access&, const Room&) const { return true; }
};

int asked = 0;
struct Counts : chanx::BasePermission {
    bool has_permission(const Access&) const {
        ++asked;
        return true;
    }
    bool has_object_permission(const Access&, const Room&) const {
        ++asked;
        return true;
    }
};

}  // namespace

TEST_CASE_METHOD(Runner, "each permission decides what its checks decide, and its negation the contrary",
                 "[auth][permission]") {
    check_alone<RequestLeaf<Answer::now, 0>>(*this);
    check_alone<ObjectLeaf<Answer::now, 0>>(*this);
    check_alone<BothLeaf<Answer::now, 0>>(*this);
    check_alone<BothLeaf<Answer::later, 0>>(*this);
}

TEST_CASE_METHOD(
    Runner,
    "every pair of permissions under every operator follows three-valued logic, before the lookup and after",
    "[auth][permission]") {
    check_row<RequestLeaf<Answer::now, 0>>(*this);
    check_row<ObjectLeaf<Answer::now, 0>>(*this);
    check_row<BothLeaf<Answer::now, 0>>(*this);
}

TEST_CASE_METHOD(Runner, "nested expressions follow three-valued logic", "[auth][permission]") {
    const Always<false> no;
    const Always<true> yes;
    const ObjectDenies bad_object;
    const ObjectAllows good_object;
    const Possible unknown{true, true};
    const Possible denied{true, false};
    const Possible allowed{false, true};
    check(no || (bad_object && yes), unknown, denied);
    check((no || good_object) && (yes || bad_object), unknown, allowed);
    check(!(no || !(good_object && yes)), unknown, allowed);
    check((yes && !bad_object) || no, unknown, allowed);
    check(!(good_object || yes), denied, denied);
    check(no && (good_object || yes), denied, denied);
}

TEST_CASE_METHOD(Runner, "a denial names the leaf that denied", "[auth][permission]") {
    using Denies = Always<false, 41>;
    using Allows = Always<true, 42>;
    const Room room;
    CHECK(ask<Room>(Allows{} && Denies{}, nullptr).denied_by == chanx::type_name<Denies>());
    CHECK(ask<Room>(Allows{} && ObjectDenies{}, &room).denied_by == chanx::type_name<ObjectDenies>());
    CHECK(ask<Room>(Denies{} || ObjectDenies{}, &room).denied_by == chanx::type_name<Denies>());
    CHECK(ask<Room>(!Allows{}, nullptr).denied_by == chanx::type_name<Allows>());
}

TEST_CASE_METHOD(Runner, "what is already decided is not asked", "[auth][permission]") {
    const Room room;
    asked = 0;
    ask<Room>(Always<false>{} && Counts{}, &room);
    ask<Room>(Always<true>{} || Counts{}, &room);
    CHECK(asked == 0);
    ask<Room>(Always<true>{} && Counts{}, nullptr);
    CHECK(asked == 1);
    ask<Room>(Always<true>{} && Counts{}, &room);
    CHECK(asked == 3);
}

namespace {

struct Account {
    std::string id;
};
struct ByHeader {
    chanx::awaitable<std::optional<Account>> authenticate(const chanx::Scope& scope) const {
        const auto name = scope.header("X-User");
        if (!name) co_return std::nullopt;
        co_return Account{std::string(*name)};
    }
};
struct IsAdmin : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<Account>& request) const {
        return request.user != nullptr && request.user->id == "admin";
    }
};
struct IsRoomMember : chanx::BasePermission {
    chanx::awaitable<bool> has_object_permission(const chanx::AccessRequest<Account>& request,
                                                 const Room& room) const {
        co_await chanx::sleep_for(std::chrono::milliseconds(5));
        co_return room.has_bob&& request.user != nullptr&& request.user->id == "bob";
    }
};
inline constexpr IsAdmin is_admin{};
inline constexpr IsRoomMember is_room_member{};

chanx::awaitable<std::optional<Room>> find_room(const chanx::Scope&) {
    co_return Room{.has_bob = true};
}

template <auto Expression>
class Guarded final
    : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<ByHeader>,
                                          chanx::Permissions<Expression>, chanx::Lookup<find_room>> {};
template <auto Expression>
class GuardedWithoutObject final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<ByHeader>,
                                                                       chanx::Permissions<Expression>> {};

struct GuardedFixture : WithLog, chanx::testing::WebsocketFixture {
    GuardedFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(chanx::Router{
              chanx::path("either/", chanx::consumer<Guarded<is_admin || is_room_member>>()),
              chanx::path("both/", chanx::consumer<Guarded<chanx::is_authenticated && is_room_member>>()),
              chanx::path("strangers/", chanx::consumer<Guarded<!is_room_member>>()),
              chanx::path("users/", chanx::consumer<GuardedWithoutObject<chanx::is_authenticated>>()),
              chanx::path("all/", chanx::consumer<GuardedWithoutObject<chanx::allow_any>>())})) {}

    std::int64_t status(std::string path, std::string user) {
        chanx::testing::Headers headers;
        if (!user.empty()) headers.emplace_back("X-User", user);
        auto client = communicator(std::move(path), std::move(headers));
        client.connect();
        return client.wait_for_auth().at("payload").at("status_code").as_int64();
    }
};

}  // namespace

TEST_CASE_METHOD(GuardedFixture, "is_admin || is_room_member lets in admins and members, and no stranger",
                 "[auth][permission]") {
    CHECK(status("/either/", "admin") == 200);
    CHECK(status("/either/", "bob") == 200);
    CHECK(status("/either/", "mallory") == 403);
    CHECK(status("/either/", "") == 401);
}

TEST_CASE_METHOD(GuardedFixture, "is_authenticated && is_room_member lets in members only",
                 "[auth][permission]") {
    CHECK(status("/both/", "bob") == 200);
    CHECK(status("/both/", "mallory") == 403);
    CHECK(log.line("permission denied").find("IsRoomMember") != std::string::npos);
    CHECK(status("/both/", "") == 401);
}

TEST_CASE_METHOD(GuardedFixture, "!is_room_member lets in everybody but members", "[auth][permission]") {
    CHECK(status("/strangers/", "mallory") == 200);
    CHECK(status("/strangers/", "") == 200);
    CHECK(status("/strangers/", "bob") == 403);
    CHECK(log.line("permission denied").find("IsRoomMember") != std::string::npos);
}

TEST_CASE_METHOD(GuardedFixture, "permissions without an object are decided at once", "[auth][permission]") {
    CHECK(status("/users/", "mallory") == 200);
    CHECK(status("/users/", "") == 401);
    CHECK(status("/all/", "") == 200);
}
