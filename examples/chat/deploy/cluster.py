#!/usr/bin/env python3
"""Redis, several chat processes and nginx on loopback, for trying out what a deployment does.

    cluster.py --chat build/release/examples/chat/chat [--processes 3] [--port 8080] [--directory DIR] [CHAT OPTIONS]

Prints the address when all answer, and stops all of it on Ctrl-C, SIGTERM, SIGHUP, or when one of them ends. Database,
logs and configuration are in DIR, by default one that goes at the end. Other options are the chat's.
"""

import argparse
import contextlib
import ctypes
import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT = 20.0  # seconds
STOP_TIMEOUT = 20.0

PR_SET_PDEATHSIG = 1
# Loaded before there are children: between fork and exec little is allowed.
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ClusterError(Exception):
    """Something did not start, or ended; the text says what it wrote."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def require_free(port):
    """Raises ClusterError where somebody listens on the port already."""
    with socket.socket() as probe:
        # As nginx does: what has only just been closed is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ClusterError(f"port {port} can't be had: {error.strerror}; choose another with --port") from error


def port_number(text):
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 1 to 65535, or 0 for a free one")
    return int(text)


def quoted(path):
    """A word of nginx's configuration."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def die_with_parent():
    """In a child, before its program: it ends when the one that started it is gone, however that ended."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path:
        raise ClusterError(f"{name} is not installed")
    return path


class Process:
    """A program that writes to a file; it is stopped by its id."""

    def __init__(self, name, command, directory):
        self.name = name
        self.command = [str(part) for part in command]
        self.log_path = pathlib.Path(directory) / f"{name}.log"
        self._popen = None

    def start(self):
        with open(self.log_path, "ab") as log:
            # In a session of its own, so that Ctrl-C reaches this program only, which stops them in order.
            # What the kernel calls the parent is a thread, and one of a pool may end long before its program.
            main = threading.current_thread() is threading.main_thread()
            self._popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True, preexec_fn=die_with_parent if main else None)

    @property
    def pid(self):
        return self._popen.pid

    def running(self):
        return self._popen is not None and self._popen.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_for(self, ready, timeout=START_TIMEOUT):
        """Until ready() is true. Raises ClusterError with what the process wrote when it ends or takes too long."""
        deadline = time.monotonic() + timeout
        while not (result := ready()):
            if not self.running():
                raise ClusterError(f"{self.name} ended with code {self._popen.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ClusterError(f"{self.name} was not ready within {timeout:.0f} s:\n{self.tail()}")
            time.sleep(0.02)
        return result

    def tail(self, lines=20):
        return "\n".join(self.log().splitlines()[-lines:])

    def signal(self, number):
        if self.running():
            self._popen.send_signal(number)

    def stop(self, timeout=STOP_TIMEOUT):
        """Asks it to end, and ends it when it does not. Returns its exit code."""
        if self._popen is None:
            return None
        self.signal(signal.SIGTERM)
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        if self.running():
            self._popen.kill()
        return self._popen.wait()


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Redis(Process):
    """A Redis that keeps nothing; start() after stop() is the same one on the same port."""

    def __init__(self, directory, port=0, options=()):
        self.port = port or free_port()
        super().__init__("redis", [program("redis-server"), "--port", self.port, "--bind", "127.0.0.1",
                                   "--save", "", "--appendonly", "no", "--dir", directory, *options], directory)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        super().start()
        self.wait_for(lambda: accepts(self.port))


class Chat(Process):
    def __init__(self, number, executable, directory, options):
        super().__init__(f"chat{number}", [executable, "--port", 0, *options], directory)
        self.port = None

    def start(self):
        before = len(self.log())
        super().start()
        found = self.wait_for(lambda: re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.log()[before:]))
        self.port = int(found.group(1))
        # When it is started again it has the same port: nginx knows it by that.
        self.command[self.command.index("--port") + 1] = str(self.port)


class Nginx(Process):
    """nginx with the deployment's own proxy settings, unprivileged and without TLS."""

    def __init__(self, directory, port, chats):
        self.port = port
        directory = pathlib.Path(directory).absolute()
        configuration = directory / "nginx.conf"
        self._pid_file = directory / "nginx.pid"
        configuration.write_text(self._configuration(directory, port, [chat.port for chat in chats]))
        super().__init__("nginx", [program("nginx"), "-p", directory, "-c", configuration,
                                   "-e", directory / "nginx-error.log"], directory)

    def start(self):
        self._pid_file.unlink(missing_ok=True)
        super().start()
        # Somebody else may be who accepts; this one has its id written when it has the port.
        self.wait_for(lambda: self._pid_file.exists() and accepts(self.port))

    @staticmethod
    def _configuration(directory, port, upstreams):
        servers = "\n".join(f"        server 127.0.0.1:{each} max_fails=1 fail_timeout=1s;" for each in upstreams)
        temporary = "\n".join(f"    {kind}_temp_path {quoted(directory / kind)};"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Started by root, its worker would be somebody who can't write into the directory.
        root = os.geteuid() == 0
        user = f"user {quoted(pwd.getpwuid(0).pw_name)} {quoted(grp.getgrgid(0).gr_name)};" if root else ""
        return f"""daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {quoted(directory / "nginx.pid")};
error_log {quoted(directory / "nginx-error.log")} warn;
events {{ worker_connections 16384; }}
http {{
    access_log off;
{temporary}
    client_max_body_size 64k;
    map $http_upgrade $chat_connection {{
        default upgrade;
        '' '';
    }}
    upstream chat {{
        least_conn;
{servers}
        keepalive 32;
        keepalive_timeout 10s;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        include {quoted(HERE / "nginx" / "proxy.conf")};
        location / {{
            proxy_pass http://chat;
        }}
        location /ws/ {{
            proxy_pass http://chat;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""


class Cluster:
    """`with Cluster(executable, directory) as cluster`: all of it runs, and is stopped in the end."""

    def __init__(self, executable, directory, processes=3, port=0, options=(), redis_options=()):
        self.directory = str(directory)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.redis = Redis(self.directory, options=redis_options)
        database = os.path.join(self.directory, "chat.sqlite3")
        shared = ["--database", database, "--redis", self.redis.url, "--trusted-proxy", "127.0.0.1",
                  "--allowed-origin", self.url, "--allowed-origin", f"http://localhost:{self.port}", *options]
        self.chats = [Chat(number, executable, self.directory, shared) for number in range(1, processes + 1)]
        self.nginx = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        require_free(self.port)
        self.redis.start()
        for chat in self.chats:
            chat.start()
        self.nginx = Nginx(self.directory, self.port, self.chats)
        self.nginx.start()

    def stop(self):
        """Returns the chats' exit codes."""
        if self.nginx:
            self.nginx.stop()
        for chat in self.chats:
            chat.signal(signal.SIGTERM)
        codes = [chat.stop() for chat in self.chats]
        self.redis.stop()
        return codes

    def everything(self):
        return [self.redis, *self.chats, *([self.nginx] if self.nginx else [])]

    def ended(self):
        """A process that does not run any more, or None."""
        return next((each for each in self.everything() if not each.running()), None)


def run(cluster):
    asked = threading.Event()
    # SIGHUP: the terminal has been closed. nohup has it ignored, and it stays so.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: asked.set())
    try:
        with cluster:
            ports = ", ".join(str(chat.port) for chat in cluster.chats)
            print(f"Cluster listening on {cluster.url} (chats on {ports}; Redis on {cluster.redis.port}; "
                  f"logs in {cluster.directory}); Ctrl-C stops it", flush=True)
            while not asked.wait(0.5):
                if ended := cluster.ended():
                    raise ClusterError(f"{ended.name} has ended:\n{ended.tail()}")
            with contextlib.suppress(OSError):  # there may be no terminal any more
                print("cluster: stopping", file=sys.stderr)
    except ClusterError as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1
    return 0


def main():
    parser = argparse.ArgumentParser(description="Redis, several chat processes and nginx on loopback.",
                                     epilog="Other options are given to every chat process.")
    parser.add_argument("--chat", required=True, help="the chat's executable")
    parser.add_argument("--processes", type=int, default=3, choices=range(1, 17), metavar="1..16")
    parser.add_argument("--port", type=port_number, default=8080, help="nginx's; 0 picks a free one")
    parser.add_argument("--directory", help="for database and logs; by default one that goes at the end")
    options, chat_options = parser.parse_known_args()
    try:
        with contextlib.ExitStack() as stack:
            directory = options.directory or stack.enter_context(tempfile.TemporaryDirectory(prefix="chat-cluster-"))
            os.makedirs(directory, exist_ok=True)
            return run(Cluster(options.chat, directory, options.processes, options.port, chat_options))
    except (ClusterError, OSError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
