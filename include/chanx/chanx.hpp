#pragma once

// Everything that an application needs. What takes its time to compile stands apart: chanx/asio.hpp (Asio inside
// consumers).

#include <chanx/app/application.hpp>
#include <chanx/auth/authentication.hpp>
#include <chanx/auth/permission.hpp>
#include <chanx/auth/session.hpp>
#include <chanx/auth/token.hpp>
#include <chanx/awaitable.hpp>
#include <chanx/clock.hpp>
#include <chanx/consumer/json_websocket_consumer.hpp>
#include <chanx/consumer/policy.hpp>
#include <chanx/consumer/streaming_consumer.hpp>
#include <chanx/consumer/websocket_consumer.hpp>
#include <chanx/error.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/response.hpp>
#include <chanx/http/scope.hpp>
#include <chanx/http/static_files.hpp>
#include <chanx/layer/presence.hpp>
#include <chanx/logging.hpp>
#include <chanx/message/message.hpp>
#include <chanx/message/standard.hpp>
#include <chanx/routing/consumer.hpp>
#include <chanx/routing/http.hpp>
#include <chanx/routing/router.hpp>
#include <chanx/run_blocking.hpp>
#include <chanx/server/server.hpp>
#include <chanx/settings.hpp>
