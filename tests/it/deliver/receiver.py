"""A mail server that keeps what it takes: aiosmtpd, on a free port of 127.0.0.1, which it prints.

receiver.py FOLDER [starttls|tls CERTIFICATE KEY]: with a certificate it wants user `overheard`, password `hunter2`.
"""

import asyncio
import base64
import itertools
import json
import pathlib
import ssl
import sys
import tempfile

from aiosmtpd.smtp import SMTP, AuthResult

folder = pathlib.Path(sys.argv[1])
numbers = itertools.count()


class Keep:
    async def handle_DATA(self, server, session, envelope):
        number = next(numbers)
        content = envelope.original_content or envelope.content
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": (session.auth_data or b"").decode() if session.authenticated else None,
            "tls": session.ssl is not None,
            "content": base64.b64encode(content).decode(),
        }
        fresh = folder / f"{number}.new"
        fresh.write_text(json.dumps(kept))
        fresh.rename(folder / f"{number}.json")
        return f"250 2.0.0 kept as {number}"


def signs_in(server, session, envelope, mechanism, data):
    good = data.login == b"overheard" and data.password == b"hunter2"
    return AuthResult(success=good, handled=good, auth_data=data.login if good else None)


def protection(certificate, key):
    key = base64.encodebytes(pathlib.Path(key).read_bytes()).decode()
    pem = ssl.DER_cert_to_PEM_cert(pathlib.Path(certificate).read_bytes())
    pem += f"-----BEGIN PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context


async def main():
    how = sys.argv[2] if len(sys.argv) > 2 else "none"
    context = protection(*sys.argv[3:5]) if how != "none" else None
    options = {"hostname": "receiver.example", "ident": "a test"}
    if how == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": signs_in}
    if how == "tls":
        # It is protected already, which this class cannot know.
        options |= {"auth_required": True, "auth_require_tls": False, "authenticator": signs_in}
    loop = asyncio.get_running_loop()
    outer = context if how == "tls" else None
    server = await loop.create_server(lambda: SMTP(Keep(), **options), "127.0.0.1", 0, ssl=outer)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
