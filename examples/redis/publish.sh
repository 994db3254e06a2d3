#!/bin/sh
# Sends a notice to everybody in the group "news", through the Redis at $REDIS_URL, then logs the user 5 out everywhere.
# [docs:publish]
redis-cli -u "$REDIS_URL" PUBLISH chanx:group:news \
    '{"v":1,"kind":"message","message":{"action":"notice","payload":"From a shell"}}'
redis-cli -u "$REDIS_URL" PUBLISH chanx:control \
    '{"v":1,"kind":"recheck","group":"~everybody","user":"5"}'
# [/docs:publish]
