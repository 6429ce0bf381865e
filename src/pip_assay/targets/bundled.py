"""What distributions carry in their files: read by default, whatever kind of target they are in."""

from pip_assay.settings import Outside, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pip_assay.sources.bundled import Reader


def reader(settings: Settings, outside: Outside, *, strings: bool = True) -> "Reader | None":
    """Return what reads what distributions carry; None where that is left out (--no-bundled).

    strings  whether the content of compiled files is there, to be searched where the settings ask for that.
    """
    if settings.no_bundled:
        return None
    from pip_assay import files
    from pip_assay.sources import bundled

    search = bundled.searching(outside.say, outside.progress) if settings.strings and strings else None
    return bundled.Reader(settings.cache or files.cache_folder(), outside.now, search)
