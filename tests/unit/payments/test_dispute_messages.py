"""Evidence as it comes over HTTP."""

from base64 import b64encode

import pytest

from paymux.kernel.errors import InputIsInvalid
from paymux.payments.adapters.http.dispute_messages import DocumentBody, SubmitEvidenceBody
from paymux.payments.ports.disputes import DocumentKind
from paymux.platform.http.errors import CardNumberIsRefused
from paymux.platform.http.json_bodies import parse_json

DIGITS = "4242 4242 4242 4242"


def _body(content: str) -> SubmitEvidenceBody:
    document = DocumentBody(
        kind=DocumentKind.RECEIPT,
        file_name="receipt.png",
        media_type="image/png",
        content=content,
    )
    return SubmitEvidenceBody(summary="See the receipt.", documents=[document])


def test_documents_are_decoded() -> None:
    evidence = _body(b64encode(b"\x89PNG\x00\xff").decode()).to_command()
    assert [one.content for one in evidence.documents] == [b"\x89PNG\x00\xff"]
    assert evidence.summary == "See the receipt."


@pytest.mark.parametrize("content", ["AAA", "AAA\n", "*AAA", "AA=A", "ÄÄÄÄ"])
def test_what_is_no_base64_is_refused_by_name(content: str) -> None:
    with pytest.raises(InputIsInvalid) as refused:
        _body(content).to_command()
    assert refused.value.field == "documents[0].content"


def test_a_card_number_in_the_words_is_refused() -> None:
    with pytest.raises(CardNumberIsRefused):
        parse_json(f'{{"summary": "Paid with {DIGITS}."}}'.encode())


def test_digits_that_a_file_happens_to_have_are_no_card_number() -> None:
    digits = DIGITS.replace(" ", "/")
    content = "A" * 512 + "/" + digits + "/" + "A" * 10
    assert parse_json(f'{{"content": "{content}"}}'.encode()) == {"content": content}
    with pytest.raises(CardNumberIsRefused):
        parse_json(f'{{"summary": "{digits}"}}'.encode())
