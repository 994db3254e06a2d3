#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/auth/permission.hpp>
#include <chanx/consumer/policy.hpp>
#include <chanx/consumer/policy_list.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>
#include <chanx/settings.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

// What a list of policies comes to, and the errors for one that is wrong.

namespace chanx::detail {

// The checks of policies stand apart from what they check, which stays usable: a mistake is one error, and
// what isn't `good` is left out, so that no other errors follow.

template <class List>
struct CheckMixIn;
template <class... Ps>
struct CheckMixIn<TypeList<Ps...>> {
    static constexpr bool good =
        ((Ps::policy_kind == PolicyKind::incoming_messages || Ps::policy_kind == PolicyKind::group_messages ||
          Ps::policy_kind == PolicyKind::outgoing_messages || Ps::policy_kind == PolicyKind::events) &&
         ...);
    static_assert(good,
                  "chanx: a MixIn takes the policies IncomingMessages, GroupMessages, OutgoingMessages and Events");
    static constexpr bool value = true;
};

template <class P>
struct CheckPolicy {
    static constexpr bool value = true;
};
template <class P>
    requires(P::policy_kind == PolicyKind::mix_in)
struct CheckPolicy<P> {
    static constexpr bool value = CheckMixIn<typename Flatten<typename P::added_policies>::type>::value;
};
template <class P>
struct CheckPolicy<NoPolicy<P>> {
    static_assert(
        !std::is_same_v<P, P>,
        "chanx: this is no policy. A consumer takes chanx::Authentication, Permissions, Lookup, LookupBy, "
        "Requires, IncomingMessages, GroupMessages, OutgoingMessages, Events, "
        "InterceptGroupMessages, SendCompletion, SendAuthenticationMessage, "
        "MaxMessageSize, Compression, Strict, MixIn, and bundles derived from chanx::Policies<...>");
    static constexpr bool value = true;
};
/// All but the last are asked about the request.
template <class...>
struct FirstMessageLast {
    static constexpr bool value = true;
};
template <class First, class Second, class... More>
struct FirstMessageLast<First, Second, More...> {
    static constexpr bool value = !TakesFirstMessage<First> && FirstMessageLast<Second, More...>::value;
};

template <class... As>
struct CheckPolicy<Authentication<As...>> {
    using found = FoundUser<As...>;
    static_assert(
        found::authenticators,
        "chanx: an authenticator is default constructible and has `chanx::awaitable<std::optional<User>> "
        "authenticate(const chanx::Scope&) const`");
    static_assert(found::good || !found::authenticators,
                  "chanx: the authenticators of one Authentication find different user types");
    static_assert(FirstMessageLast<As...>::value,
                  "chanx: FirstMessageAuthentication stands last, and once: it waits for a message where no other "
                  "authenticator has found its credentials");
    static constexpr bool value = true;
};

template <CompressionOptions Options>
struct CheckPolicy<Compression<Options>> {
    static_assert(Options.level >= 1 && Options.level <= 9, "chanx: the level of Compression must be from 1 to 9");
    static constexpr bool value = true;
};

template <class List>
struct CheckPolicyList;
template <class... Ps>
struct CheckPolicyList<TypeList<Ps...>> {
    template <PolicyKind Kind>
    static constexpr bool once = (std::size_t{0} + ... + (Ps::policy_kind == Kind ? 1u : 0u)) <= 1;

