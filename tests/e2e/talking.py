"""HTTP as a merchant's program speaks it, with a record of every answer that Paymux gave."""

import re
from dataclasses import dataclass, field
from typing import Any

import requests

TIMEOUT_SECONDS = 40

Json = dict[str, Any]


# Who may show a secret, once: `key` of an API key, `verifier` and `steps` of a webhook.
SHOWN_ONCE = re.compile(
    r"POST /v1/(tenants(/[^/]+/api_keys)?|api_keys|connections(/[^/]+/webhook)?)"
)


@dataclass(frozen=True)
class Answer:
    """One answer of an installation, kept to be searched for secrets."""

    method: str
    path: str
    status: int
    text: str


@dataclass
class Record:
    """Every answer, and every secret that may be in none of them, by what it is.

    `unlogged`: what an answer may hold and a log may not, such as the token of a link.
    """

    answers: list[Answer] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    unlogged: set[str] = field(default_factory=set)

    def plant(self, what: str, secret: str) -> str:
        """Remember a secret that must not leak, and return it."""
        self.secrets[secret] = what
        return secret

    def take(self, method: str, path: str, answer: requests.Response) -> None:
        """Keep an answer; what it may show once is planted and left out."""
        text = answer.text
        if answer.ok and SHOWN_ONCE.fullmatch(f"{method} {path}"):
            text = str(self._without_secrets(answer.json()))
        self.answers.append(Answer(method, path, answer.status_code, text))

    def _without_secrets(self, body: Json) -> Json:
        keys = [self._without_secrets(issued) for issued in body.get("api_keys", [])]
        webhook = {**body.get("webhook", {}), "steps": []}
        for secret in (body.get("key"), webhook.pop("verifier", None)):
            if secret:
                self.plant("shown once", secret)
        return {**body, "key": None, "api_keys": keys, "webhook": webhook}


class Refused(AssertionError):
    """A call that was expected to succeed did not."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__(
            f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:800]}"
        )
        self.status = answer.status_code


def send(method: str, url: str, **keywords: Any) -> requests.Response:
    """One exchange over a connection of its own; redirects are not followed."""
    with requests.Session() as session:
        session.trust_env = False
        keywords.setdefault("timeout", TIMEOUT_SECONDS)
        keywords.setdefault("allow_redirects", False)
        return session.request(method, url, **keywords)


class Api:
    """Paymux under one key."""

    def __init__(self, url: str, key: str | None, record: Record) -> None:
        self.url = url
        self.key = key
        self._record = record

    def call(self, method: str, path: str, **keywords: Any) -> requests.Response:
        """Make one call, whatever comes of it."""
        headers = {**keywords.pop("headers", {})}
        if self.key is not None:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        answer = send(method, f"{self.url}{path}", headers=headers, **keywords)
        self._record.take(method, path, answer)
        return answer

    def get(self, path: str, **parameters: object) -> Json:
        """Read something."""
        return _body(self.call("GET", path, params=parameters))

    def post(self, path: str, body: Json | None = None) -> Json:
        """Create something or act."""
        return _body(self.call("POST", path, json=body))

    def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return _body(self.call("PATCH", path, json=body))

    def every(self, path: str, **parameters: object) -> list[Json]:
        """Everything of a list, page by page."""
        found: list[Json] = []
        cursor: dict[str, object] = {}
        while True:
            page = self.get(path, limit=100, **parameters, **cursor)
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    def problem(self, method: str, path: str, body: Json | None = None) -> Json:
        """Make a call that has to be refused; returns the problem."""
        answer = self.call(method, path, json=body)
        assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:800]}"
        assert answer.headers["content-type"] == "application/problem+json"
        problem: Json = answer.json()
        assert problem["status"] == answer.status_code
        return problem

    def with_key(self, key: str | None) -> "Api":
        """The same installation under another key."""
        return Api(self.url, key, self._record)


def _body(answer: requests.Response) -> Json:
    if not answer.ok:
        raise Refused(answer)
    body: Json = answer.json() if answer.content else {}
    return body
