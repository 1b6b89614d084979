"""The settings of an installation, read once at start: see docs/settings.md."""

from paymux.platform.settings.errors import Problem, SettingsAreInvalid
from paymux.platform.settings.key_ring import EncryptionKey
from paymux.platform.settings.loading import load_settings
from paymux.platform.settings.model import ProviderOverride, Settings

__all__ = [
    "EncryptionKey",
    "Problem",
    "ProviderOverride",
    "Settings",
    "SettingsAreInvalid",
    "load_settings",
]
