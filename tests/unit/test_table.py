"""Tables: every format gives the same coins; bad rows are reported and do not stop the rest."""

import csv
import io
import json
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinstore.errors import MappingError, SourceError
from coinstore.records.cells import NOT_A_NAME, clean
from coinstore.records.coin import FACES, Coin
from coinstore.records.described import columns
from coinstore.records.json_text import decode
from coinstore.records.mapping import IMAGE_RIGHTS, RIGHTS, read_mapping
from coinstore.records.reader import Reading, read
from coinstore.records.texts import field_text
from coinstore.records.values.several import parts, value

MAPPINGS = Path(__file__).parents[1] / "mappings"


def coins(path: Path, collection: str | None = "M", mapping: str | None = None) -> list[Coin]:
    if mapping is not None:
        file = path.with_suffix(".toml")
        file.write_text(mapping, "utf-8")
    return list(
        read(
            Reading(
                str(path),
                collection,
                None,
                read_mapping(str(file)) if mapping is not None else None,
            )
        )
    )


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def one(tmp_path: Path, header: str, row: str) -> Coin:
    return coins(write(tmp_path / "a.csv", f"{header}\n{row}\n"))[0]


def test_usual_names_in_english_and_german(tmp_path: Path) -> None:
    english = (
        "Inv. No.,Museum,Weight (g),Diameter,Die axis,Date,Material,Denomination,Mint,Ruler,Findspot,Type"
    )
    german = "Inventarnummer,Sammlung,Gewicht in g,Durchmesser,Stempelstellung,Datierung,Metall,Nominal,Münzstätte,Münzherr,Fundort,Typ"
    row = 'A 1,Berlin,"3,71",19-23,6h,ca. 430-404 v. Chr.,AR,Stater,Thasos,Philip,Athens,RIC 1'
    for header in (english, german):
        coin = one(tmp_path, header, row)
        assert (coin.inventory_number, coin.collection) == ("A 1", "Berlin")
        assert coin.fields == {
            "weight_g": 3.71,
            "diameter_mm": 23,
            "diameter_min_mm": 19,
            "die_axis_h": 6,
            "year_from": -430,
            "year_to": -404,
            "material": "AR",
            "denomination": "Stater",
            "mint": "Thasos",
            "authority": "Philip",
            "findspot": "Athens",
        }
        assert coin.types and coin.types[0].label == "RIC 1"
        assert coin.faults == ()


