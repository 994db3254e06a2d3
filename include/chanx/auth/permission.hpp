#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/scope.hpp>
#include <chanx/type_name.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {

/// What a permission is asked about.
template <class User>
struct AccessRequest {
    const Scope& scope;
    /// Null for an anonymous one.
    const User* user = nullptr;
};

/// Base of permissions. A permission declares one or both of
///
///     bool has_permission(const AccessRequest<User>&) const;
///     bool has_object_permission(const AccessRequest<User>&, const Object&) const;
///
/// each also as awaitable<bool>, and each as a template where the user type does not matter. What it does not
/// declare it does not decide. Permissions compose with `&&`, `||` and `!` into one expression, which is
/// evaluated twice: before the lookup, when what hangs on the object is unknown and only a decided *false*
/// denies; and after it, when a permission is its has_permission and its has_object_permission.
struct BasePermission {};

/// Three-valued truth (Kleene).
enum class Decision : std::uint8_t { no, unknown, yes };

namespace detail {

/// A decision, and the permission that made it *no*.
struct Verdict {
    Decision decision = Decision::unknown;
    std::string_view denied_by{};
};

/// Logs which permission denied an HTTP request; a connection's session logs its own.
void log_denied(const Scope& scope, std::string_view permission);

struct PermissionNode {};

template <class T>
concept PermissionExpression = std::derived_from<T, BasePermission> || std::derived_from<T, PermissionNode>;

template <class L, class R>
struct PermissionAnd : PermissionNode {
    L left;
    R right;
    constexpr PermissionAnd(L l, R r) : left(l), right(r) {}
};
template <class L, class R>
struct PermissionOr : PermissionNode {
    L left;
    R right;
    constexpr PermissionOr(L l, R r) : left(l), right(r) {}
};
template <class T>
struct PermissionNot : PermissionNode {
    T inner;
    constexpr explicit PermissionNot(T i) : inner(i) {}
};

/// Stands for the object before the lookup, and where there is none.
struct NoObject {};

template <class P, class User>
concept HasPermission =
    requires(const P& p, const AccessRequest<User>& request) { p.has_permission(request); };
template <class P, class User, class Object>
concept HasObjectPermission = requires(const P& p, const AccessRequest<User>& request, const Object& object) {
    p.has_object_permission(request, object);
};

template <class P>
constexpr Verdict denial() {
    return {Decision::no, type_name<P>()};
}
inline Verdict both_of(const Verdict& left, const Verdict& right) {
    return right.decision < left.decision ? right : left;
}
inline Verdict either_of(const Verdict& left, const Verdict& right) {
    return left.decision < right.decision ? right : left;
}
template <class P>
constexpr Verdict negation_of(const Verdict& inner) {
    if (inner.decision == Decision::yes) return denial<P>();
    if (inner.decision == Decision::no) return {Decision::yes, {}};
    return {};
}

/// Whether an answer has to be waited for.
template <class P, class User>
concept AwaitsPermission =
    HasPermission<P, User> && !requires(const P& p, const AccessRequest<User>& request) {
        { p.has_permission(request) } -> std::same_as<bool>;
    };
template <class P, class User, class Object>
concept AwaitsObjectPermission =
    HasObjectPermission<P, User, Object> &&
    !requires(const P& p, const AccessRequest<User>& request, const Object& object) {
        { p.has_object_permission(request, object) } -> std::same_as<bool>;
    };

enum class ObjectIs : std::uint8_t { unknown, known };

/// Whether an expression is evaluated without waiting, with an object or before there is one.
template <ObjectIs Is, class Object, class User, class P>
inline constexpr bool is_prompt =
    !AwaitsPermission<P, User> &&
    (Is == ObjectIs::unknown ||
     !AwaitsObjectPermission<P, User, std::conditional_t<std::is_void_v<Object>, NoObject, Object>>);
template <ObjectIs Is, class Object, class User, class L, class R>
inline constexpr bool is_prompt<Is, Object, User, PermissionAnd<L, R>> =
    is_prompt<Is, Object, User, L> && is_prompt<Is, Object, User, R>;
template <ObjectIs Is, class Object, class User, class L, class R>
inline constexpr bool is_prompt<Is, Object, User, PermissionOr<L, R>> =
    is_prompt<Is, Object, User, L> && is_prompt<Is, Object, User, R>;
template <ObjectIs Is, class Object, class User, class T>
inline constexpr bool is_prompt<Is, Object, User, PermissionNot<T>> = is_prompt<Is, Object, User, T>;

// Coroutines cost their users time to compile, so what needs no waiting is a plain call (decide()).

/// Evaluates an expression that is_prompt; Object is the consumer's object type (void where it has none).
template <ObjectIs Is, class Object, class User, class P>
    requires std::derived_from<P, BasePermission>
Verdict decide(const P& leaf, const AccessRequest<User>& request, [[maybe_unused]] const Object* object) {
    if constexpr (HasPermission<P, User>) {
        if (!leaf.has_permission(request)) return denial<P>();
    }
    if constexpr (!std::is_void_v<Object>) {
        if constexpr (HasObjectPermission<P, User, Object>) {
            if constexpr (Is == ObjectIs::unknown) {
                return {};
            } else {
                if (object == nullptr) return {};
                if (!leaf.has_object_permission(request, *object)) return denial<P>();
            }
        }
    }
    return {Decision::yes, {}};
}
template <ObjectIs Is, class Object, class User, class L, class R>
Verdict decide(const PermissionAnd<L, R>& both, const AccessRequest<User>& request, const Object* object) {
    const Verdict left = decide<Is, Object>(both.left, request, object);
    if (left.decision == Decision::no) return left;
    return both_of(left, decide<Is, Object>(both.right, request, object));
}
template <ObjectIs Is, class Object, class User, class L, class R>
Verdict decide(const PermissionOr<L, R>& either, const AccessRequest<User>& request, const Object* object) {
    const Verdict left = decide<Is, Object>(either.left, request, object);
    if (left.decision == Decision::yes) return left;
    return either_of(left, decide<Is, Object>(either.right, request, object));
}
template <ObjectIs Is, class Object, class User, class T>
Verdict decide(const PermissionNot<T>& negated, const AccessRequest<User>& request, const Object* object) {
    return negation_of<T>(decide<Is, Object>(negated.inner, request, object));
}

// GCC warns where a coroutine's parameters are of types without linkage, as permissions in one .cpp often are: its frame,
// which nobody can name, would be seen in several files.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif
/// The same for any expression; `object` is null before the lookup.
template <class Object, class User, class P>
    requires std::derived_from<P, BasePermission>
awaitable<Verdict> evaluate(const P& leaf, const AccessRequest<User>& request,
                            [[maybe_unused]] const Object* object) {
    if constexpr (AwaitsPermission<P, User>) {
        if (!co_await leaf.has_permission(request)) co_return denial<P>();
    } else if constexpr (HasPermission<P, User>) {
        if (!leaf.has_permission(request)) co_return denial<P>();
    }
    if constexpr (!std::is_void_v<Object>) {
        if constexpr (AwaitsObjectPermission<P, User, Object>) {
            if (object == nullptr) co_return Verdict{};
            if (!co_await leaf.has_object_permission(request, *object)) co_return denial<P>();
        } else if constexpr (HasObjectPermission<P, User, Object>) {
            if (object == nullptr) co_return Verdict{};
            if (!leaf.has_object_permission(request, *object)) co_return denial<P>();
        }
    }
    co_return Verdict{Decision::yes, {}};
}
template <class Object, class User, class L, class R>
awaitable<Verdict> evaluate(const PermissionAnd<L, R>& both, const AccessRequest<User>& request,
                            const Object* object) {
    Verdict left;
    if constexpr (is_prompt<ObjectIs::known, Object, User, L>) {
        left = decide<ObjectIs::known, Object>(both.left, request, object);
    } else {
        left = co_await evaluate<Object>(both.left, request, object);
    }
    if (left.decision == Decision::no) co_return left;
    if constexpr (is_prompt<ObjectIs::known, Object, User, R>) {
        co_return both_of(left, decide<ObjectIs::known, Object>(both.right, request, object));
    } else {
        co_return both_of(left, co_await evaluate<Object>(both.right, request, object));
    }
}
template <class Object, class User, class L, class R>
awaitable<Verdict> evaluate(const PermissionOr<L, R>& either, const AccessRequest<User>& request,
                            const Object* object) {
    Verdict left;
    if constexpr (is_prompt<ObjectIs::known, Object, User, L>) {
        left = decide<ObjectIs::known, Object>(either.left, request, object);
    } else {
        left = co_await evaluate<Object>(either.left, request, object);
    }
    if (left.decision == Decision::yes) co_return left;
    if constexpr (is_prompt<ObjectIs::known, Object, User, R>) {
        co_return either_of(left, decide<ObjectIs::known, Object>(either.right, request, object));
    } else {
        co_return either_of(left, co_await evaluate<Object>(either.right, request, object));
    }
}
template <class Object, class User, class T>
awaitable<Verdict> evaluate(const PermissionNot<T>& negated, const AccessRequest<User>& request,
                            const Object* object) {
    co_return negation_of<T>(co_await evaluate<Object>(negated.inner, request, object));
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// What a permission may be asked about.
enum class PermissionTarget : std::uint8_t { object, connection, http_request };

// Whether a class declares a member of a name, whatever its type and access: then the name is ambiguous
// below.
struct PermissionNames {
    int has_permission;
    int has_object_permission;
};
template <class P>
struct WithPermissionNames : P, PermissionNames {};
template <class P>
concept DeclaresPermission = !requires { &WithPermissionNames<P>::has_permission; };
template <class P>
concept DeclaresObjectPermission = !requires { &WithPermissionNames<P>::has_object_permission; };

template <class T>
inline constexpr bool is_answer = std::is_same_v<T, bool> || std::is_same_v<T, awaitable<bool>>;

/// What is right with a permission, one thing after another. The checks stand apart (CheckPermission), for
/// what a class with a failed static_assert says of itself can't be used; an expression that is not `good` is
/// not compiled, so that a mistake is one error.
template <class P, class User, class Object, PermissionTarget Target>
struct PermissionFacts {
    static constexpr bool permission = false;
    static constexpr bool open = false;
    static constexpr bool declares = false;
    static constexpr bool has_target = false;
    static constexpr bool request_fits = false;
    static constexpr bool object_fits = false;
    static constexpr bool good = false;
};
template <class P, class User, class Object, PermissionTarget Target>
    requires(std::derived_from<P, BasePermission> && std::is_final_v<P>)
struct PermissionFacts<P, User, Object, Target> : PermissionFacts<void, User, Object, Target> {
    static constexpr bool permission = true;
};
template <class P, class User, class Object, PermissionTarget Target>
    requires(std::derived_from<P, BasePermission> && !std::is_final_v<P>)
struct PermissionFacts<P, User, Object, Target> {
    using Asked = std::conditional_t<std::is_void_v<Object>, NoObject, Object>;
    static constexpr bool permission = true;
    static constexpr bool open = true;
    static constexpr bool declares = DeclaresPermission<P> || DeclaresObjectPermission<P>;
    static constexpr bool has_target =
        declares && (!DeclaresObjectPermission<P> || Target == PermissionTarget::object);
    static constexpr bool request_fits = has_target && HasPermission<P, User> == DeclaresPermission<P>;
    static constexpr bool object_fits =
        request_fits && HasObjectPermission<P, User, Asked> == DeclaresObjectPermission<P>;
    static constexpr bool answers() {
        bool all = true;
        if constexpr (HasPermission<P, User>) {
            all = is_answer<decltype(std::declval<const P&>().has_permission(
                std::declval<const AccessRequest<User>&>()))>;
        }
        if constexpr (HasObjectPermission<P, User, Asked>) {
            all = all && is_answer<decltype(std::declval<const P&>().has_object_permission(
                             std::declval<const AccessRequest<User>&>(), std::declval<const Asked&>()))>;
        }
        return all;
    }
    static constexpr bool good = object_fits && answers();
};
template <class L, class R, class User, class Object, PermissionTarget Target>
struct PermissionFacts<PermissionAnd<L, R>, User, Object, Target> {
    static constexpr bool good =
        PermissionFacts<L, User, Object, Target>::good && PermissionFacts<R, User, Object, Target>::good;
};
template <class L, class R, class User, class Object, PermissionTarget Target>
struct PermissionFacts<PermissionOr<L, R>, User, Object, Target>
    : PermissionFacts<PermissionAnd<L, R>, User, Object, Target> {};
template <class T, class User, class Object, PermissionTarget Target>
struct PermissionFacts<PermissionNot<T>, User, Object, Target> : PermissionFacts<T, User, Object, Target> {};

/// Compile-time checks of every leaf.
template <class P, class User, class Object, PermissionTarget Target>
struct CheckPermission {
    using Is = PermissionFacts<P, User, Object, Target>;
    static_assert(
        Is::permission,
        "chanx: Permissions takes permissions (objects of classes derived from chanx::BasePermission), "
        "composed with &&, || and !");
    static_assert(Is::open || !Is::permission,
                  "chanx: a permission's class must not be final, for its checks to be seen");
    static_assert(Is::declares || !Is::open,
                  "chanx: this permission declares no check: write `bool has_permission(const "
                  "chanx::AccessRequest<User>&) const` or `bool has_object_permission(const "
                  "chanx::AccessRequest<User>&, const Object&) const` (is a name misspelt?)");
    static_assert(
        Is::has_target || !Is::declares || Target == PermissionTarget::http_request,
        "chanx: this permission has has_object_permission, but there is no Lookup to find the object: add "
        "chanx::Lookup<find_object>");
    static_assert(
        Is::has_target || !Is::declares || Target != PermissionTarget::http_request,
        "chanx: an HTTP route has no object, so a permission that has has_object_permission can't be asked: "
        "write one with has_permission, or ask in the handler");
    static_assert(
        Is::request_fits || !Is::has_target,
        "chanx: has_permission of this permission can't be called: write `bool has_permission(const "
        "chanx::AccessRequest<User>&) const`, where User is what the Authentication policy finds");
    static_assert(
        Is::object_fits || !Is::request_fits,
        "chanx: has_object_permission of this permission can't be called: write `bool "
        "has_object_permission(const chanx::AccessRequest<User>&, const Object&) const`, where User is what "
        "the Authentication policy finds and Object is the consumer's object type");
    static_assert(Is::good || !Is::object_fits,
                  "chanx: has_permission and has_object_permission return bool or chanx::awaitable<bool>");
    static constexpr bool value = true;
};
template <class L, class R, class User, class Object, PermissionTarget Target>
struct CheckPermission<PermissionAnd<L, R>, User, Object, Target> {
    static constexpr bool value =
        CheckPermission<L, User, Object, Target>::value && CheckPermission<R, User, Object, Target>::value;
};
template <class L, class R, class User, class Object, PermissionTarget Target>
struct CheckPermission<PermissionOr<L, R>, User, Object, Target>
    : CheckPermission<PermissionAnd<L, R>, User, Object, Target> {};
template <class T, class User, class Object, PermissionTarget Target>
struct CheckPermission<PermissionNot<T>, User, Object, Target> {
    static constexpr bool value = CheckPermission<T, User, Object, Target>::value;
};

}  // namespace detail

template <detail::PermissionExpression L, detail::PermissionExpression R>
constexpr auto operator&&(L left, R right) {
    return detail::PermissionAnd<L, R>(left, right);
}
template <detail::PermissionExpression L, detail::PermissionExpression R>
constexpr auto operator||(L left, R right) {
    return detail::PermissionOr<L, R>(left, right);
}
template <detail::PermissionExpression T>
constexpr auto operator!(T inner) {
    return detail::PermissionNot<T>(inner);
}

/// Lets everybody in.
struct AllowAny : BasePermission {
    template <class User>
    bool has_permission(const AccessRequest<User>&) const {
        return true;
    }
};
inline constexpr AllowAny allow_any{};

/// Lets users in, anonymous ones not.
struct IsAuthenticated : BasePermission {
    template <class User>
    bool has_permission(const AccessRequest<User>& request) const {
        return request.user != nullptr;
    }
};
inline constexpr IsAuthenticated is_authenticated{};

}  // namespace chanx
