"""Certificates for tests, made by the openssl program in a folder that goes with the test.

    with Certificates() as files:
        server = files.authority("root").issue("server", names=["DNS:localhost", "IP:127.0.0.1"])
        Server(..., "--tls-certificate", server.certificate, "--tls-key", server.key)
"""

import os
import subprocess
import tempfile


def openssl(*arguments, cwd):
    done = subprocess.run(["openssl", *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr}")


class Pair:
    """The files of a certificate and its key."""

    def __init__(self, certificate, key):
        self.certificate = certificate
        self.key = key

    @property
    def texts(self):
        texts = []
        for path in (self.certificate, self.key):
            with open(path, encoding="ascii") as file:
                texts.append(file.read())
        return texts

    def replace_by(self, other):
        """Puts another pair's contents into these files."""
        for path, text in zip((self.certificate, self.key), other.texts):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)


class Certificates:
    def __enter__(self):
        self._directory = tempfile.TemporaryDirectory()
        self.path = self._directory.name
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    def file(self, name, text=""):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def authority(self, name):
        return Authority(self.path, name)


class Authority:
    def __init__(self, directory, name):
        self._directory = directory
        self._name = name
        self.certificate = os.path.join(directory, f"{name}.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", cwd=directory)

    def issue(self, name, *, subject=None, names=(), days=20):
        """subject: in openssl's form, /CN=alice/O=Example. days: it is valid for; a negative number made it expire."""
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject or f"/CN={name}", cwd=self._directory)
        extensions = []
        if names:
            with open(os.path.join(self._directory, f"{name}.ext"), "w", encoding="ascii") as file:
                file.write("subjectAltName=" + ",".join(names))
            extensions = ["-extfile", f"{name}.ext"]
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self._name}.pem", "-CAkey", f"{self._name}.key",
                "-CAcreateserial", "-days", str(days), "-out", f"{name}.pem", *extensions, cwd=self._directory)
        return Pair(*(os.path.join(self._directory, f"{name}.{kind}") for kind in ("pem", "key")))

    def issue_server(self, name, **options):
        return self.issue(name, names=["DNS:localhost", "IP:127.0.0.1"], **options)
