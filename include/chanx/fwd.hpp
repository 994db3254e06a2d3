#pragma once

// Names only: for headers that mention a type without needing it.

namespace chanx {

template <class T = void>
class awaitable;

class Application;
class BlockingPool;
class ChannelLayer;
class Request;
class Response;
class Router;
class Scope;
class Server;
class StateMap;
class Transport;
class WebsocketConsumer;
struct Settings;
struct SettingsOverride;

namespace detail {

class Loop;
class Session;
struct ConsumerType;
struct TaskContext;

}  // namespace detail
}  // namespace chanx
