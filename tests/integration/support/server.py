"""Runs a server executable for a test: free port, bounded waits, captured stderr."""

import collections
import os
import re
import signal
import subprocess
import threading
import time

_LISTENING = re.compile(r"listening on (https?)://(\[[0-9a-fA-F:.]+\]|[^\s/:]+):(\d+)")


class ServerError(Exception):
    """The server did not start or did not stop as it should; the text holds its output."""


def measured_environment():
    """For a server whose memory is measured: AddressSanitizer gives back what was freed, as a plain build does."""
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}


class Server:
    """A server process that listens on a port of its own choice.

        with Server("build/release/examples/chat/chat", "--database", path) as server:
            client = RawClient(server.host, server.port)

    Leaving the block stops the process; `stop` tells its exit code.
    """

    _MAX_LINES = 20_000  # of each stream; older ones are forgotten

    def __init__(self, executable, *arguments, port=0, environment=None, start_timeout=20.0):
        """start_timeout: seconds until the line with the URL must have come."""
        self.command = [str(executable), "--port", str(port), *map(str, arguments)]
        self.url = None
        self.tls = None  # the ssl.SSLContext that the chat's users connect with, where it speaks TLS
        self.host = None
        self.port = None
        self._environment = environment
        self._start_timeout = start_timeout
        self._process = None
        self._lines = {"stdout": collections.deque(maxlen=self._MAX_LINES),
                       "stderr": collections.deque(maxlen=self._MAX_LINES)}
        self._changed = threading.Condition()
        self._readers = []

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    @property
    def stdout(self):
        return self._text("stdout")

    @property
    def stderr(self):
        return self._text("stderr")

    def running(self):
        return self._process is not None and self._process.poll() is None

    def start(self):
        """Starts the process and waits for its URL. Raises ServerError when it ends or stays silent instead."""
        self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, env=self._environment)
        for name in self._lines:
            reader = threading.Thread(target=self._read, args=(name,), daemon=True)
            reader.start()
            self._readers.append(reader)
        try:
            self._wait_for_url()
        except ServerError:
            self.kill()
            raise
        return self

    def wait_for_output(self, text, timeout=10.0, stream="stderr"):
        """Waits until a line that contains `text` has been written, and returns it."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for line in self._lines[stream]:
                    if text in line:
                        return line.rstrip("\n")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ServerError(f"{text!r} was not written within {timeout} s{self._output()}")
                self._changed.wait(left)

    def send_signal(self, number):
        if self.running():
            self._process.send_signal(number)

    def wait(self, timeout=15.0):
        """Waits for the process to end by itself and returns its exit code (negative: the signal)."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"the server did not end within {timeout} s{self._output()}") from None
        self._join_readers()
        return code

    def stop(self, timeout=15.0):
        """Asks the process to end with SIGTERM and returns its exit code; the same again when it has ended."""
        if self._process is None:
            return None
        self.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """Ends the process at once, as a power cut would, and returns its exit code."""
        if self.running():
            self._process.kill()
        code = self._process.wait()
        self._join_readers()
        return code

    def _read(self, name):
        with getattr(self._process, name) as stream:
            for line in stream:
                with self._changed:
                    self._lines[name].append(line.decode(errors="replace"))
                    self._changed.notify_all()

    def _wait_for_url(self):
        deadline = time.monotonic() + self._start_timeout
        with self._changed:
            while True:
                match = self._find_url()
                if match:
                    self.url = match.group(0).removeprefix("listening on ")
                    self.host = match.group(2).strip("[]")
                    self.port = int(match.group(3))
                    return
                ended = not any(reader.is_alive() for reader in self._readers)
                if ended and self._process.poll() is not None:
                    raise ServerError(f"the server ended with code {self._process.returncode} before it "
                                      f"listened{self._output()}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ServerError(f"no line with the server's URL within {self._start_timeout} s"
                                      f"{self._output()}")
                # Short, because the end of the process notifies nobody.
                self._changed.wait(min(left, 0.05))

    def _find_url(self):
        for lines in self._lines.values():
            for line in lines:
                match = _LISTENING.search(line)
                if match:
                    return match
        return None

    def _join_readers(self):
        for reader in self._readers:
            reader.join(5)

    def _text(self, name):
        with self._changed:
            return "".join(self._lines[name])

    def _output(self):
        # The condition's lock is reentrant, so this may be called with or without it.
        return f"\ncommand: {self.command}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"
