"""Every way in which sealing or opening can fail. None of them ever carries a value, and none returns one.

The code is for the log. What a person reads is the same for all of them (config/errors.py), so that whoever tampers
learns nothing from which one it was.
"""


class VaultError(Exception):
    """A value was not sealed or not opened. There is no way round it: no caller may fall back to the raw column."""

    code = "vault"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or self.code).partition("\n")[0])


class NotSealed(VaultError):
    """The column does not hold a sealed value: too short, or of a version or suite that is not known."""

    code = "not_sealed"


class UnknownKey(VaultError):
    """The value names a data key that does not exist."""

    code = "unknown_key"


class KeyOfAnotherScope(VaultError):
    """The value names a data key that belongs to another patient or person."""

    code = "key_of_another_scope"


class KeyDestroyed(VaultError):
    """The data key of this scope was destroyed: what it sealed is erased, and nothing new is sealed for it."""

    code = "key_destroyed"


class WrongKey(VaultError):
    """The value was sealed under another key than the one it names (its commitment differs)."""

    code = "wrong_key"


class DoesNotOpen(VaultError):
    """The value was changed, or it was sealed for another place."""

    code = "does_not_open"


class NotTheDocument(VaultError):
    """The value opened, but it is not a document of the kind that was asked for."""

    code = "not_the_document"


class TooLong(VaultError):
    """The value is longer than one sealed value may be."""

    code = "too_long"


class KeyWornOut(VaultError):
    """The data key has sealed as many values as one key may: run `manage.py vault rotate --data-keys`."""

    code = "key_worn_out"


class KeyStoreUnreachable(VaultError):
    """The table of data keys could not be reached."""

    code = "key_store_unreachable"


class ProviderError(VaultError):
    """The key provider could not do its part."""

    code = "provider"


class UnknownProviderKey(ProviderError):
    """The data key is wrapped by a key that the provider does not hold."""

    code = "unknown_provider_key"


class WrappedKeyDoesNotOpen(ProviderError):
    """The wrapped data key was changed, or it belongs to another row."""

    code = "wrapped_key_does_not_open"


class KeyFileMissing(ProviderError):
    """There is no key file."""

    code = "key_file_missing"


class KeyFileUnsafe(ProviderError):
    """The key file may be read by others than its owner, or is not owned by this process's user."""

    code = "key_file_unsafe"


class KeyFileUnreadable(ProviderError):
    """The key file is not a keyset."""

    code = "key_file_unreadable"


class NotAPushKey(VaultError):
    """What was given as a browser's key for push is none."""

    code = "not_a_push_key"


class BadSignature(VaultError):
    """The signature is not this key's over this message."""

    code = "bad_signature"
