import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pip_assay import severity
from pip_assay.model import Severity
from pip_assay.records import Advisory, Rating

CRITICAL_3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
HIGH_4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"
LOW_3 = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"
MEDIUM_2 = "AV:L/AC:M/Au:N/C:N/I:P/A:C"

KINDS = ("CVSS_V2", "CVSS_V3", "CVSS_V4", "Ubuntu", "")


def rated(identifier: str, *ratings: tuple[str, str], word: str = "") -> Advisory:
    """A record with these vectors and this word."""
    return Advisory(identifier, ratings=tuple(severity.rate(*rating) for rating in ratings), word=word)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (10.0, "critical"),
        (9.0, "critical"),
        (8.9, "high"),
        (7.0, "high"),
        (6.9, "medium"),
        (4.0, "medium"),
        (3.9, "low"),
        (0.1, "low"),
        (0.0, "none"),
    ],
)
def test_the_bands_are_those_of_the_standard(score: float, expected: Severity) -> None:
    """CVSS 4.0, section 6: none 0.0, low 0.1-3.9, medium 4.0-6.9, high 7.0-8.9, critical 9.0-10.0."""
    assert severity.band(score) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CRITICAL", "critical"),
        ("High", "high"),
        ("important", "high"),
        ("MODERATE", "medium"),
        (" medium ", "medium"),
        ("low", "low"),
        ("", "unknown"),
        ("severe", "unknown"),
    ],
)
def test_words_are_read_and_others_are_unknown(text: str, expected: Severity) -> None:
    """A database's own word has a band; a word that nobody knows has none."""
    assert severity.word(text) == expected


def test_a_threat_metric_does_not_lower_the_base_score() -> None:
    """CVSS 4.0: the base score of a vector does not depend on its threat and environmental metrics."""
    assert severity.rate("CVSS_V4", f"{HIGH_4}/E:U/MAV:P").score == severity.rate("CVSS_V4", HIGH_4).score == 8.7


def test_a_temporal_metric_does_not_lower_the_base_score() -> None:
    """CVSS 3.1: the base score of a vector does not depend on its temporal metrics."""
    assert severity.rate("CVSS_V3", f"{CRITICAL_3}/E:U/RL:O").score == 9.8


def test_a_rating_keeps_what_was_published() -> None:
    """Kind and vector stay as they are, spaces included."""
    assert severity.rate("CVSS_V3", f" {CRITICAL_3} ") == Rating("CVSS_V3", f" {CRITICAL_3} ", 9.8)


@pytest.mark.parametrize(
    ("kind", "vector"),
    [
        ("CVSS_V3", ""),
        ("CVSS_V3", "CVSS:3.1/AV:N"),
        ("CVSS_V3", HIGH_4),
        ("CVSS_V4", CRITICAL_3),
        ("CVSS_V4", f"{HIGH_4}/E:Z"),
        ("CVSS_V2", "9.8"),
        ("CVSS_V5", CRITICAL_3),
        ("Ubuntu", "medium"),
    ],
)
def test_what_is_no_vector_of_its_kind_has_no_score(kind: str, vector: str) -> None:
    """An unreadable vector has no score: never zero, which would read as harmless."""
    assert severity.rate(kind, vector).score is None


PIECES = st.sampled_from([*"/:AVNCLPRUISHE", "AV:N", "CVSS:3.1", "CVSS:4.0", "/", " ", "\x00", "é", "\ud800"])


@given(st.sampled_from(KINDS), st.one_of(st.text(), st.lists(PIECES).map("".join)))
@example("CVSS_V4", CRITICAL_3 + "/")
def test_no_vector_raises(kind: str, vector: str) -> None:
    """Whatever stands where a vector should, a rating comes back."""
    score = severity.rate(kind, vector).score
    assert score is None or 0.0 <= score <= 10.0


@given(st.sampled_from(KINDS), st.sampled_from([CRITICAL_3, HIGH_4, MEDIUM_2]), st.data())
def test_no_mutilated_vector_raises(kind: str, vector: str, data: st.DataObject) -> None:
    """A vector with a part cut out, doubled or replaced is still answered."""
    start = data.draw(st.integers(0, len(vector)))
    end = data.draw(st.integers(start, len(vector)))
    mutilated = vector[:start] + data.draw(PIECES) * data.draw(st.integers(0, 2)) + vector[end:]
    score = severity.rate(kind, mutilated).score
    assert score is None or 0.0 <= score <= 10.0


def test_a_record_counts_with_its_best_standard() -> None:
    """CVSS 4 goes before 3, and 3 before 2, even where they score higher."""
    both = rated("A", ("CVSS_V2", MEDIUM_2), ("CVSS_V3", CRITICAL_3), ("CVSS_V4", HIGH_4))
    assert severity.of([both]) == ("high", 8.7)


def test_of_two_vectors_of_one_standard_the_higher_counts() -> None:
    """A record may be rated by its author and by a national database."""
    assert severity.of([rated("A", ("CVSS_V3", LOW_3), ("CVSS_V3", CRITICAL_3))]) == ("critical", 9.8)


def test_an_unreadable_better_standard_gives_way() -> None:
    """Where the CVSS 4 vector cannot be read, the CVSS 3 one counts."""
    assert severity.of([rated("A", ("CVSS_V4", "CVSS:4.0/broken"), ("CVSS_V3", LOW_3))]) == ("low", 3.1)


def test_a_group_is_as_severe_as_its_worst_record() -> None:
    """The highest score of the group's own records counts, whichever standard it is of."""
    group = [rated("A", ("CVSS_V4", HIGH_4)), rated("B", ("CVSS_V3", CRITICAL_3)), rated("C", ("CVSS_V3", LOW_3))]
    assert severity.of(group) == severity.of(reversed(group)) == ("critical", 9.8)


def test_words_count_only_without_scores() -> None:
    """A score is better than a word; without any score, the worst word counts."""
    assert severity.of([rated("A", ("CVSS_V3", LOW_3), word="critical")]) == ("low", 3.1)
    assert severity.of([rated("A", word="low"), rated("B", word="moderate"), rated("C")]) == ("medium", None)


def test_without_score_and_word_nothing_is_known() -> None:
    """Severity is unknown, never low, when nobody said anything; and when nobody is there."""
    assert severity.of([rated("A"), rated("B", ("CVSS_V3", "?"), word="spicy")]) == ("unknown", None)
    assert severity.of([]) == ("unknown", None)


def test_rank_follows_the_order() -> None:
    """Every band has a rank, the worst the highest; what is unknown ranks above what is known to be harmless."""
    ranks = [severity.RANK[band] for band in severity.ORDER]
    assert ranks == sorted(ranks, reverse=True)
    assert severity.ORDER[0] == "critical"
    assert severity.RANK["unknown"] > severity.RANK["none"]