@pytest.mark.parametrize(
    ("column", "text", "field", "reason"),
    [
        ("weight", "0", "weight_g", "0 is not a measurement"),
        ("weight", "-3", "weight_g", ""),
        ("weight", "3-4", "weight_g", "a range is not a single measurement"),
        ("die axis", "13", "die_axis_h", ""),
        ("year_from", "0", "year_from", "year 0"),
        ("date", "before 49 BC", "year_from", ""),
        ("diameter", "large", "diameter_mm", ""),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_no_value(tmp_path: Path, column, text, field, reason) -> None:
    coin = one(tmp_path, f"id,{column},mint", f"1,{text},Rome")
    assert coin.fields[field] is None
    assert coin.fields["mint"] == "Rome"
    [fault] = coin.faults
    assert (fault.column, fault.text) == (column, text)
    assert reason in fault.reason
    assert coin.raw[column] == text


def test_a_span_that_runs_backwards(tmp_path: Path) -> None:
    coin = one(tmp_path, "id,date_earliest,date_latest", "1,145,144")
    assert (coin.fields["year_from"], coin.fields["year_to"]) == (None, None)
    assert coin.faults[0].reason == "the span runs backwards"


def test_short_rows_are_padded_and_long_rows_refused(tmp_path: Path) -> None:
    found = coins(write(tmp_path / "a.csv", "id,mint\n1,Rome\n2\n3,Ostia,extra\n\n4,Rome\n"))
    assert [coin.inventory_number for coin in found] == ["1", "2", None, "4"]
    assert (found[1].refusal, found[1].fields) == (None, {"mint": None})
    assert (
        found[2].refusal
        == "has 3 cells where the header has 2; put quotes around a cell that has the delimiter in it"
    )
    assert (found[2].place, found[2].raw) == (
        "row 4",
        {"id": "3", "mint": "Ostia", "column 3": "extra"},
    )


def test_a_row_without_a_number_is_refused(tmp_path: Path) -> None:
    assert one(tmp_path, "id,mint", ",Rome").refusal == "has no inventory number"


def test_a_place_is_the_line_where_a_record_begins(tmp_path: Path) -> None:
    found = coins(write(tmp_path / "a.csv", 'id,mint\n1,"Ro\nme"\n2,Ostia\n'))
    assert [coin.place for coin in found] == ["row 2", "row 4"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"id,mint\n", "has a header and no rows"),
        (b"id,id\n1,2\n", "the column 'id' twice"),
        (b"mint\nRome\n", "no column is the inventory number"),
        ("id,Münzstätte\n1,Köln\n".encode("latin-1"), "row 1: byte 0xfc is not utf-8"),
        (b"id,mint\n1,Rome\n2,K\xf6ln\n", "row 3: byte 0xf6 is not utf-8"),
        (b"id,weight,Gewicht\n1,2,3\n", "both look like weight_g"),
        (b'id,"mint\n1,Rome\n', "row 1: is not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(
    tmp_path: Path, body: bytes, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        coins(write(tmp_path / "a.csv", body))


def test_no_collection(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="add --collection"):
        coins(write(tmp_path / "a.csv", "id\n1\n"), collection=None)


def test_encodings(tmp_path: Path) -> None:
    text = "id,Münzstätte\n1,Thasos ΘΑΣΙΩΝ Köln\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        [coin] = coins(write(tmp_path / "a.csv", text.encode(encoding)))
        assert coin.fields["mint"] == "Thasos ΘΑΣΙΩΝ Köln"
    latin = write(tmp_path / "b.csv", "id,Münzstätte\n1,Köln\n".encode("latin-1"))
    assert coins(latin, mapping='encoding = "latin-1"')[0].fields["mint"] == "Köln"


def test_a_stray_quote_costs_its_own_row_alone(tmp_path: Path) -> None:
    found = coins(
        write(tmp_path / "a.csv", 'id,mint\n1,Rome\n2,"Ostia\n3,Rome\n4,"Ro\nme"\n5,x\n6,"Rome\n7,Rome\n')
    )
    assert [(coin.place, coin.inventory_number) for coin in found] == [
        ("row 2", "1"),
        ("row 3", None),
        ("row 4", "3"),
        ("row 5", "4"),
        ("row 7", "5"),
        ("row 8", None),
        ("row 9", "7"),
    ]
    assert "is not CSV" in str(found[1].refusal)
    assert found[1].raw == {"line": '2,"Ostia\n'}


@given(
    st.lists(st.tuples(st.text('ab,"\n', max_size=4), st.text('cd"\n', max_size=4)), min_size=1, max_size=8)
)
def test_no_row_is_lost_however_the_quotes_stand(rows: list[tuple[str, str]]) -> None:
    """Rows written by csv are read back with their line numbers, whatever broken line is between them."""
    with tempfile.TemporaryDirectory() as folder:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["id", "mint"])
        for n, (number, mint) in enumerate(rows):
            writer.writerow([f"k{n}{number}", mint])
            text.write('broken,"x"y\n')
        found = coins(write(Path(folder) / "a.csv", text.getvalue()))
    assert [str(coin.raw["id"]) for coin in found if not coin.refusal] == [
        f"k{n}{a}" for n, (a, _) in enumerate(rows)
    ]
    assert sum(bool(coin.refusal) for coin in found) == len(rows)


def test_a_column_of_the_mapping_that_is_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,mint\n1,Rome\n")
    with pytest.raises(SourceError, match="has no column 'Gewicht', which the mapping file names"):
        coins(path, mapping='[columns]\n"Gewicht" = "weight_g"\n')


def test_what_no_record_has_is_told_at_the_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '[{"id": "1", "mint": {"name": "Rome"}}]')
    mapping = '[columns]\n"mint.name" = "mint"\n"mint.nmae" = "findspot"\n'
    (tmp_path / "a.toml").write_text(mapping, "utf-8")
    found: list[Coin] = []
    with pytest.raises(
        SourceError, match=r"no record has 'mint\.nmae', which the mapping file names; everything else is"
    ):
        found.extend(read(Reading(str(path), "M", None, read_mapping(str(tmp_path / "a.toml")))))
    assert found[0].fields["mint"] == "Rome"


def test_the_first_item_alone_may_lack_a_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '[{"mint": "Rome"}, {"id": "2", "mint": "Ostia"}]')
    assert [coin.inventory_number for coin in coins(path)] == [None, "2"]


