"""Outlines: found when photographs are examined, corrected by people, and two faces in one photograph."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.errors import PictureError, SpaceError
from coinstore.images import outlines
from coinstore.images.examine import unexamined
from coinstore.images.outline import FINDER
from coinstore.images.outlines import find_outlines, lacking_outlines
from coinstore.ingest import Ingested, follow, ingest
from coinstore.models.hog import hog_spec
from coinstore.records.mapping import read_mapping
from coinstore.records.reader import Reading
from coinstore.spaces.fill import Filled, fill_spaces
from coinstore.store import Store

Discs = Sequence[tuple[int, int, int]]
BESIDE: Discs = ((150, 130, 90), (450, 130, 90))


def photograph(file: Path, discs: Discs, size: tuple[int, int] = (600, 260), seed: int = 1) -> None:
    """A picture of discs (x, y, radius) on white, each with a noise of its own."""
    picture = Image.new("RGB", size, "white")
    for n, (x, y, radius) in enumerate(discs):
        noise = Image.effect_noise((2 * radius, 2 * radius), 60 + 10 * n + seed).convert("RGB")
        mask = Image.new("L", noise.size)
        ImageDraw.Draw(mask).ellipse((0, 0, 2 * radius - 1, 2 * radius - 1), 255)
        picture.paste(noise, (x - radius, y - radius), mask)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)


def run(store: Engine, *readings: Reading, retry: bool = False) -> Ingested:
    return follow(ingest(store, list(readings), retry=retry))


def found(store: Engine) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Each outline by coin and face, rounded to pixels."""
    with store.begin() as c:
        rows = c.execute(
            text(
                "select c.inventory_number, o.face, round(o.x_px), round(o.y_px), round(o.radius_px)"
                " from api.outlines o join api.coins c using (coin_id)"
            )
        )
        return {(number, face): (int(x), int(y), int(r)) for number, face, x, y, r in rows}


def faults(store: Engine) -> list[str]:
    return sorted(row["reason"] for row in call.look(store, "api.faults"))


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def test_each_photograph_gets_an_outline(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "1_obv.png", [(140, 120, 100)], (300, 260))
    photograph(tmp_path / "1_rev.jpg", [(700, 600, 400)], (1500, 1300))  # decoded smaller
    Image.new("RGB", (90, 60), "grey").save(tmp_path / "2_obv.png")
    run(store, Reading(str(tmp_path), "M"))
    rows = found(store)
    assert near(rows["1", "obverse"], (140, 120, 100)) and near(rows["1", "reverse"], (700, 600, 400), 25)
    assert rows["2", "obverse"] == (45, 30, 45)
    certainty = {row["face"]: row for row in call.look(store, "api.outlines")}
    assert certainty["reverse"]["certainty"] > 0.3
    assert {row["method"] for row in certainty.values()} <= {"ground", "rim", "circle", "whole picture"}
    assert all(len(row["edge"]) == 96 for row in certainty.values())
    again = run(store, Reading(str(tmp_path), "M"))
    assert (again.unchanged, unexamined(store), lacking_outlines(store)) == (2, 0, 0)


