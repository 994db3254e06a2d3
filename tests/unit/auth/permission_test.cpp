#include <chanx/auth/permission.hpp>

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <optional>
#include <utility>
#include <variant>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

namespace {

using chanx::Decision;

struct User {
    int id = 0;
};
struct Room {
    bool has_bob = false;
};
using Access = chanx::AccessRequest<User>;

// Leaves: which checks they declare, what each answers, and whether it answers at once or later.

enum class Answer { now, later };

template <bool Value, Answer How, int Tag = 0>
struct RequestLeaf : chanx::BasePermission {
    auto has_permission(const Access&) const {
        if constexpr (How == Answer::now) {
            return Value;
        } else {
            return [](bool value) -> chanx::awaitable<bool> { co_return value; }(Value);
        }
    }
    static constexpr std::optional<bool> before = Value;
    static constexpr bool after = Value;
};

template <bool Value, Answer How, int Tag = 0>
struct ObjectLeaf : chanx::BasePermission {
    auto has_object_permission(const Access&, const Room&) const {
        if constexpr (How == Answer::now) {
            return Value;
        } else {
            return [](bool value) -> chanx::awaitable<bool> { co_return value; }(Value);
        }
    }
    static constexpr std::optional<bool> before = std::nullopt;
    static constexpr bool after = Value;
};

template <bool Request, bool Object, Answer How, int Tag = 0>
struct BothLeaf : chanx::BasePermission {
    auto has_permission(const Access& access) const { return RequestLeaf<Request, How>{}.has_permission(access); }
    auto has_object_permission(const Access& access, const Room& room) const {
        return ObjectLeaf<Object, How>{}.has_object_permission(access, room);
    }
    static constexpr std::optional<bool> before = Request ? std::nullopt : std::optional(false);
    static constexpr bool after = Request && Object;
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

Possible possible(Decision decision) { return {decision != Decision::yes, decision != Decision::no}; }
template <class Leaf>
Possible before_of() {
    return {!Leaf::before || !*Leaf::before, !Leaf::before || *Leaf::before};
}
template <class Leaf>
Possible after_of() {
    return {!Leaf::after, Leaf::after};
}
Possible negated(Possible a) { return {a.yes, a.no}; }
Possible both(Possible a, Possible b) {
    return combine(a, b, [](bool x, bool y) { return x && y; });
}
Possible either(Possible a, Possible b) {
    return combine(a, b, [](bool x, bool y) { return x || y; });
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
        CHECK(possible(ask<Room>(expression, nullptr).decision) == before);
        CHECK(possible(ask<Room>(expression, &room).decision) == after);
    }
};

template <class... Leaves>
struct List {};

template <Answer How, int Tag>
using AllLeaves = List<RequestLeaf<false, How, Tag>, RequestLeaf<true, How, Tag>, ObjectLeaf<false, How, Tag>,
                       ObjectLeaf<true, How, Tag>, BothLeaf<false, false, How, Tag>, BothLeaf<false, true, How, Tag>,
                       BothLeaf<true, false, How, Tag>, BothLeaf<true, true, How, Tag>>;

template <class L, class R>
void check_pair(Runner& runner) {
    const L l{};
    const R r{};
    runner.check(l && r, both(before_of<L>(), before_of<R>()), both(after_of<L>(), after_of<R>()));
    runner.check(l || r, either(before_of<L>(), before_of<R>()), either(after_of<L>(), after_of<R>()));
    runner.check(!(l && r), negated(both(before_of<L>(), before_of<R>())), negated(both(after_of<L>(), after_of<R>())));
    runner.check(!l || r, either(negated(before_of<L>()), before_of<R>()), either(negated(after_of<L>()), after_of<R>()));
}

template <class L, class... Rs>
void check_row(Runner& runner, List<Rs...>) {
    (check_pair<L, Rs>(runner), ...);
}
template <class... Ls, class Right>
void check_all(Runner& runner, List<Ls...>, Right right) {
    (check_row<Ls>(runner, right), ...);
}

template <class... Ls>
void check_leaves(Runner& runner, List<Ls...>) {
    (runner.check(Ls{}, before_of<Ls>(), after_of<Ls>()), ...);
    (runner.check(!Ls{}, negated(before_of<Ls>()), negated(after_of<Ls>())), ...);
    (runner.check(!!Ls{}, before_of<Ls>(), after_of<Ls>()), ...);
}

}  // namespace

