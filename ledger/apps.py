"""The Django application of this room. At start it tells the vault where failures are kept, and every
serving process to give events their places."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    label = "ledger"

    def ready(self) -> None:
        from ledger import sequencer
        from ledger.failures import record_vault_failure
        from live import watching
        from vault.failures import set_recorder

        set_recorder(record_vault_failure)
        watching.register("ledger.sequencer", sequencer.run_round, seconds=sequencer.ROUND_SECONDS)