def test_a_picture_without_a_face_is_both_if_it_shows_both(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "12.png", BESIDE)
    photograph(tmp_path / "RIC 7" / "13_obv_rev.jpg", [(130, 150, 90), (130, 450, 90)], (260, 600))
    photograph(tmp_path / "14.png", BESIDE[:1], (300, 260))
    photograph(tmp_path / "15.png", [*BESIDE, (750, 130, 90)], (900, 260))
    photograph(tmp_path / "16.png", BESIDE)
    photograph(tmp_path / "16_obv.png", BESIDE[:1], (300, 260))
    first = run(store, Reading(str(tmp_path), "M"))
    assert (first.new, first.refused) == (3, 3)
    rows = found(store)
    assert near(rows["12", "obverse"], BESIDE[0]) and near(rows["12", "reverse"], BESIDE[1])
    assert near(rows["13", "obverse"], (130, 150, 90)) and near(rows["13", "reverse"], (130, 450, 90))
    assert ("16", "reverse") not in rows
    reasons = faults(store)
    assert len(reasons) == 3 and sum("its name shows no face" in one for one in reasons) == 2
    assert any(one.endswith("give each face a photograph of its own") for one in reasons)
    again = run(store, Reading(str(tmp_path), "M"))
    assert (again.new, again.changed, again.unchanged, again.refused) == (0, 0, 3, 3)
    assert found(store) == rows and faults(store) == reasons
    with store.begin() as c:
        assert (
            c.execute(text("select count(distinct sha256) from api.images where sha256 is not null")).scalar()
            == 3
        )
        assert c.execute(text("select type from api.coins where inventory_number = '13'")).scalar() == "RIC 7"
    assert call.read(store, "api.duplicate_photographs") == []


def test_the_thumbnail_of_a_shared_photograph_shows_one_face(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "12.png", BESIDE)
    run(store, Reading(str(tmp_path), "M"))
    with store.begin() as c:
        thumbnails = c.execute(text("select thumbnail from api.images order by face")).scalars().all()
    assert len(set(thumbnails)) == 2
    for one in thumbnails:
        picture = Image.open(BytesIO(one))
        assert 0.9 < picture.width / picture.height < 1.1


def table(folder: Path, *rows: str, header: str = "id,photo") -> Reading:
    (folder / "t.csv").write_text("\n".join([header, *rows]) + "\n")
    return Reading(str(folder / "t.csv"), "M", str(folder))


def test_a_table_names_one_photograph_of_a_coin(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "both.png", BESIDE)
    photograph(tmp_path / "one.png", BESIDE[:1], (300, 260))
    first = run(store, table(tmp_path, "1,both.png", "2,one.png", "3,gone.png", "4,both.png"))
    assert (first.new, first.faults) == (4, 4)
    rows = found(store)
    assert set(rows) == {("1", "obverse"), ("1", "reverse")}
    assert near(rows["1", "reverse"], BESIDE[1])
    reasons = faults(store)
    assert len(reasons) == 4 and "shows one face, and nothing says which" in " ".join(reasons)
    assert sum("another record of this source claims it first" in one for one in reasons) == 2
    again = run(store, table(tmp_path, "1,both.png", "2,one.png", "3,gone.png", "4,both.png"))
    assert (again.unchanged, again.changed, again.faults) == (4, 0, 4)
    photograph(tmp_path / "one.png", BESIDE, seed=5)  # now it shows both
    photograph(tmp_path / "gone.png", BESIDE, seed=9)
    run(store, table(tmp_path, "1,both.png", "2,one.png", "3,gone.png", "4,both.png"), retry=True)
    assert len(found(store)) == 6


def test_both_columns_may_name_one_file(store: Engine, tmp_path: Path) -> None:
    header = "id,obverse image,reverse image"
    photograph(tmp_path / "both.png", BESIDE)
    photograph(tmp_path / "too.png", BESIDE, seed=3)
    photograph(tmp_path / "one.png", BESIDE[:1], (300, 260))
    first = run(
        store, table(tmp_path, "1,both.png,both.png", "2,one.png,one.png", "3,too.png,", header=header)
    )
    assert first.faults == 1 and "shows one face" in faults(store)[0]
    rows = found(store)
    assert near(rows["1", "obverse"], BESIDE[0]) and near(rows["1", "reverse"], BESIDE[1])
    assert near(rows["3", "obverse"], BESIDE[0]) and set(rows) == {
        ("1", "obverse"), ("1", "reverse"), ("2", "obverse"), ("3", "obverse"),
    }  # fmt: skip
    again = run(
        store, table(tmp_path, "1,both.png,both.png", "2,one.png,one.png", "3,too.png,", header=header)
    )
    assert (again.unchanged, again.faults) == (3, 1)
    photograph(tmp_path / "other.png", BESIDE[:1], (300, 260), seed=4)
    # The corrected record gives the other face its own: the shared one is judged again.
    changed = run(
        store, table(tmp_path, "1,both.png,both.png", "2,other.png,one.png", "3,too.png,", header=header)
    )
    assert (changed.changed, changed.faults, faults(store)) == (1, 0, [])
    assert ("2", "reverse") in found(store)


