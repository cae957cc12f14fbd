"""The Django application of this room. At start it tells the vault where failures are kept, and every serving process
to give events their places, to make months ahead, to say how far it has counted its own, and to ask the witnesses."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    label = "ledger"

    def ready(self) -> None:
        from ledger import marks, months, sequencer, witnessing
        from ledger.failures import record_vault_failure
        from live import watching
        from vault.failures import set_recorder

        set_recorder(record_vault_failure)
        watching.register("ledger.sequencer", sequencer.run_round, seconds=sequencer.ROUND_SECONDS)
        watching.register("ledger.months", months.run_round, seconds=months.ROUND_SECONDS)
        watching.register("ledger.marks", marks.run_round, seconds=marks.ROUND_SECONDS)
        watching.register("ledger.witnesses", witnessing.ask_all, seconds=witnessing.ROUND_SECONDS)
