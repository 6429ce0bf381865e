"""What is known of well-known native libraries: how their files are named, and which texts their code holds.

Both tables were checked against wheels of Linux, macOS and Windows; tests/records/native_libraries.csv has the names.
A library that is missing here is listed under its file's name, without a version.
"""

from collections.abc import Callable

from pip_assay.values import NamedTuple

_TWO = r"\d+\.\d+"
_THREE = r"\d+\.\d+\.\d+"


def _harfbuzz(number: str) -> str:
    """Return "8.5.0" of "60850", as its build makes the number: 60000 + 100 * major + 10 * minor + micro."""
    count = int(number) - 60000
    return f"{count // 100}.{count // 10 % 10}.{count % 10}"


def _libxml2(number: str) -> str:
    """Return "2.10.3" of "21003", as LIBXML_VERSION is written."""
    return f"{number[0]}.{int(number[1:3])}.{int(number[3:5])}"


class Named(NamedTuple):
    """How the files of a library are named.

    name     what it is called in the report.
    files    its files' names, without "lib" in front and what follows the name; "*" stands for any end.
    release  a pattern of the numbers in the name, where they are those of the release, which the group is; empty where
             they only number the interface (libtool's -version-info), as with most.
    written  makes the release of the group.
    """

    name: str
    files: str
    release: str = ""
    written: Callable[[str], str] = str


NAMED = (
    Named("blosc", "blosc", f"(1\\.{_TWO})"),
    Named("blosc2", "blosc2", f"(2\\.{_TWO})"),
    Named("brotli", "brotlicommon brotlidec brotlienc", f"({_THREE})"),
    # Debian has called every release since 2010 "1.0.4".
    Named("bzip2", "bz2", r"(1\.0\.(?!4$)\d+)"),
    Named("curl", "curl"),
    Named("cyrus-sasl", "sasl2"),
    Named("expat", "expat"),
    Named("ffmpeg", "avcodec avdevice avfilter avformat avutil postproc swresample swscale"),
    Named("freetype", "freetype"),
    Named("gcc", "atomic gcc_s gcc_s_seh gcc_s_dw2 gcc_s_sjlj gfortran gomp quadmath stdc++ ssp"),
    # The number of its soname comes first: "libgdal.so.32.3.6.4" is 3.6.4. So it is with PROJ.
    Named("gdal", "gdal", f"\\d+\\.({_THREE})"),
    Named("geos", "geos", f"({_THREE})"),
    Named("geos", "geos_c"),
    Named("giflib", "gif"),
    Named("gmp", "gmp"),
    Named("gnutls", "gnutls"),
    Named("harfbuzz", "harfbuzz harfbuzz-subset harfbuzz-icu", r"0\.(6\d{4})\.0", _harfbuzz),
    Named("hdf5", "hdf5 hdf5_hl hdf5_cpp hdf5_hl_cpp"),
    Named("icu", "icudata icui18n icuio icuuc icutu icudt* icuin*", r"(\d\d\.\d+)"),
    Named("krb5", "gssapi_krb5 k5crypto krb5 krb5support"),
    Named("lcms2", "lcms2"),
    Named("libaom", "aom", f"(3\\.{_TWO})"),
    # Its soname's number stands in the place of the release's "1".
    Named("libavif", "avif", f"16\\.({_TWO})", lambda number: f"1.{number}"),
    Named("libgit2", "git2", f"({_THREE})"),
    Named("libidn2", "idn2"),
    # IJG's own libjpeg and libjpeg-turbo, whose numbers are made to be those of the first.
    Named("libjpeg", "jpeg jpeg62 jpeg8 jpeg9 turbojpeg"),
    # The interface is "16", and what follows is the release's last number: "libpng16.so.16.43.0" is 1.6.43.
    Named("libpng", "png16", r"16\.(\d+)\.0", lambda number: f"1.6.{number}"),
    Named("libpng", "png png12 png14 png15"),
    Named("libsodium", "sodium"),
    Named("libssh2", "ssh2"),
    Named("libtiff", "tiff tiffxx"),
    Named("libvpx", "vpx"),
    Named("libwebp", "webp webpdecoder webpdemux webpmux sharpyuv"),
    Named("libxml2", "xml2", f"(2\\.{_TWO})"),
    Named("libxslt", "xslt exslt"),
    Named("lz4", "lz4", f"(1\\.{_TWO})"),
    Named("nettle", "hogweed nettle"),
    Named("nghttp2", "nghttp2"),
    Named("openblas", "openblas* scipy_openblas*", r"(0\.\d+\.\d+(?:\.dev|-\d+-g[0-9a-f]+)?)(?:-.*)?"),
    Named("openjpeg", "openjp2", f"(2\\.{_TWO})"),
    Named("openldap", "lber ldap ldap_r"),
    # "1.0.0" was the soname of all releases up to 1.0.2u; a release with a letter, or of 3 on, is meant as such.
    Named("openssl", "crypto ssl", r"(1\.\d\.\d[a-z]{1,2}|[3-9]\.\d+\.\d+)"),
    Named("pcre", "pcre"),
    Named("pcre2", "pcre2 pcre2-8 pcre2-16 pcre2-32 pcre2-posix"),
    Named("postgresql", "pq"),
    Named("proj", "proj", f"\\d+\\.({_THREE})"),
    Named("qt", "Qt5* Qt6*"),
    # 0.8.6 was its number for twenty years; where it is built anew it is that of the release.
    Named("sqlite", "sqlite3", f"(3\\.{_TWO})"),
    Named("visual-c++-runtime", "concrt140* msvcp140* vcomp140* vcruntime140*"),
    Named("xz", "lzma", f"(5\\.{_TWO})"),
    Named("zeromq", "zmq zmq-v*", r"(\d+_\d+_\d+)", lambda number: number.replace("_", ".")),
    # Built to take the place of zlib, it bears zlib's number, and not its own: "libz.1.3.1.zlib-ng.dylib".
    Named("zlib-ng", "z zlib", r"1\.[\d.]+\.zlib-ng()"),
    Named("zlib-ng", "z-ng zlib-ng zlib-ng2", f"(2\\.{_TWO})"),
    Named("zlib", "z zlib zlib1 zlibwapi", r"(1\.\d+(?:\.\d+)+|1\.[3-9])"),
    Named("zstd", "zstd", f"(1\\.{_TWO})"),
)