def test_a_mapping_says_which_face_is_first(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "photos" / "12.png", BESIDE)
    (tmp_path / "map.toml").write_text('first_face = "reverse"\n')
    mapping = read_mapping(str(tmp_path / "map.toml"))
    run(store, Reading(str(tmp_path / "photos"), "M", None, mapping))
    rows = found(store)
    assert near(rows["12", "reverse"], BESIDE[0]) and near(rows["12", "obverse"], BESIDE[1])
    again = run(store, Reading(str(tmp_path / "photos"), "M", None, mapping))
    assert again.unchanged == 1
    run(store, Reading(str(tmp_path / "photos"), "M"))
    rows = found(store)
    assert near(rows["12", "obverse"], BESIDE[0]) and near(rows["12", "reverse"], BESIDE[1])


def vectors(store: Engine, space: str) -> dict[str, str]:
    with store.begin() as c:
        rows = c.execute(
            text(
                f"select s.face, e.embedding::text from core.embedding_{space} e join core.side s using (side_id)"
            )
        )
        return {row[0]: row[1] for row in rows}


def fill(store: Engine, *names: str) -> dict[str, int]:
    return {step.space: step.done for step in fill_spaces(store, names) if isinstance(step, Filled)}


def test_a_query_takes_the_face_that_it_asks_about(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "12.png", BESIDE)
    run(store, Reading(str(tmp_path), "M"))
    spec = hog_spec(fit="coin")
    recipe = json.dumps(spec.recipe())
    call.run(store, "job.add_space", name="seen", recipe=recipe, dims=spec.dims, precision="half", sees=[])
    fill(store, "seen")
    file = str(tmp_path / "12.png")
    for face in ("obverse", "reverse"):
        [one] = Store(store).similar(image=file, face=face, space="seen", k=1)
        assert one.similarity > 0.999
    [one] = Store(store).similar(image={"obverse": file, "reverse": file}, space="seen", k=1)
    assert one.similarity > 0.999


