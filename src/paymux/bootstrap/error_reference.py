"""The page of problem codes: `python -m paymux.bootstrap.error_reference > docs/errors.md`."""

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import groupby
from typing import Final

import paymux
from paymux.kernel.errors import PaymuxError, StartIsRefused
from paymux.platform.http.problems import (
    advice_on,
    known_problems,
    meaning_of,
    status_of,
    title_of,
)

_INTRODUCTION: Final = """\
# Errors

<!-- Generated from the docstrings of the refusals by
     `python -m paymux.bootstrap.error_reference > docs/errors.md`; edit them there. -->

Every error response is a problem as RFC 9457 has it, `application/problem+json`:

```json
{
  "type": "/problems/reference_taken",
  "title": "Reference is taken",
  "status": 409,
  "detail": "A payment with reference 'order-1042' exists.",
  "code": "reference_taken",
  "field": "reference",
  "request_id": "req_1f0c2a9b7d3e5f6a8b9c0d1e"
}
```

**Switch on `code`.** It never changes its meaning, and it is `error.code` in process too
([in-process.md](in-process.md)). `detail` is for people, and its words may change. `field` names
the offending input as you spelled it; `errors` lists every violation when there are several.
`request_id` is also in the `X-Request-Id` header and in the logs. A running Paymux explains each
code where `type` leads.

A **4xx** is a refusal: sent again as it is, it mostly ends the same way. After a **5xx**, or no
answer at all, the call may have been carried out: look before you repeat it. A payment that has a
`reference` may be created again without a look: if the first call made it, the second is told
`reference_taken`.

A provider that declines, fails or does not answer is no error of a call that creates a payment:
the payment exists, and its `status` and `attempts` say what is known.
"""
_AT_START: Final = """
## At start

No request ever meets these: the process says so and does not start.

"""
_HEAD: Final = "| code | meaning | what to do |\n|---|---|---|\n"


def error_reference() -> str:
    """The text of `docs/errors.md`."""
    kinds = _all_kinds()
    answered = [kind for kind in kinds if not issubclass(kind, StartIsRefused)]
    at_start = [kind for kind in kinds if issubclass(kind, StartIsRefused)]
    sections = "".join(
        f"\n## Status {status.value}\n\n{_table(list(group))}"
        for status, group in groupby(sorted(answered, key=status_of), key=status_of)
    )
    return _INTRODUCTION + sections + _AT_START + _table(at_start)


def _all_kinds() -> list[type[PaymuxError]]:
    """Every kind of refusal in this package, by code, whatever else may be loaded."""
    for module in pkgutil.walk_packages(paymux.__path__, "paymux."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    return [kind for kind in known_problems() if kind.__module__.startswith("paymux.")]


def _table(kinds: Sequence[type[PaymuxError]]) -> str:
    return _HEAD + "".join(f"{_row(kind)}\n" for kind in kinds)


def _row(kind: type[PaymuxError]) -> str:
    meaning = f"**{title_of(kind)}.** {meaning_of(kind)}"
    return f"| `{kind.code}` | {meaning} | {advice_on(kind)} |"


if __name__ == "__main__":
    sys.stdout.write(error_reference())
