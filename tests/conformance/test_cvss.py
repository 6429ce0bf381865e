"""Published CVSS vectors and their scores, as data: FIRST's example documents for 2, 3.1 and 4.0."""

import pytest

from pip_assay import severity

# CVSS 2.0: "A Complete Guide", section 3.3, and the vector of our own notes.
VERSION_2 = {
    "AV:N/AC:L/Au:N/C:N/I:N/A:C": 7.8,  # CVE-2002-0392
    "AV:N/AC:L/Au:N/C:C/I:C/A:C": 10.0,  # CVE-2003-0818
    "AV:L/AC:H/Au:N/C:C/I:C/A:C": 6.2,  # CVE-2003-0062
    "AV:L/AC:M/Au:N/C:N/I:P/A:C": 5.4,
    "AV:N/AC:L/Au:N/C:N/I:N/A:N": 0.0,
}
# CVSS 3.1: "Examples".
VERSION_3 = {
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 9.8,  # CVE-2014-6271
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": 6.1,  # CVE-2013-1937
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N": 6.4,  # CVE-2013-0375
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N": 3.1,  # CVE-2014-3566
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H": 9.9,  # CVE-2012-1516
    "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L": 4.2,  # CVE-2009-0783
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H": 8.8,  # CVE-2012-0384
    "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H": 7.8,  # CVE-2015-1098
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N": 7.5,  # CVE-2014-0160
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N": 6.8,  # CVE-2008-1447
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": 0.0,
}
# CVSS 4.0: "Examples", and the vector of our own notes.
VERSION_4 = {
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": 9.3,
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H": 10.0,  # CVE-2021-44228
    "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": 7.3,  # CVE-2022-41741
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N": 8.7,  # CVE-2014-0160
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N": 0.0,
}
CASES = [
    (kind, vector, score)
    for kind, vectors in (("CVSS_V2", VERSION_2), ("CVSS_V3", VERSION_3), ("CVSS_V4", VERSION_4))
    for vector, score in vectors.items()
]


@pytest.mark.parametrize(("kind", "vector", "score"), CASES)
def test_published_vectors_have_their_published_scores(kind: str, vector: str, score: float) -> None:
    """A vector of the standards' own examples scores what the standard says."""
    assert severity.rate(kind, vector).score == score