def test_a_person_corrects_an_outline_and_vectors_follow(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "12.png", BESIDE)
    run(store, Reading(str(tmp_path), "M"))
    opened = Store(store)
    spec = hog_spec(fit="coin")
    for name, recipe in (("seen", spec.recipe()), ("plain", hog_spec().recipe())):
        call.run(
            store,
            "job.add_space",
            name=name,
            recipe=json.dumps(recipe),
            dims=spec.dims,
            precision="half",
            sees=[],
        )
    assert fill(store, "seen", "plain") == {"seen": 2, "plain": 2}
    before, plain = vectors(store, "seen"), vectors(store, "plain")
    assert before["obverse"] != before["reverse"] and plain["obverse"] == plain["reverse"]
    opened.outlines.set("12", "obverse", person="A. Curator", circle=(160, 120, 60))
    assert set(vectors(store, "seen")) == {"reverse"} and vectors(store, "plain") == plain
    assert fill(store, "seen", "plain") == {"seen": 1}
    after = vectors(store, "seen")
    assert after["obverse"] != before["obverse"] and after["reverse"] == before["reverse"]
    [row] = opened.outlines.show("12", "obverse")
    assert (row["said_by"], row["certainty"], row["x_px"], row["radius_px"]) == ("A. Curator", 1, 160, 60)
    # It stands: through the next load, a retry, and a touched file; not for another photograph.
    opened.outlines.find(below=1.0)
    assert found(store)["12", "obverse"] == (160, 120, 60)
    (tmp_path / "12.png").touch()
    run(store, Reading(str(tmp_path), "M"))
    assert found(store)["12", "obverse"] == (160, 120, 60) and vectors(store, "seen") == after
    photograph(tmp_path / "12.png", BESIDE, seed=20)
    run(store, Reading(str(tmp_path), "M"))
    assert near(found(store)["12", "obverse"], BESIDE[0]) and vectors(store, "seen") == {}
    opened.outlines.set("12", "reverse", person="A. Curator")
    assert found(store)["12", "reverse"] == (300, 130, 300)
    opened.outlines.draw("12", tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.size == (600, 260)


def test_a_store_without_outlines_gets_them(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(12):
        photograph(tmp_path / f"{n}_obv.png", [(130, 130, 60 + 4 * n)], (260, 260), seed=n)
    run(store, Reading(str(tmp_path), "M"))
    rows = found(store)
    with store.begin() as c:
        c.execute(text("delete from core.outline where side_id % 2 = 0"))
        c.execute(text("update core.outline set finder = 0, x_px = 1 where side_id % 3 = 0"))
    (tmp_path / "3_obv.png").write_bytes(b"")  # what cannot be read keeps its rows
    lacking = lacking_outlines(store)
    assert lacking >= 6
    monkeypatch.setattr(outlines, "BATCH", 2)
    killed = find_outlines(store)
    next(killed)
    killed.close()
    assert 0 < lacking_outlines(store) < lacking
    list(find_outlines(store))
    again = found(store)
    assert {key: row for key, row in rows.items() if again.get(key) != row}.keys() <= {("3", "obverse")}
    with store.begin() as c:
        assert c.execute(text("select count(*) from api.images where sha256 is not null")).scalar() == 12


def test_outlines_of_private_collections_are_hidden(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "1.png", BESIDE)
    run(store, Reading(str(tmp_path), "M"))
    assert len(call.look(store, "api.outlines")) == 2
    for scope in ("images", "all"):
        call.run(store, "job.set_private", collections=["M"], scope=scope)
        with store.begin() as c:
            c.execute(text("create role tf_reader login in role coinstore_reader"))
            c.execute(text("set local session authorization tf_reader"))
            assert c.execute(text("select count(*) from api.outlines")).scalar() == 0
            c.execute(text("reset session authorization"))
            c.execute(text("drop role tf_reader"))


THREE: Discs = (*BESIDE, (750, 130, 90))
UNEQUAL: Discs = ((150, 130, 110), (420, 130, 60))


@pytest.mark.parametrize(
    ("discs", "said"), [(THREE, "shows 3 discs"), (UNEQUAL, "two discs of very different sizes")]
)
@pytest.mark.parametrize("kind", ["folder", "table"])
def test_what_is_unclear_is_not_guessed_for_one_face(
    store: Engine, tmp_path: Path, discs: Discs, said: str, kind: str
) -> None:
    photograph(tmp_path / "1_obv.png", discs, (900, 260))
    photograph(tmp_path / "1_rev.png", BESIDE[:1], (300, 260))
    rows = table(tmp_path, "1,1_obv.png,1_rev.png", header="id,obverse image,reverse image")
    source = Reading(str(tmp_path), "M") if kind == "folder" else rows
    first = run(store, source)
    assert (first.new, first.faults) == (1, 1)
    # It is used as a whole; the row says so, and the fault names the file and what is unclear.
    [row] = Store(store).outlines.show("1", "obverse")
    assert (row["method"], row["certainty"]) == ("unclear", 0)
    assert (row["x_px"], row["y_px"], row["radius_px"]) == (450, 130, 450)
    [fault] = call.look(store, "api.faults")
    assert said in fault["reason"] and "the whole picture counts" in fault["reason"]
    assert fault["place"].endswith("1_obv.png") and fault["face"] == "obverse"
    assert run(store, source).unchanged == 1 and len(faults(store)) == 1
    run(store, source, retry=True)
    assert len(faults(store)) == 1
    # A person may say which disc it is; then nothing is unclear, also after another look.
    Store(store).outlines.set("1", "obverse", person="A. Curator", circle=(150, 130, 90))
    assert faults(store) == []
    (tmp_path / "1_obv.png").touch()
    run(store, source)
    assert faults(store) == [] and found(store)["1", "obverse"] == (150, 130, 90)


def test_outlines_that_are_found_again_say_what_is_unclear(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "1_obv.png", THREE, (900, 260))
    run(store, Reading(str(tmp_path), "M"))
    with store.begin() as c:  # as an earlier version left them
        c.execute(text("delete from core.fault"))
        c.execute(text("update core.outline set finder = 0, method = 'ground', certainty = 1"))
    list(find_outlines(store))
    [row] = Store(store).outlines.show("1")
    assert (row["method"], row["certainty"]) == ("unclear", 0)
    assert "shows 3 discs" in faults(store)[0]


def test_a_correction_belongs_to_its_photograph(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "1_obv.png", BESIDE[:1], (300, 260))
    run(store, Reading(str(tmp_path), "M"))
    Store(store).outlines.set("1", "obverse", person="A. Curator", circle=(150, 130, 60))
    photograph(tmp_path / "1_obv.png", BESIDE[:1], (300, 260), seed=9)
    run(store, Reading(str(tmp_path), "M"))
    assert near(found(store)["1", "obverse"], BESIDE[0])
    list(find_outlines(store, 1.1))  # looking once more at the same photograph answers nothing
    assert "replaced after A. Curator had said where the coin is" in faults(store)[0]
    photograph(tmp_path / "1_obv.png", THREE, (900, 260))
    run(store, Reading(str(tmp_path), "M"))
    assert [("replaced after" in reason, "shows 3 discs" in reason) for reason in faults(store)] == [
        (False, True)
    ]
    Store(store).outlines.set("1", "obverse", person="A. Curator", circle=(150, 130, 60))
    assert faults(store) == []


def asked_space(store: Engine, folder: Path) -> None:
    """A space of outlined coins with two coins in it."""
    for n in (1, 2):
        photograph(folder / f"{n}.png", BESIDE, seed=n)
    run(store, Reading(str(folder), "M"))
    spec = hog_spec(fit="coin")
    recipe = json.dumps(spec.recipe())
    call.run(store, "job.add_space", name="seen", recipe=recipe, dims=spec.dims, precision="half", sees=[])
    fill(store, "seen")


def test_what_an_older_finder_gave_is_found_again_once(store: Engine, tmp_path: Path) -> None:
    asked_space(store, tmp_path)
    before = vectors(store, "seen")
    with store.begin() as c:
        c.execute(text("update core.outline set finder = 0"))
    assert lacking_outlines(store) == 4
    assert sum(step.changed for step in find_outlines(store)) == 0
    # The same outlines are now those of this version, and their vectors stay.
    assert lacking_outlines(store) == 0 and vectors(store, "seen") == before
    with store.begin() as c:
        assert c.execute(text("select distinct finder from core.outline")).scalar() == FINDER


def test_a_correction_can_be_taken_back(store: Engine, tmp_path: Path) -> None:
    asked_space(store, tmp_path)
    outlines, before = Store(store).outlines, found(store)
    outlines.set("1", "reverse", person="A. Curator", circle=(160, 120, 60))
    assert found(store) != before
    fill(store, "seen")
    outlines.reset("1", "reverse")
    [row] = outlines.show("1", "reverse")
    assert found(store) == before and (row["said_by"], row["method"]) == (None, "ground")
    assert fill(store, "seen") == {"seen": 1}
    outlines.reset("1", "reverse")  # it is the machine's already: nothing changes
    assert found(store) == before and fill(store, "seen") == {}
    outlines.set("1", "reverse", person="A. Curator", circle=(160, 120, 60))
    (tmp_path / "1.png").write_bytes(b"")
    with pytest.raises(PictureError, match=r"1.png cannot be read as it was ingested"):
        outlines.reset("1", "reverse")
    assert found(store)["1", "reverse"] == (160, 120, 60)


def test_a_correction_names_the_photograph_that_was_seen(store: Engine, tmp_path: Path) -> None:
    photograph(tmp_path / "1_obv.png", BESIDE[:1], (300, 260))
    run(store, Reading(str(tmp_path), "M"))
    outlines = Store(store).outlines
    [row] = outlines.show("1")
    said = {"person": "A. Curator", "circle": (150, 130, 60)}
    outlines.set("1", "obverse", of=row["sha256"][:8].upper(), **said)
    photograph(tmp_path / "1_obv.png", BESIDE[:1], (300, 260), seed=9)
    with pytest.raises(PictureError, match=r"1_obv.png has changed since it was ingested"):
        outlines.set("1", "obverse", **said)
    run(store, Reading(str(tmp_path), "M"))
    with pytest.raises(PictureError, match=f"now, and not {row['sha256'][:8]}; look at it again"):
        outlines.set("1", "obverse", of=row["sha256"][:8], **said)
    # Without the file it is said of the stored photograph.
    (tmp_path / "1_obv.png").unlink()
    outlines.set("1", "obverse", **said)


def test_asking_with_a_photograph_of_both_faces(store: Engine, tmp_path: Path) -> None:
    asked_space(store, tmp_path / "photos")
    both, one = str(tmp_path / "photos" / "2.png"), str(tmp_path / "one.png")
    found = Store(store).similar(image=both, face="both", space="seen", k=1)
    assert (found[0].inventory_number, found[0].compared) == ("2", "both")
    assert found[0].similarity > 0.999
    assert found.notes == (
        f"{both}: the photograph shows both faces; the left one was taken as the obverse.",
    )
    found = Store(store).similar(image=both, face="reverse", space="seen", k=1)
    assert found[0].similarity > 0.999
    assert found.notes == (
        f"{both}: the photograph shows both faces; the right one was taken as the reverse.",
    )
    photograph(tmp_path / "one.png", BESIDE[:1], (300, 260))
    with pytest.raises(SpaceError, match=r"one.png: the photograph shows one face; give face="):
        Store(store).similar(image=one, face="both", space="seen")
    assert Store(store).similar(image=one, space="seen").notes == ()


def test_asking_with_a_photograph_without_a_plain_coin_is_said(store: Engine, tmp_path: Path) -> None:
    asked_space(store, tmp_path / "photos")
    photograph(tmp_path / "three.png", THREE, (900, 260))
    photograph(tmp_path / "unequal.png", UNEQUAL)
    Image.effect_noise((300, 260), 60).convert("RGB").save(tmp_path / "noise.png")
    for name, said in (
        ("three", "the photograph shows 3 discs"),
        ("unequal", "two discs of very different sizes"),
        ("noise", "no coin was found"),
    ):
        file = str(tmp_path / f"{name}.png")
        [note] = Store(store).similar(image=file, space="seen").notes
        assert note.startswith(f"{file}: ") and said in note and "The whole picture was compared" in note
        # A space that compares whole photographs anyway has nothing to say.
        spec = hog_spec()
        recipe = json.dumps(spec.recipe())
        call.run(
            store, "job.add_space", name="plain", recipe=recipe, dims=spec.dims, precision="half", sees=[]
        )
        assert Store(store).similar(image=file, space="plain").notes == ()
    with pytest.raises(SpaceError, match=r"three.png: the photograph shows 3 discs, .*; give face="):
        Store(store).similar(image=str(tmp_path / "three.png"), face="both", space="seen")