def test_numbers_that_no_computer_holds_are_kept_as_text(tmp_path: Path) -> None:
    for name, body in (
        ("a.json", '[{"id": "1", "weight": 1e999}]'),
        ("a.jsonl", '{"id": "1", "weight": -1e999}'),
    ):
        [coin] = coins(write(tmp_path / name, body))
        assert "1E+999" in coin.raw["weight"]
        assert [fault.column for fault in coin.faults] == ["weight"]


def test_what_python_writes_and_json_does_not_know(tmp_path: Path) -> None:
    rows = [{"id": str(n), "weight": float("nan") if n == 700 else 3.5} for n in range(900)]
    found = coins(write(tmp_path / "a.json", json.dumps(rows)))
    assert [coin.inventory_number for coin in found] == [row["id"] for row in rows]
    assert found[700].raw["weight"] == "NaN"
    assert found[700].place == "item 701"


def test_what_is_nested_without_end_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nested more than 100 deep"):
        coins(write(tmp_path / "a.json", "[" * 100_000))


def test_what_came_before_a_wrong_byte_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"id,mint\n1,Rome\n" + b"2,x\n" * 40_000 + b"3,K\xf6ln\n")
    found: list[Coin] = []
    with pytest.raises(SourceError, match="row 40003: byte 0xf6"):
        found.extend(read(Reading(str(path), "M")))
    assert len(found) > 20_000


def test_nul_is_replaced_and_told(tmp_path: Path) -> None:
    [coin] = coins(write(tmp_path / "a.jsonl", '{"id": "1", "mint": "Ro\\u0000me", "x": "\\ud800"}\n'))
    assert "\0" not in json.dumps(coin.raw, ensure_ascii=False).replace("\\u0000", "\0")
    json.dumps(coin.raw, ensure_ascii=False).encode("utf-8")
    assert "NUL, half a character" in coin.faults[0].reason
    assert coin.fields["mint"] == "Ro\ufffdme"


def test_faults_have_no_characters_that_a_database_refuses(tmp_path: Path) -> None:
    twice = '"mi\\u0000nt": 5, "a\\ud83d": 1, "a\\ud83d": "\\ud83d"'
    [coin] = coins(write(tmp_path / "a.jsonl", f'{{"id": "1", {twice}}}\n'))
    columns = {fault.column for fault in coin.faults}
    assert {"mi\ufffdnt", "a\ufffd"} <= columns
    for fault in coin.faults:
        assert "\0" not in fault.column + fault.text
        (fault.column + fault.text + fault.reason).encode("utf-8")