TEST_CASE_METHOD(Runner, "each permission decides what its checks decide, and its negation the contrary",
                 "[auth][permission]") {
    check_leaves(*this, AllLeaves<Answer::now, 0>{});
    check_leaves(*this, AllLeaves<Answer::later, 0>{});
}

TEST_CASE_METHOD(Runner, "every pair of permissions under every operator follows three-valued logic, before the lookup and after",
                 "[auth][permission]") {
    check_all(*this, AllLeaves<Answer::now, 0>{}, AllLeaves<Answer::later, 1>{});
}

TEST_CASE_METHOD(Runner, "nested expressions follow three-valued logic", "[auth][permission]") {
    using R0 = RequestLeaf<false, Answer::later>;
    using R1 = RequestLeaf<true, Answer::now>;
    using O0 = ObjectLeaf<false, Answer::now>;
    using O1 = ObjectLeaf<true, Answer::later>;
    using B = BothLeaf<true, true, Answer::now>;
    const R0 r0;
    const R1 r1;
    const O0 o0;
    const O1 o1;
    const B b;
    const auto unknown = before_of<O1>();
    check(r0 || (o0 && b), either(before_of<R0>(), both(unknown, unknown)), {true, false});
    check((r0 || o1) && (r1 || o0), both(either(before_of<R0>(), unknown), before_of<R1>()), {false, true});
    check(!(r0 || !(o1 && b)), unknown, {false, true});
    check((r1 && !o0) || r0, unknown, {false, true});
    check(!(o1 || r1), {true, false}, {true, false});
    check(r0 && (o1 || r1), {true, false}, {true, false});
}

TEST_CASE_METHOD(Runner, "a denial names the leaf that denied", "[auth][permission]") {
    using Denies = RequestLeaf<false, Answer::now, 41>;
    using Allows = RequestLeaf<true, Answer::now, 42>;
    using Knows = ObjectLeaf<false, Answer::later, 43>;
    const Room room;
    CHECK(ask<Room>(Allows{} && Denies{}, nullptr).denied_by == chanx::type_name<Denies>());
    CHECK(ask<Room>(Allows{} && Knows{}, &room).denied_by == chanx::type_name<Knows>());
    CHECK(ask<Room>(Denies{} || Knows{}, &room).denied_by == chanx::type_name<Denies>());
    CHECK(ask<Room>(!Allows{}, nullptr).denied_by == chanx::type_name<Allows>());
}

TEST_CASE_METHOD(Runner, "what is already decided is not asked", "[auth][permission]") {
    static int asked;
    asked = 0;
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
    const Room room;
    using Denies = RequestLeaf<false, Answer::now>;
    using Allows = RequestLeaf<true, Answer::now>;
    ask<Room>(Denies{} && Counts{}, &room);
    ask<Room>(Allows{} || Counts{}, &room);
    CHECK(asked == 0);
    ask<Room>(Allows{} && Counts{}, nullptr);
    CHECK(asked == 1);
    ask<Room>(Allows{} && Counts{}, &room);
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
    chanx::awaitable<bool> has_object_permission(const chanx::AccessRequest<Account>& request, const Room& room) const {
        co_await chanx::sleep_for(std::chrono::milliseconds(5));
        co_return room.has_bob && request.user != nullptr && request.user->id == "bob";
    }
};
inline constexpr IsAdmin is_admin{};
inline constexpr IsRoomMember is_room_member{};

chanx::awaitable<std::optional<Room>> find_room(const chanx::Scope&) { co_return Room{.has_bob = true}; }

template <auto Expression>
class Guarded final : public chanx::JsonWebsocketConsumer<Room, chanx::Authentication<ByHeader>,
                                                          chanx::Permissions<Expression>, chanx::Lookup<find_room>> {};
template <auto Expression>
class GuardedWithoutObject final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<ByHeader>, chanx::Permissions<Expression>> {};

struct GuardedFixture : chanx::testing::WebsocketFixture {
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

    LogCapture log;
};

}  // namespace

TEST_CASE_METHOD(GuardedFixture, "is_admin || is_room_member lets in admins and members, and no stranger",
                 "[auth][permission]") {
    CHECK(status("/either/", "admin") == 200);
    CHECK(status("/either/", "bob") == 200);
    CHECK(status("/either/", "mallory") == 403);
    CHECK(status("/either/", "") == 401);
}

TEST_CASE_METHOD(GuardedFixture, "is_authenticated && is_room_member lets in members only", "[auth][permission]") {
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
