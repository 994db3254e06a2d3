"""A RawClient over TLS, and one whose TLS bytes a test sends as it likes.

    with TlsClient(server, context) as client:
        client.upgrade("/").expect(101)
"""

import socket
import ssl
import unittest

from support.certificates import Certificates
from support.chat_client import executable
from support.raw_client import DEFAULT_TIMEOUT, RawClient
from support.server import Server


def context_for(authority, *, client=None, version=None):
    """A client's context that trusts this authority. client: a Pair to show. version: the only TLS version."""
    context = ssl.create_default_context(cafile=authority.certificate)
    if client is not None:
        context.load_cert_chain(client.certificate, client.key)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


class TlsClient(RawClient):
    """Raises ssl.SSLError where the handshake fails."""

    def __init__(self, server, context, *, session=None, **options):
        super().__init__(server.host, server.port, **options)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost", session=session,
                                               suppress_ragged_eofs=False)
        except BaseException:
            self._socket.close()
            raise

    @property
    def tls(self):
        return self._socket

    def serial(self):
        """The number of the certificate that the server has shown."""
        return self._socket.getpeercert()["serialNumber"]

    def end_without_notice(self):
        """Ends the TCP connection without TLS' close_notify."""
        self._socket.shutdown(socket.SHUT_RDWR)


class PiecewiseTls:
    """TLS whose encrypted bytes go out when and how a test says."""

    def __init__(self, server, context, timeout=DEFAULT_TIMEOUT):
        self.socket = socket.create_connection((server.host, server.port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _read_more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise ssl.SSLEOFError("the server has ended the connection")
        self._in.write(data)

    def _send(self, step):
        data = self._out.read()
        step = step or max(1, len(data))
        for at in range(0, len(data), step):
            self.socket.sendall(data[at:at + step])

    def client_hello(self):
        """The first bytes of a handshake."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return self._out.read()
        raise AssertionError("a handshake needs an answer")

    def handshake(self, step=None):
        """step: bytes in each send; all that there is where it is None."""
        while True:
            try:
                self._tls.do_handshake()
                self._send(step)
                return
            except ssl.SSLWantReadError:
                self._send(step)
                self._read_more()

    def send_records(self, pieces, step=None):
        """Each piece in a record of its own, the records behind one another."""
        for piece in pieces:
            self._tls.write(piece)
        self._send(step)

    def read(self, count):
        data = b""
        while len(data) < count:
            try:
                data += self._tls.read(count - len(data))
            except ssl.SSLWantReadError:
                self._read_more()
        return data

    def read_until(self, end):
        data = b""
        while not data.endswith(end):
            data += self.read(1)
        return data


class TlsCase(unittest.TestCase):
    """A folder of certificates, and servers that use them."""

    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(Certificates())
        cls.authority = cls.files.authority("root")
        cls.pair = cls.authority.issue_server("server")
        cls.context = context_for(cls.authority)

    @staticmethod
    def start(pair, *arguments):
        return Server(executable("TLS_SERVER"), "--certificate", pair.certificate, "--key", pair.key, *arguments)

    def serve(self, *arguments, pair=None):
        return self.enterContext(self.start(pair or self.pair, *arguments))

    def assertEchoes(self, client, text="still there"):
        client.send_text(text)
        self.assertEqual(client.read_frame().text, text)

    def assertServes(self, server, context=None):
        with TlsClient(server, context or self.context) as client:
            client.upgrade("/").expect(101)
            self.assertEchoes(client)