def test_images_are_relative_to_their_base(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,obverse_image,reverse_image\n1,a.jpg,\n")
    assert coins(path)[0].sides == {
        "obverse": {"image": str(tmp_path / "a.jpg")},
        "reverse": {"image": None},
    }
    (tmp_path / "photos").mkdir()
    [coin] = read(Reading(str(path), "M", str(tmp_path / "photos")))
    assert coin.sides["obverse"]["image"] == str(tmp_path / "photos" / "a.jpg")


def test_a_source_speaks_of_its_columns_only(tmp_path: Path) -> None:
    coin = one(tmp_path, "id,mint", "1,")
    assert coin.fields == {"mint": None}
    assert (coin.sides, coin.types) == ({}, None)
    assert one(tmp_path, "id,type", "1,ohne Zuordnung").types == ()


def test_mapping_units_constants_joint_and_paths(tmp_path: Path) -> None:
    items = [
        {
            "nr": 7,
            "size": "2,42",
            "place": {"a": "Thasos", "b": "Aegean"},
            "title": "x",
            "type": "y",
        }
    ]
    path = write(tmp_path / "a.json", json.dumps({"data": {"items": items}}))
    [coin] = coins(
        path,
        mapping="""
        records = "data.items"
        [constants]
        material = "Silver"
        collection = "Corpus"
        [columns]
        nr = "inventory_number"
        size = {field = "diameter_mm", unit = "cm"}
        "place.a" = {field = "findspot", join = ", "}
        "place.b" = {field = "findspot", join = ", "}
        type = ""
    """,
    )
    assert (coin.inventory_number, coin.collection, coin.types) == ("7", "Corpus", None)
    assert coin.fields["diameter_mm"] == pytest.approx(24.2)
    assert coin.fields["findspot"] == "Thasos, Aegean"
    assert coin.fields["material"] == "Silver"
    assert coin.raw == items[0]


def test_the_mapping_says_which_of_several_columns_counts_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "nr,mint_old,mint_new\n1,Byzantion,Byzantium\n2,Byzantion,\n")
    columns_of = """
        [columns]
        mint_new = "mint"
        mint_old = "mint"
        nr = "inventory_number"
    """
    assert [coin.fields["mint"] for coin in coins(path, mapping=columns_of)] == ["Byzantium", "Byzantion"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colums = 1", "unknown key 'colums'"),
        ("[columns]\nx = 'weight'", "there is no field 'weight'; the fields are inventory_number"),
        ("[columns]\nx = {field = 'mint', units = 'g'}", "column 'x' must be"),
        ("[constants]\nfoo = 'x'", "there is no field 'foo'"),
        ("encoding = 1", "encoding must be a text"),
        ("header_row = -1", "header_row must be the number of a row"),
        ("header_row = true", "header_row must be the number of a row"),
        ("placeholders = 'x'", "placeholders must be a list of texts"),
        ("placeholders = [1]", "placeholders must be a list of texts"),
        ("delimiter = '||'", "delimiter must be one character"),
        ("= =", "is not TOML"),
    ],
)
def test_a_mapping_is_held_to_its_word(tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path / "m.toml", text)
    with pytest.raises(MappingError, match=message):
        read_mapping(str(file))


def test_columns_are_shown_before_anything_is_stored(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,Weight (g),note\n1,3.5,x\n2,,y\n")
    shown = {c.column: c for c in columns(Reading(str(path)))}
    assert shown["Weight (g)"].field == "weight_g"
    assert shown["Weight (g)"].how == "usual name in g"
    assert (shown["note"].field, shown["note"].how, shown["note"].examples) == (
        None,
        "kept verbatim",
        ("x", "y"),
    )


words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs", "Cc")),
    max_size=12,
)
tables = st.lists(st.tuples(st.integers(1, 10**6), words, words), min_size=1, max_size=5)


def first_certain(cell: str) -> str | None:
    """The first certain name in a cell; None where one of its names is a number."""
    named = [value(part) for part in parts(field_text("mint", cell.strip()))]
    names = [(field_text("mint", one.name or ""), one.is_uncertain) for one in named]
    if any(NOT_A_NAME.fullmatch(name) for name, _ in names):
        return None
    return next((name for name, is_uncertain in names if name and not is_uncertain), None)


def _written(folder: Path, kind: str, header: list[str], rows: list[list[str]]) -> Path:
    path = folder / f"t.{kind}"
    records = [dict(zip(header, row, strict=True)) for row in rows]
    if kind in ("csv", "tsv"):
        out = io.StringIO(newline="")
        csv.writer(out, delimiter="\t" if kind == "tsv" else ",").writerows([header, *rows])
        return write(path, out.getvalue())
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.active.append(row)
        book.save(path)
        return path
    text = json.dumps(records) if kind == "json" else "\n".join(map(json.dumps, records))
    return write(path, text)


