"""The Django application of this room. At start it tells the vault where failures are kept."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    label = "ledger"

    def ready(self) -> None:
        from ledger.failures import record_vault_failure
        from vault.failures import set_recorder

        set_recorder(record_vault_failure)