    static_assert(
        once<PolicyKind::authentication>,
        "chanx: the policy Authentication stands twice, perhaps once in a bundle. Keep one: it takes several "
        "authenticators");
    static_assert(once<PolicyKind::permissions>,
                  "chanx: the policy Permissions stands twice, perhaps once in a bundle. Keep one: inside it "
                  "permissions "
                  "are composed with && and ||");
    static_assert(once<PolicyKind::lookup>,
                  "chanx: the policy Lookup stands twice, perhaps once in a bundle. Keep one");
    static_assert(
        once<PolicyKind::incoming_messages>,
        "chanx: the policy IncomingMessages stands twice, perhaps once in a bundle. Keep one that lists all "
        "messages");
    static_assert(
        once<PolicyKind::group_messages>,
        "chanx: the policy GroupMessages stands twice, perhaps once in a bundle. Keep one that lists all "
        "messages");
    static_assert(
        once<PolicyKind::outgoing_messages>,
        "chanx: the policy OutgoingMessages stands twice, perhaps once in a bundle. Keep one that lists all "
        "messages");
    static_assert(
        once<PolicyKind::events>,
        "chanx: the policy Events stands twice, perhaps once in a bundle. Keep one that lists all events");
    static_assert(once<PolicyKind::intercept_group_messages>,
                  "chanx: the policy InterceptGroupMessages stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::send_completion>,
                  "chanx: the policy SendCompletion stands twice, perhaps once in a bundle. Keep one");
    static_assert(
        once<PolicyKind::send_authentication_message>,
        "chanx: the policy SendAuthenticationMessage stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::max_message_size>,
                  "chanx: the policy MaxMessageSize stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::compression>,
                  "chanx: the policy Compression stands twice, perhaps once in a bundle. Keep one");
    static_assert(once<PolicyKind::strict>,
                  "chanx: the policy Strict stands twice, perhaps once in a bundle. Keep one");
    static constexpr bool value = (CheckPolicy<Ps>::value && ...);
};

template <class P, class Default>
struct SetOr {
    using type = typename P::set;
};
template <class Default>
struct SetOr<void, Default> {
    using type = Default;
};
template <class P>
struct UserOr {
    using type = typename P::user_type;
    static constexpr bool good = P::found::good;
};
template <>
struct UserOr<void> {
    using type = AnonymousUser;
    static constexpr bool good = false;
};

template <class P, class User, class Object, PermissionTarget Target>
struct PermissionsOr {
    using Expression = std::remove_const_t<decltype(P::expression)>;
    using check = CheckPermission<Expression, User, Object, Target>;
    static constexpr bool good = PermissionFacts<Expression, User, Object, Target>::good;
};
template <class User, class Object, PermissionTarget Target>
struct PermissionsOr<void, User, Object, Target> {
    using check = std::true_type;
    static constexpr bool good = false;
};

/// Whether a lookup's key can be made of a path's parameter.
template <class P>
struct KeyOfLookup {
    static constexpr bool good = true;
};
template <FixedString Name, auto Find>
struct KeyOfLookup<LookupBy<Name, Find>> {
    static constexpr bool good = is_path_key<typename KeyLookup<decltype(Find)>::key_type>;
};

template <class P, class Object>
struct LookupOr {
    static constexpr bool finds = !std::is_void_v<typename P::object_type>;
    static constexpr bool wanted = finds && !std::is_void_v<Object>;
    static constexpr bool good = wanted && KeyOfLookup<P>::good && std::is_same_v<typename P::object_type, Object>;
};
template <class Object>
struct LookupOr<void, Object> {
    static constexpr bool good = false;
};

template <class P, class Object>
struct CheckLookup {
    using Is = LookupOr<P, Object>;
    static_assert(Is::finds,
                  "chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`; that of "
                  "LookupBy takes a key too, `find(const chanx::Scope&, Key)`, or is a member `find(Key)` of a state");
    static_assert(KeyOfLookup<P>::good || !Is::finds,
                  "chanx: the key of a LookupBy is an integer, std::string, what a converter makes, or a type with "
                  "`static std::optional<Key> from_text(std::string_view)`");
    static_assert(
        Is::wanted || !Is::finds || !KeyOfLookup<P>::good,
        "chanx: this consumer has a Lookup, but its object type is void: make it the type that the lookup "
        "finds");
    static_assert(Is::good || !Is::wanted || !KeyOfLookup<P>::good,
                  "chanx: the Lookup finds another type than the consumer's object type");
    static constexpr bool value = true;
};
template <class Object>
struct CheckLookup<void, Object> {
    static_assert(
        std::is_void_v<Object>,
        "chanx: this consumer has an object type but no chanx::Lookup<find_object> to find it: add the "
        "policy, or make the object type void");
    static constexpr bool value = true;
};

/// No message may be sent: the group messages of a consumer without GroupMessages.
struct NoMessages {
    template <class M>
    static constexpr bool contains = false;
};
struct Unrestricted {
    template <class M>
    static constexpr bool contains = true;
};

/// Two sets of messages in one.
template <class A, class B>
struct JoinSets {
    using type = A;  // it holds everything already, or there is nothing to add
};
template <class... As, class... Bs>
struct JoinSets<MessageSet<As...>, MessageSet<Bs...>> {
    using type = MessageSet<As..., Bs...>;
};
template <class... Bs>
struct JoinSets<NoMessages, MessageSet<Bs...>> {
    using type = MessageSet<Bs...>;
};
template <class... Bs>
struct JoinSets<void, MessageSet<Bs...>> {
    using type = MessageSet<Bs...>;
};

/// What a mix-in adds to the set of a kind.
template <PolicyKind Kind, class P>
struct AddedBy {
    using type = void;
};
template <PolicyKind Kind, class P>
    requires(P::policy_kind == PolicyKind::mix_in)
struct AddedBy<Kind, P> {
    using type =
        typename SetOr<typename Find<Kind, typename Flatten<typename P::added_policies>::type>::type, void>::type;
};

/// A set with what all mix-ins of a list add to it.
template <PolicyKind Kind, class Set, class List>
struct WithAdded {
    using type = Set;
};
template <PolicyKind Kind, class Set, class P, class... Rest>
struct WithAdded<Kind, Set, TypeList<P, Rest...>>
    : WithAdded<Kind, typename JoinSets<Set, typename AddedBy<Kind, P>::type>::type, TypeList<Rest...>> {};

/// What a consumer's or a route's policies come to. Those with a mistake count as absent here; it is reported
/// by CheckConsumerPolicies and CheckHttpPolicies.
template <PermissionTarget Target, class Object, class... Ps>
struct ResolvedFor {
    using list = typename Flatten<TypeList<Ps...>>::type;
    template <PolicyKind Kind>
    using find = typename Find<Kind, list>::type;