@settings(max_examples=60)
@given(table=tables, kind=st.sampled_from(["csv", "tsv", "json", "jsonl", "xlsx"]))
def test_every_kind_of_table_reads_alike(tmp_path: Path, table, kind) -> None:
    rows = [[f"N{number}", mint, legend] for number, mint, legend in table]
    if kind == "xlsx" and any(cell.startswith("=") or not cell.isprintable() for row in rows for cell in row):
        return  # a spreadsheet reads these as formulas
    found = coins(_written(tmp_path, kind, ["id", "mint", "obverse_legend"], rows))
    mints = [first_certain(mint) for _, mint, _ in rows]
    assert [c.inventory_number for c in found] == [number for number, _, _ in rows]
    assert [c.fields["mint"] for c in found] == mints
    assert [c.sides["obverse"]["legend"] for c in found] == [
        field_text("obverse_legend", legend.strip()) or None for _, _, legend in rows
    ]


@settings(max_examples=150)
@given(body=st.binary(max_size=200), kind=st.sampled_from(["csv", "tsv", "json", "jsonl", "xlsx"]))
def test_any_bytes_at_all_raise_nothing_but_our_error(tmp_path: Path, body: bytes, kind: str) -> None:
    path = write(tmp_path / f"a.{kind}", b"id,mint\n" + body if kind == "csv" else body)
    try:
        coins(path)
    except SourceError as error:
        assert "a." in str(error)


def test_the_real_tables(real: Path) -> None:
    roman = list(read(Reading(str(real / "roman/records.csv"))))
    assert len(roman) == 1684
    assert all(coin.refusal is None and coin.faults == () for coin in roman)
    berlin = list(
        read(
            Reading(
                str(real / "berlin/coins.csv"),
                "B",
                None,
                read_mapping(str(MAPPINGS / "berlin.toml")),
            )
        )
    )
    assert len(berlin) == 8902
    assert sum(f.column == "weight" for c in berlin for f in c.faults) == 6
    assert sum(c.fields["weight_g"] == 0 for c in berlin) == 0
    commas = [c for c in berlin if "," in c.raw["diameter"] and "-" not in c.raw["diameter"]]
    assert len(commas) >= 223
    assert all(c.fields["diameter_mm"] for c in commas)
    cn8 = list(
        read(
            Reading(
                str(real / "cn8/coins.json"),
                None,
                str(real / "cn8"),
                read_mapping(str(MAPPINGS / "cn8.toml")),
            )
        )
    )
    assert len(cn8) == 8
    assert all(Path(side["image"]).is_file() for coin in cn8 for side in coin.sides.values())
    assert (cn8[0].fields["year_from"], cn8[0].fields["year_to"]) == (-430, -404)


def test_json_lines_keep_what_json_has_no_word_for(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        '{"id": "1", "weight": NaN, "mint": "Rome\u2028Ostia"}\n{"mint": "x"}\n{"id": "3"}',
    )
    first, second, third = coins(path)
    assert first.raw["weight"] == "NaN"
    assert "weight_g" not in first.fields or first.fields["weight_g"] is None
    assert "Ostia" in str(first.fields["mint"])
    assert second.refusal == "has no inventory number"
    assert third.inventory_number == "3"


def test_the_last_line_ends_where_the_file_does(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"id": "1", "mint": "a\x85c\u2028d"}')
    assert [coin.refusal for coin in coins(path)] == [None]


def test_a_text_too_long_for_an_index_is_a_fault(tmp_path: Path) -> None:
    coin = one(tmp_path, "id,mint", f"1,{'x' * 9000}")
    assert coin.fields["mint"] is None
    assert [fault.reason for fault in coin.faults] == ["has more than 500 characters"]
    assert "501 characters" in str(one(tmp_path, "id,mint", f"{'9' * 501},Rome").refusal)


