// The other unit: fewer headers, in another order, compiled with other options.
#include <cassert>

#include <chanx/testing/test_application.hpp>

#include <chanx/http/response.hpp>
#include <chanx/auth/permission.hpp>

#include "room.hpp"

std::string say_in_room(const std::string& text) {
    chanx::Application application(room_routes());
    chanx::testing::TestApplication test(application);
    auto ada = test.communicator("/ws/room/");
    const bool accepted = ada.connect().accepted;
    assert(accepted);
    if (!accepted) return "nothing: the connection was refused";
    ada.assert_authenticated_status_ok();
    ada.receive_all_json();
    ada.send_message(Say{.payload = text});
    const auto replies = ada.receive_all_json({.wait_group = true});
    return replies.empty() ? "" : std::string(replies.front().at("payload").as_string());
}
