"""What may be logged of an exception out of somebody else's code."""

import logging
import traceback
from pathlib import PurePath

from paymux.payments.ports.connectors import Connector

logger = logging.getLogger(__name__)


def breakage(error: BaseException) -> str:
    """Return kind and place; never the text, which may quote a credential or a payer."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]]
    return " < ".join([type(error).__name__, *reversed(places)])


async def close_quietly(connector: Connector) -> None:
    """Close a connector; that it fails to is a plug-in's bug, and nobody is left to tell."""
    try:
        await connector.close()
    except Exception as error:  # noqa: BLE001
        logger.error("A connector did not close: %s", breakage(error))  # noqa: TRY400 - no text