def test_types_by_address_alone_have_it_for_a_label(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,type uri\n1,http://x/a\n2,http://x/b\n")
    mapping = '[columns]\n"type uri" = "type_uri"\n'
    assert [coin.types[0].label for coin in coins(path, mapping=mapping)] == ["http://x/a", "http://x/b"]


def test_an_encoding_that_no_one_knows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,mint\n1,Rome\n")
    with pytest.raises(SourceError, match="there is no encoding 'klingon'"):
        coins(path, mapping='encoding = "klingon"\n')


def test_a_placeholder_is_no_value_in_any_field(tmp_path: Path) -> None:
    fields = "Material,Mint,Denomination,Authority,Portrait,Findspot,Provenance,Type,Obverse legend,Weight,Diameter,Die axis,Date"
    row = "n/a,unknown mint,NULL,?,-,unbekannt,k. A.,Uncertain value,(blank),N/A,nicht gewogen,--,n.d."
    coin = one(tmp_path, f"Inv,Obverse image,{fields}", f"1,n/a,{row}")
    assert set(coin.fields.values()) == {None} and coin.faults == () and coin.types == ()
    assert coin.sides["obverse"] == {"legend": None, "image": None}
    assert coin.raw["Mint"] == "unknown mint"


def test_a_mapping_names_more_placeholders(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Inv,Mint,Weight\n1,siehe Akte,999\n2,Rome,3.5\n")
    first, second = coins(table, mapping='placeholders = ["Siehe Akte", "999"]')
    assert (first.fields["mint"], first.fields["weight_g"], first.faults) == (None, None, ())
    assert (second.fields["mint"], second.fields["weight_g"]) == ("Rome", 3.5)


def test_a_placeholder_leaves_the_next_column_its_turn(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Inv,a,b,c\n1,?,Rome,-\n")
    [coin] = coins(
        table,
        mapping='[columns]\na = "mint"\nb = {field = "mint", join = ", "}\nc = {field = "mint", join = ", "}',
    )
    assert coin.fields["mint"] == "Rome"


def test_names_are_one_name_and_the_record_stays_as_it_came(tmp_path: Path) -> None:
    table = write(
        tmp_path / "a.csv", "Inv,Museum,Mint,Type\nMu\u0308nze\u00a0 1,\u200bBerlin,Rome\u200e,RIC\u00ad 1\n"
    )
    [coin] = coins(table, None)
    assert (coin.inventory_number, coin.collection) == ("Münze 1", "Berlin")
    assert (coin.fields["mint"], coin.types[0].label) == ("Rome", "RIC 1")
    assert coin.raw["Inv"] == "Mu\u0308nze\u00a0 1" and coin.raw["Mint"] == "Rome\u200e"
    assert coins(table, "Mu\u0308nchen\u00a0")[0].collection == "Berlin"
    plain = write(tmp_path / "b.csv", "Inv\n1\n")
    assert coins(plain, "Mu\u0308nchen\u00a0")[0].collection == "München"


@pytest.mark.parametrize(
    ("header", "text", "field", "value"),
    [
        ("Weight (g)", "3,45 gr", "weight_g", 3.45),
        ("Weight, g", "3.45", "weight_g", 3.45),
        ("Weight [mg]", "3450", "weight_g", 3.45),
        ("Gewicht in Gramm", "3,45", "weight_g", 3.45),
        ("Weight (grams)", "3.45", "weight_g", 3.45),
        ("weight_g", "3.45 gr.", "weight_g", 3.45),
        ("Diameter, mm", "18", "diameter_mm", 18),
        ("Durchmesser in cm", "1,8", "diameter_mm", 18),
        ("Die axis (°)", "180", "die_axis_h", 6),
        ("Die axis [deg]", "0", "die_axis_h", 12),
        ("Die axis (degrees)", "90", "die_axis_h", 3),
        ("Die axis, h", "6", "die_axis_h", 6),
        ("die_axis_h", "6", "die_axis_h", 6),
        ("Stempelstellung (h)", "VI", "die_axis_h", 6),
        ("Die axis", "180 deg", "die_axis_h", 6),
        ("Die axis", "↑↓", "die_axis_h", 6),
    ],
)
def test_a_unit_in_the_name_of_a_column(tmp_path: Path, header, text, field, value) -> None:
    coin = one(tmp_path, f'Inv;"{header}"', f"1;{text}")
    assert (coin.fields[field], coin.faults) == (value, ())


def test_the_unit_of_the_mapping_decides(tmp_path: Path) -> None:
    table = write(tmp_path / "a.csv", "Inv;Peso;Asse\n1;3,45 gr;180\n2;3,5 gr.;0\n")
    mapping = (
        '[columns]\n"Peso" = {field = "weight_g", unit = "g"}\n"Asse" = {field = "die_axis_h", unit = "deg"}'
    )
    found = coins(table, mapping=mapping)
    assert [(c.fields["weight_g"], c.fields["die_axis_h"], c.faults) for c in found] == [
        (3.45, 6, ()),
        (3.5, 12, ()),
    ]
    bare = '[columns]\n"Peso" = "weight_g"\n"Asse" = "die_axis_h"'
    first = coins(table, mapping=bare)[0]
    assert [fault.column for fault in first.faults] == ["Asse", "Peso"] and first.fields["weight_g"] is None


@pytest.mark.parametrize("number", ["L\u041c 1", "\u0410B 1", "A\u0397"])
def test_a_number_that_mixes_alphabets_is_told_and_kept(tmp_path: Path, number: str) -> None:
    coin = one(tmp_path, "Inv", number)
    assert coin.inventory_number == number and coin.refusal is None
    assert "letters of another alphabet" in coin.faults[0].reason


@pytest.mark.parametrize(
    "number", ["LM 1", "\u041c\u041c 1", "\u0391\u0398\u0395 1", "A \u0391", "Münze 1", "\u03941a"]
)
def test_a_number_in_one_alphabet_is_no_fault(tmp_path: Path, number: str) -> None:
    assert one(tmp_path, "Inv", number).faults == ()


@given(st.text(), st.sampled_from(["mint", "inventory_number", "obverse_legend"]))
def test_a_text_that_was_read_is_read_as_itself(text: str, field: str) -> None:
    once = field_text(field, clean(text))
    assert field_text(field, clean(once)) == once and clean(once) == once


def test_a_name_that_comes_very_often_in_json_takes_no_time() -> None:
    text = "{" + ",".join(f'"a":{n}' for n in range(200_000)) + "}"
    assert len(decode(text)["a"]) == 200_000


@pytest.mark.parametrize(
    ("name", "field", "cell", "value"),
    [
        ("Dm (cm)", "diameter_mm", "1,8", 18),
        ("Masse [mg]", "weight_g", "3450", 3.45),
        ("kleinster Durchm., cm", "diameter_min_mm", "1.7", 17),
        ("Achse (°)", "die_axis_h", "180", 6),
    ],
)
def test_the_unit_in_a_name_holds_for_a_mapped_column_too(
    tmp_path: Path, name: str, field: str, cell: str, value: float
) -> None:
    table = tmp_path / "t.csv"
    table.write_text(f"Inv;{name}\nA 1;{cell}\n")
    (coin,) = coins(table, mapping=f'[columns]\n"{name}" = "{field}"')
    assert coin.fields[field] == pytest.approx(value)


def test_the_name_of_an_object_is_its_value(tmp_path: Path) -> None:
    table = tmp_path / "t.json"
    records = [
        {
            "id": "A 1",
            "mint": {"id": "x", "name": "Thasos"},
            "type": {"label": "RIC 1"},
            "date": {"text": "44 BC"},
        },
        {"id": "A 2", "mint": "Rome", "weight": {"value": 3450, "unit": "mg"}},
    ]
    table.write_text(json.dumps(records))
    first, second = coins(table)
    assert (first.fields["mint"], first.fields["year_from"], first.types[0].label) == ("Thasos", -44, "RIC 1")
    assert second.fields["mint"] == "Rome" and second.fields.get("weight_g") is None


def test_a_sign_for_the_diameter_is_its_name(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("Inv;Ø (cm)\nA 1;1,8\n")
    assert coins(table)[0].fields["diameter_mm"] == 18


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_mapping_file_may_be_in_any_encoding_of_unicode(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "map.toml"
    path.write_bytes('[columns]\r\n"Münzstätte" = "mint"\r\n'.encode(encoding))
    assert read_mapping(str(path)).columns["Münzstätte"].field == "mint"


def test_a_missing_mapping_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="there is no such mapping file; check its name"):
        read_mapping(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    "right", [*RIGHTS, *IMAGE_RIGHTS, *(f"{face}_{one}" for face in FACES for one in IMAGE_RIGHTS)]
)
def test_rights_are_one_name_whichever_column_says_them(right: str) -> None:
    assert field_text(right, "CC\u00a0BY \U000e018b4.0") == "CC BY 4.0"
