// EXPECT: chanx: this permission has has_object_permission, but there is no Lookup to find the object
// EXPECT: chanx::Lookup<find_object>
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser>,
                                                               chanx::Permissions<is_member>> {};
ChatConsumer chat;
