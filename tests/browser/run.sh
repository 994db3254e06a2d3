#!/usr/bin/env bash
# Runs one file of browser tests with Node's runner: run.sh TEST_FILE CHAT_SERVER. Installs what is in the lock file
# if that has changed. CHAT_SERVER and CHROMIUM in the environment come first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

stamp=node_modules/.installed-lock
if ! cmp -s package-lock.json "$stamp"; then
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
    cp package-lock.json "$stamp"
fi
export CHAT_SERVER=${CHAT_SERVER:-$2}
export CHROMIUM=${CHROMIUM:-$(command -v chromium)}
exec node --test --test-reporter=spec "$1"