class Text(NamedTuple):
    """By which text in a library's compiled code its release is known.

    name      what it is called in the report.
    marks     texts that are in its own code and in no program that only uses it; one of them must be in the file.
    release   a pattern of the text around the version, which the first group that matched is. It begins and ends with
              what is no part of the version, so that a piece of a longer one is never taken for it.
    alone     whether the version stands there with no words around it: it counts where the file holds just one.
    unless    a text that tells of another library that was made from this one.
    written   makes the release of the group.
    """

    name: str
    marks: tuple[bytes, ...]
    release: bytes
    alone: bool = False
    unless: bytes = b""
    written: Callable[[str], str] = str


_DATE = rb"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:19|20)\d\d"

TEXTS = (
    Text("bzip2", (b"bzip2/libbzip2",), rb"[^\d.](1\.0\.\d{1,2}), \d{1,2}-[A-Z][a-z]{2,3}-\d{4}\0"),
    # On x86-64 compilers often break it up into instructions, and cut "-DEV" where 16 bytes end.
    Text(
        "curl", (b"libcurl/",), rb"[^\w /(;:,.-]libcurl/(\d{1,2}\.\d{1,3}\.\d{1,3}(?:(?=\0)|-DE))",
        written=lambda number: number.replace("-DE", "-DEV"),
    ),
    Text("expat", (b"expat_",), rb"[^\w ]expat_(\d{1,2}\.\d{1,2}\.\d{1,2})\0"),
    # Neither says its version anywhere; the folder that it was built in often does, in assertions.
    Text(
        "freetype", (b"freetype-2.",),
        rb"[^\w.-]freetype-(2\.\d{1,2}(?:\.\d{1,2})?)[/\\]src[/\\](?:base|cff|sfnt|smooth|truetype)[/\\]",
    ),
    Text("harfbuzz", (b"harfbuzz-",), rb"[^\w.-]harfbuzz-(\d{1,2}\.\d{1,2}\.\d{1,2})[/\\]src[/\\](?:hb-|OT[/\\])"),
    Text(
        "libjpeg-turbo", (b"libjpeg-turbo version ",),
        rb"libjpeg-turbo version (\d{1,2}(?:\.\d{1,3}){2,3})(?= \(build )",
    ),
    Text(
        "libpng", (b"libpng version ",),
        rb"libpng version (\d{1,2}\.\d{1,2}\.\d{1,3})(?: - [A-Z][\w ,]{4,30})?\n{1,3}Copyright \(c\)",
    ),
    Text(
        "libtiff", (b"Nonstandard tile length %",),
        rb"LIBTIFF, Version (\d{1,2}\.\d{1,2}\.\d{1,2})\nCopyright",
    ),
    Text(
        "libxml2", (b"compiled against libxml",), rb"[^\w.](2(?:0[6-9]|1\d)\d\d)(?:-[\w.-]{1,40})?\0",
        alone=True, written=_libxml2,
    ),
    # Other texts of 1.0.2 name older releases, to which it is compatible.
    Text(
        "openssl", (b"OPENSSLDIR: ", b"ssl_lib.c"),
        rb" part of OpenSSL ([01]\.\d\.\d[a-z]{0,2})(?:-fips)? {1,2}" + _DATE
        + rb"\0|\0OpenSSL (1\.1\.\d[a-z]{0,2}|[3-9]\.\d{1,2}\.\d{1,2}(?:[-+][\w.+-]{1,20})?) {1,2}(?:FIPS )?" + _DATE
        + rb"\0",
    ),
    Text(
        "sqlite", (b"unable to delete/modify user-function",), rb"[^\d.](3\.(?:[6-9]|[1-9]\d)\.\d{1,2})\0", alone=True
    ),
    Text("zlib-ng", (b" zlib-ng 2.",), rb" zlib-ng (\d\.\d{1,2}\.\d{1,2})\0"),
    Text(
        "zlib", (b"flate 1.",),
        rb" (?:de|in)flate (1\.[\w.-]{1,20}) Copyright 1995-(?:19|20)\d\d(?= Jean-loup| Mark Adler)",
        unless=b" zlib-ng 2.",
    ),
)  # fmt: skip
