"""The page of reasons and provider codes.

`python -m paymux.bootstrap.decline_reference > docs/declines.md`
"""

import sys
from collections.abc import Mapping
from typing import Final

from paymux.integrations.adapters.plugins import installed_plugins
from paymux.payments.application.overrides import MAY_BECOME
from paymux.payments.ports.advice import ADVICE
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import NextTry, Reason, ReasonCategory

_INTRODUCTION: Final = """\
# Reasons

<!-- Generated from payments/ports/advice.py and the providers' error maps by
     `python -m paymux.bootstrap.decline_reference > docs/declines.md`; edit them there. -->

Why a provider did not do it, in our words. Each of a provider's codes has an *outcome*, which
decides what Paymux does next ([failover.md](failover.md)), and a *reason*, which says what people
can do. Attempts, captures and decisions in the API show it as `reason`, refunds as
`failure_reason` (their `reason` are your own words), next to the provider's `reason_code`.
`GET /v1/reasons` lists them. **Switch on the reason, not on the provider's code**: it is the same
whichever provider says it.

`advice_to_payer` may be shown as it is, and the payer's page does so after a decline; it never
tells that a bank suspects theft or fraud. `advice_to_merchant` is for you.

## Reading a code otherwise

`GET /v1/error-maps/{provider}` has the rows as they count for you. To read one otherwise, for your
tenant in the mode of the key:

```sh
curl -X PUT "$PAYMUX/v1/error-maps/$PROVIDER/codes/amount_too_small" \\
     -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
     -d '{"outcome": "not_sent", "reason": "amount_not_accepted"}'
```

`DELETE` takes it back. It counts within a second, for calls that change something (look-ups are
read as they are), and the payment's `decisions` then show as `given_outcome` what the provider's
package had made of the code. What could charge a payer twice is refused (422
`override_not_safe`):

| given | may be read as |
|---|---|
<SAFE>

The outcome that counts is that of the very reply: a code that comes with a 500 stays `unknown`,
whatever its row says. `not_sent` and `credentials` make a payment go elsewhere.

`GET /v1/error-maps/{provider}/unmapped` lists codes that came in and are in no row. Their outcome
is what the provider's package makes of codes that it does not know.
"""
_WORDS: Final[Mapping[NextTry, str]] = {
    NextTry.SAME_METHOD_LATER: "the same, later",
    NextTry.ANOTHER_METHOD: "another method",
    NextTry.ANOTHER_PROVIDER: "another provider",
    NextTry.PAYER_PRESENT: "with the payer there",
    NextTry.NOTHING: "no",
}


def decline_reference() -> str:
    """The text of `docs/declines.md`."""
    plugins = installed_plugins()
    codes = "".join(
        f"\n## Codes of {plugin.display_name}\n\n{_codes(plugin.error_map)}"
        for _, plugin in sorted(plugins.items())
    )
    introduction = _INTRODUCTION.replace("<SAFE>\n", _safe())
    return f"{introduction}\n## The reasons\n\n{_reasons()}{codes}"


def _safe() -> str:
    rows = []
    for given in Outcome:
        others = [f"`{other}`" for other in Outcome if other in MAY_BECOME[given]]
        rows.append(f"| `{given}` | {', '.join(others)} |\n")
    return "".join(rows)


def _reasons() -> str:
    head = "| reason | who | another try | the payer is told | you |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{reason}` | {advice.category} | {_WORDS[advice.next_try]} | {advice.to_payer} "
        f"| {advice.to_merchant} |\n"
        for category in ReasonCategory
        for reason in Reason
        if (advice := ADVICE[reason]).category is category
    )


def _codes(rules: Mapping[str, ErrorRule]) -> str:
    head = "| code | outcome | reason | meaning |\n|---|---|---|---|\n"
    return head + "".join(
        f"| `{code}` | `{rule.outcome}` | `{rule.reason}` | {rule.meaning.rstrip('.')} |\n"
        for code, rule in sorted(rules.items())
    )


if __name__ == "__main__":
    sys.stdout.write(decline_reference())
