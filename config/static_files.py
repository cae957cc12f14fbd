"""Static files by names that carry their digest, so that a browser may keep them for ever and never holds an old one.

The modules' imports of one another are rewritten to those names too; Django finds only imports that end with a
semicolon, which tests/test_house.py asks of every one.
"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class DigestedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # it comes without types
    """WhiteNoise's storage, with module imports rewritten."""

    support_js_module_import_aggregation = True
