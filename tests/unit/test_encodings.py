"""Encodings: marks, line ends, late bytes, and what coinstore advises when a byte is wrong."""

import codecs
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinstore.errors import SourceError
from coinstore.records.coin import Coin
from coinstore.records.encodings import advice, encoding_of
from coinstore.records.lines import decoded_lines
from coinstore.records.mapping import Mapping
from coinstore.records.reader import Reading, read

WESTERN = "Inventory number;Mint;Provenance\nA 1;München;Sotheby’s, €200\nA 2;Köln;27 BC – AD 14\n"


def coins(path: Path, body: bytes, encoding: str | None = None) -> list[Coin]:
    path.write_bytes(body)
    return list(read(Reading(str(path), "M", None, Mapping(encoding=encoding))))


@pytest.mark.parametrize(
    ("encoding", "text", "expected"),
    [
        ("cp1252", WESTERN, "München"),
        ("cp1252", "Inventory number;Atelier\n1;Trèves\n2;Nîmes, trouvé à Besançon\n", "Trèves"),
        ("cp1252", "Inventory number;Date\n1;27 BC – AD 14\n", "27 BC – AD 14"),
        ("mac_roman", "Inventory number;Mint\nM 1;München\n", "München"),
        ("mac_roman", "Inventory number;Mint\nM 1;Köln\nM 2;“IMP”…\n", "Köln"),
        ("cp850", "Inventory number;Mint\nM 1;Köln\nM 2;Zürich\nM 3;weiß\n", "Köln"),
        ("cp1250", "Inventory number;Mint\nM 1;Łódź\nM 2;Kraków\n", "Łódź"),
        ("cp1253", "Inventory number;Legend\nM 1;νόμισμα\n", "νόμισμα"),
        ("cp1254", "Inventory number;Mint\nM 1;İstanbul müzesi\n", "İstanbul müzesi"),
    ],
)
def test_the_likeliest_encoding_is_advised_first(
    tmp_path: Path, encoding: str, text: str, expected: str
) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(SourceError, match=f'\\(--map\\): encoding = "{encoding}" reads {expected!r}'):
        coins(path, text.encode(encoding))
    assert len(coins(path, text.encode(encoding), encoding)) == text.count("\n") - 1


def test_what_was_advised_reads_the_file(tmp_path: Path) -> None:
    first, second = coins(tmp_path / "a.csv", WESTERN.encode("cp1252"), "cp1252")
    assert (first.fields["mint"], first.fields["provenance"]) == ("München", "Sotheby’s, €200")
    assert second.fields["provenance"] == "27 BC – AD 14"


@pytest.mark.parametrize("encoding", ["latin-1", "iso-8859-15", "iso-8859-7"])
def test_no_control_characters_from_an_encoding_that_has_only_these(tmp_path: Path, encoding: str) -> None:
    body = "Inventory number;Date\nA 1;27 BC – AD 14\n".encode("cp1252")
    with pytest.raises(SourceError, match=f"row 2: byte 0x96 is a control character in {encoding}.*cp1252"):
        coins(tmp_path / "a.csv", body, encoding)


def test_latin_1_where_it_is_true(tmp_path: Path) -> None:
    [coin] = coins(tmp_path / "a.csv", "id;mint\n1;Köln\n".encode("latin-1"), "latin-1")
    assert coin.fields["mint"] == "Köln"


def test_a_byte_far_below_is_told_with_its_row(tmp_path: Path) -> None:
    body = b"id;mint\n" + b"1;Rome\n" * 30_000 + "2;Zürich\n".encode("cp1252") + b"1;Rome\n" * 30_000
    with pytest.raises(SourceError, match=r"row 30002: byte 0xfc is not utf-8.*cp1252. reads 'Zürich'"):
        coins(tmp_path / "a.csv", body)


def test_a_row_in_another_encoding_is_told_as_such(tmp_path: Path) -> None:
    body = "id;mint\n1;Köln\n".encode() + "2;Zürich\n".encode("cp1252")
    with pytest.raises(
        SourceError, match=r"row 3: byte 0xfc .*; what is above it is, so that this row .*Zürich"
    ):
        coins(tmp_path / "a.csv", body)


def test_very_long_lines(tmp_path: Path) -> None:
    text = "x" * 3_000_000
    found = coins(tmp_path / "a.csv", f"id,note\n1,{text}\n2,{text}\n".encode())
    assert [len(str(coin.raw["note"])) for coin in found] == [3_000_000] * 2


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + WESTERN.encode(),
        codecs.BOM_UTF8 * 2 + WESTERN.encode(),
        codecs.BOM_UTF8 + WESTERN.replace("Inventory number", '"Inventory number"').encode(),
        WESTERN.encode("utf-16"),
        WESTERN.encode("utf-16-le"),
        WESTERN.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + WESTERN.encode("utf-16-be"),
        WESTERN.encode("utf-32"),
        WESTERN.replace("\n", "\r").encode(),
        WESTERN.replace("\n", "\r\n").encode("utf-16"),
        ("\ufeff" + WESTERN).encode("utf-16-le"),
    ],
)
def test_marks_and_line_ends(tmp_path: Path, body: bytes) -> None:
    found = coins(tmp_path / "a.csv", body)
    assert [(c.inventory_number, c.fields["mint"], c.faults) for c in found] == [
        ("A 1", "München", ()),
        ("A 2", "Köln", ()),
    ]


def test_a_mark_is_truer_than_a_mapping(tmp_path: Path) -> None:
    assert (
        coins(tmp_path / "a.csv", codecs.BOM_UTF8 + WESTERN.encode(), "cp1252")[0].fields["mint"] == "München"
    )


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64", "undefined", "idna", "punycode"])
def test_what_is_not_an_encoding_of_text(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(SourceError, match=f"there is no encoding '{encoding}'"):
        coins(tmp_path / "a.csv", b"id\n1\n", encoding)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=9), max_size=9),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16", "utf-16-be", "utf-32"]),
    st.integers(1, 7),
)
def test_lines_are_the_same_however_a_file_comes(lines, end, encoding, size) -> None:
    """However it is cut into chunks: the second half of a character or a line end comes with the next."""
    body = "".join(f"x{line}{end}" for line in lines).encode(encoding)
    chunks = iter([body[n : n + size] for n in range(0, len(body), size)])
    found = [line.rstrip("\r\n") for line in decoded_lines("t", chunks, encoding)]
    assert found == [f"x{line}" for line in lines]


@given(st.binary(min_size=1, max_size=60).filter(lambda body: any(byte > 127 for byte in body)), st.randoms())
def test_advice_names_encodings_that_can_read_the_rest(body: bytes, chance: random.Random) -> None:
    at = chance.choice([n for n, byte in enumerate(body) if byte > 127])
    for said in advice(body, at).split('encoding = "')[1:]:
        body[at:].decode(said.split('"')[0])


@given(st.binary(max_size=80))
def test_there_is_always_an_encoding(start: bytes) -> None:
    b"a".decode(encoding_of(start, None), "replace")


@pytest.mark.parametrize("letter", "ØÅÆŒÈÊËÂÇÎÏÔÛÑÓÍÚÃÕ")
def test_capitals_of_western_languages_are_likely(letter: str) -> None:
    text = f"Inv;{letter} Größe".encode("cp1252")
    assert advice(text, text.index(letter.encode("cp1252"))).startswith(': encoding = "cp1252" reads')
