"""A form of several parts, some of them files, as the disputes API takes it.

https://www.rfc-editor.org/rfc/rfc7578
"""

import hashlib
from collections.abc import Sequence

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part; `file_name` makes it a file. Neither name holds anything to be escaped."""

    name: str
    media_type: str
    content: bytes
    file_name: str | None = None


class Form(msgspec.Struct, frozen=True):
    """The body of a request, and the content type that tells its parts apart."""

    content_type: str
    body: bytes


def form(parts: Sequence[Part], seed: str) -> Form:
    """Put the parts together; the same parts and seed make the same bytes."""
    boundary = hashlib.sha256(seed.encode()).hexdigest()
    while any(boundary.encode() in part.content for part in parts):
        boundary = hashlib.sha256(boundary.encode()).hexdigest()
    body = b"".join(f"--{boundary}\r\n".encode() + _written(part) for part in parts)
    return Form(f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode())


def _written(part: Part) -> bytes:
    file = f'; filename="{part.file_name}"' if part.file_name else ""
    head = f'Content-Disposition: form-data; name="{part.name}"{file}\r\n'
    return f"{head}Content-Type: {part.media_type}\r\n\r\n".encode() + part.content + b"\r\n"
