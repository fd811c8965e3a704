"""How static files are stored where they are collected."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside the imports of our ES modules, so that a new version is never mixed with an old one.

    Django can do this for every script (`support_js_module_import_aggregation`), but some files of installed packages import
    what they do not ship; only our own folder is rewritten.
    """

    patterns = (
        *ManifestStaticFilesStorage.patterns,
        ("js/*.js", ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),  # type: ignore[attr-defined]
    )