    template <PolicyKind Kind, class Default>
    using set_of = typename WithAdded<Kind, typename SetOr<find<Kind>, Default>::type, list>::type;

    using authentication = find<PolicyKind::authentication>;
    using permissions = find<PolicyKind::permissions>;
    using lookup = find<PolicyKind::lookup>;
    using incoming = set_of<PolicyKind::incoming_messages, MessageSet<PingMessage>>;
    using group = set_of<PolicyKind::group_messages, NoMessages>;
    using outgoing = set_of<PolicyKind::outgoing_messages, Unrestricted>;
    using events = set_of<PolicyKind::events, void>;
    static constexpr bool has_group_messages = !std::is_same_v<group, NoMessages>;
    static constexpr bool wants_intercept = !std::is_void_v<find<PolicyKind::intercept_group_messages>>;
    static constexpr GroupHook group_hook =
        wants_intercept && has_group_messages ? GroupHook::intercept : GroupHook::none;
    using user = typename UserOr<authentication>::type;
    using permissions_or = PermissionsOr<permissions, user, Object, Target>;

    static constexpr bool has_authentication = UserOr<authentication>::good;
    static constexpr bool has_permissions = permissions_or::good;
    static constexpr bool is_strict = !std::is_void_v<find<PolicyKind::strict>>;
    static constexpr std::span<const Challenge> challenges() {
        if constexpr (has_authentication) {
            return authentication::challenges;
        } else {
            return {};
        }
    }

    static SettingsOverride settings() {
        SettingsOverride result;
        apply(result, list{});
        return result;
    }

  private:
    template <class... Each>
    static void apply(SettingsOverride& settings, TypeList<Each...>) {
        (apply_one<Each>(settings), ...);
    }
    template <class P>
    static void apply_one([[maybe_unused]] SettingsOverride& settings) {
        if constexpr (requires { P::set(settings); }) P::set(settings);
    }
};

template <class List>
inline constexpr PermissionTarget consumer_target =
    std::is_void_v<typename Find<PolicyKind::lookup, List>::type> ? PermissionTarget::connection
                                                                  : PermissionTarget::object;

template <class Object, class... Ps>
struct Resolved : ResolvedFor<consumer_target<typename Flatten<TypeList<Ps...>>::type>, Object, Ps...> {
    static constexpr bool has_lookup = LookupOr<typename Resolved::lookup, Object>::good;
};

template <class R>
struct CheckIntercept {
    static_assert(R::has_group_messages || !R::wants_intercept,
                  "chanx: a consumer with InterceptGroupMessages has no GroupMessages to intercept: add the policy "
                  "GroupMessages");
    static constexpr bool value = true;
};

template <class Object, class... Ps>
struct CheckConsumerPolicies {
    using R = Resolved<Object, Ps...>;
    // Sets are checked when they are complete, which their size asks for.
    static constexpr bool value = CheckPolicyList<typename R::list>::value &&
                                  R::permissions_or::check::value &&
                                  CheckLookup<typename R::lookup, Object>::value && CheckIntercept<R>::value &&
                                  sizeof(typename R::group) > 0 && sizeof(typename R::outgoing) > 0;
};

template <class P>
struct CheckHttpAuthentication {
    static constexpr bool good = !P::takes_first_message;
    static_assert(good,
                  "chanx: an HTTP request has no first message: leave FirstMessageAuthentication out here");
    static constexpr bool value = true;
};
template <>
struct CheckHttpAuthentication<void> {
    static constexpr bool value = true;
};

template <class List>
struct CheckHttpKinds;
template <class... Ps>
struct CheckHttpKinds<TypeList<Ps...>> {
    static constexpr bool good =
        ((Ps::policy_kind == PolicyKind::authentication || Ps::policy_kind == PolicyKind::permissions ||
          Ps::policy_kind == PolicyKind::strict || Ps::policy_kind == PolicyKind::none) &&
         ...);
    static_assert(good, "chanx: an HTTP route takes the policies Authentication, Permissions and Strict only");
    static constexpr bool value = true;
};

template <class... Ps>
struct CheckHttpPolicies {
    using R = ResolvedFor<PermissionTarget::http_request, void, Ps...>;
    static constexpr bool value = CheckPolicyList<typename R::list>::value &&
                                  CheckHttpKinds<typename R::list>::value &&
                                  CheckHttpAuthentication<typename R::authentication>::value &&
                                  R::permissions_or::check::value;
};

}  // namespace chanx::detail
