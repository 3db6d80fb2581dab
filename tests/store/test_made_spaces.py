"""Spaces of sentences, and spaces made of others: blends, and networks that join images with texts."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine, text
from stores import Once

from coinstore import sandbox
from coinstore.db import call
from coinstore.db.copy import copy_vectors
from coinstore.errors import NotFound, SpaceError
from coinstore.images.examine import examine_images
from coinstore.models.fusion import Fitting
from coinstore.models.registry import make_spec, preset
from coinstore.records.coin import Coin
from coinstore.records.load import load
from coinstore.search import similar
from coinstore.search.queries import Outside, vector_of
from coinstore.search.similar import Question
from coinstore.spaces import catalogue, embed, fill, fuse, prepare
from coinstore.spaces.claims import Plan, Target, claim

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

N = 40
MINTS = ["Rome", "Ostia", "Lugdunum", "Emerita"]


def photograph(folder: Path, n: int) -> str:
    path = folder / f"{n}.png"
    pixels = np.random.default_rng([n % 4, n]).integers(0, 60 * (1 + n % 4), (8, 8, 3), np.uint8)
    Image.fromarray(pixels).resize((70, 70), Image.Resampling.BICUBIC).save(path)
    return str(path)


def coin(n: int, image: str | None, **fields) -> Coin:
    said = {"mint": MINTS[n % 4], "denomination": "Denarius"} if n % 8 else {}
    return Coin(
        f"row {n}",
        {"n": n} | fields,
        "M" if n % 2 else "W",
        f"{n:02}",
        fields=said | fields,
        sides={"obverse": {"image": image}},
    )


@pytest.fixture
def coins(store: Engine, once: Once) -> list[Coin]:
    """Coins of four mints with an obverse each; every eighth has no record, every tenth no photograph."""

    def fill(folder: Path) -> list[Coin]:
        made = [coin(n, photograph(folder, n) if n % 10 else None) for n in range(N)]
        made = [
            replace(one, sides={"obverse": {"legend": "IMP"}}) if n % 10 == 0 else one
            for n, one in enumerate(made)
        ]
        list(load(store, "/a", made))
        list(examine_images(store))
        return made

    return once(fill)


@pytest.fixture
def folder(coins: list[Coin]) -> Path:
    """Where the photographs of the coins are."""
    return Path(coins[1].sides["obverse"]["image"]).parent


@pytest.fixture
def filled(store: Engine, coins: list[Coin], once: Once) -> None:
    """The spaces `seen` (pictures) and `said` (sentences), full."""

    def embed_all(_folder: Path) -> None:
        seen = make_spec("torchvision:resnet18", "random:0", side_px=64)
        said = make_spec("open_clip_text:PE-Core-T-16-384:meta", "random:0", culture="Roman")
        catalogue.add_space(store, "seen", seen)
        catalogue.add_space(store, "said", said)
        batches = embed.embed_sides(store, ["seen", "said"], Plan(batch_size=16))
        assert sum(batch.done for batch in batches) == 76

    once(embed_all)


def stored(store: Engine, space: str) -> dict[str, np.ndarray]:
    with store.begin() as c:
        query = f"""select s.inventory_number, e.embedding::text from api.embedding_{space} e
                    join api.sides s using (side_id) order by 1"""
        return {row[0]: np.array(json.loads(row[1])) for row in c.execute(text(query))}


def of(store: Engine, space: str) -> dict:
    return next(dict(row) for row in call.look(store, "api.spaces") if row["space"] == space)


def test_a_sentence_for_each_side_of_which_something_is_known(store: Engine, filled: None) -> None:
    said = {row["sentence"]: row["fields"] for row in call.look(store, "part.sentences")}
    assert said["Obverse of an ancient Roman coin from Ostia, Denarius."] == ["denomination", "mint"]
    assert said["Obverse of an ancient Roman coin. Legend: IMP."] == ["legend"]
    assert (
        of(store, "said")["embedded"] == N - 4
    )  # 8, 16, 24 and 32: nothing is known about them, and their faults say so
    faults = {row["reason"] for row in call.look(store, "api.faults") if row["space"] == "said"}
    assert faults == {embed.SILENT}
    assert set(of(store, "said")["sees"]) > {"mint", "legend"}
    assert of(store, "seen")["sees"] == []


def test_what_is_said_anew_is_embedded_anew(store: Engine, filled: None, coins: list[Coin]) -> None:
    before = stored(store, "said")
    changed = replace(coins[1], raw={"n": "corrected"}, fields={"mint": "Lutetia", "denomination": "As"})
    list(load(store, "/a", [changed, *coins[2:], coins[0]]))
    assert fill.pending(store, "said") == 1
    assert fill.pending(store, "seen") == 0
    list(
        load(
            store,
            "/b",
            [replace(coins[2], raw={"other": "source"}, fields={"weight_g": 3.5, "findspot": "a hill"})],
        )
    )
    assert fill.pending(store, "said") == 1  # the sentence does not mention it
    list(embed.embed_sides(store, "said"))
    after = stored(store, "said")
    assert [name for name in after if not np.array_equal(after[name], before[name])] == ["01"]
    assert "Lutetia" in str(call.look(store, "part.sentences"))


def test_a_photograph_that_was_moved_keeps_its_vectors(
    store: Engine, filled: None, coins, tmp_path: Path
) -> None:
    before = stored(store, "seen")
    (tmp_path / "elsewhere").mkdir()
    moved = []
    for n, one in enumerate(coins):
        if image := one.sides["obverse"].get("image"):
            place = tmp_path / "elsewhere" / Path(image).name
            place.write_bytes(Path(image if n != 3 else coins[5].sides["obverse"]["image"]).read_bytes())
            one = replace(one, raw={"moved": n}, sides={"obverse": {"image": str(place)}})
        moved.append(one)
    list(load(store, "/a", moved))
    list(examine_images(store))
    kept = stored(store, "seen")
    assert set(before) - set(kept) == {"03"}  # only this one shows something else
    assert all(np.array_equal(row, before[name]) for name, row in kept.items())
    list(
        load(
            store,
            "/a",
            [replace(moved[1], raw={"none": 1}, sides={"obverse": {"image": None}}), moved[0], *moved[2:]],
        )
    )
    assert set(before) - set(stored(store, "seen")) == {"01", "03"}


def test_a_photograph_is_decoded_once_for_all_spaces(
    store: Engine, coins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"  # by a forked sandbox

    def counted(data: bytes, *, side_px: int | None) -> Image.Image:
        with seen.open("a") as file:
            file.write(f"{side_px}\n")
        return decode(data, side_px=side_px)

    decode = prepare.decode
    monkeypatch.setattr(prepare, "decode", counted)
    monkeypatch.setattr(sandbox, "can_fork", lambda: True)
    for name, fit in (("one", "squash"), ("two", "pad"), ("three", "crop")):
        catalogue.add_space(store, name, make_spec("torchvision:resnet18", "random:0", side_px=64, fit=fit))
    catalogue.ensure_space(store, "hog")
    done = list(embed.embed_sides(store, ["hog", "one", "two"], Plan(batch_size=8)))
    assert {batch.space: sum(b.done for b in done if b.space == batch.space) for batch in done} == {
        "hog": 36,
        "one": 36,
        "two": 36,
    }
    assert (
        sorted(seen.read_text().split()) == ["256"] * 36 + ["None"] * 36
    )  # once in the small size that hog needs, once whole
    monkeypatch.undo()
    list(embed.embed_sides(store, "three"))
    alone = stored(store, "three")
    call.run(store, "job.drop_space", name="three")
    catalogue.add_space(store, "three", make_spec("torchvision:resnet18", "random:0", side_px=64, fit="crop"))
    catalogue.add_space(store, "other", make_spec("torchvision:resnet18", "random:1", side_px=64))
    list(embed.embed_sides(store, ["other", "three"], Plan(batch_size=5)))
    assert all(np.allclose(row, alone[name], atol=2e-3) for name, row in stored(store, "three").items())


def test_processes_prepare_the_same(store: Engine, coins) -> None:
    for name in ("one", "several"):
        catalogue.add_space(store, name, make_spec("torchvision:resnet18", "random:0", side_px=64))
    list(embed.embed_sides(store, "one"))
    list(embed.embed_sides(store, "several", Plan(processes=2)))
    assert all(
        np.array_equal(row, stored(store, "one")[name]) for name, row in stored(store, "several").items()
    )


def test_a_limit_and_spaces_half_filled(store: Engine, coins) -> None:
    for name in ("one", "two"):
        catalogue.add_space(store, name, make_spec("torchvision:resnet18", "random:0", side_px=64))
    assert sum(b.done for b in embed.embed_sides(store, "two", Plan(batch_size=4, limit=10))) == 10
    done = list(embed.embed_sides(store, ["one", "two"], Plan(batch_size=4, limit=30)))
    assert sum(b.done for b in done if b.space == "one") == 30
    assert of(store, "two")["embedded"] == 36
    assert sum(b.done for b in embed.embed_sides(store, ["one", "two"])) == 6


def test_a_claim_hides_no_side_from_another_space(store: Engine, coins) -> None:
    for name in ("one", "two"):
        catalogue.add_space(store, name, make_spec("torchvision:resnet18", "random:0", side_px=64))
    target = Target("one", catalogue.known(store, "one").space_id, "half")
    with store.connect() as held:
        assert len(claim(held, target, 0, 100)) == 36
        assert sum(b.done for b in embed.embed_sides(store, "two")) == 36
        assert sum(b.done for b in embed.embed_sides(store, "one")) == 0
        held.rollback()


def test_a_load_and_a_worker_of_sentences_wait_for_each_other_in_one_order(
    store: Engine, filled: None, coins
) -> None:
    call.run(store, "job.forget_vectors", space="said", sides=list(range(1, 200)))
    changed = [
        replace(one, raw={"n": "new", "was": one.raw["n"]}, fields={"mint": "Lutetia"}) for one in coins
    ]
    failures: list[BaseException] = []

    def embed_said() -> None:
        try:
            for _ in range(5):
                list(embed.embed_sides(store, "said", Plan(batch_size=4)))
        except BaseException as error:
            failures.append(error)

    worker = threading.Thread(target=embed_said)
    worker.start()
    for turn in range(6):
        list(load(store, "/a", changed if turn % 2 else coins))
    worker.join()
    assert not failures
    list(embed.embed_sides(store, "said"))
    with store.begin() as c:  # the sentence says what is known
        stale = """select t.sentence, s.mint from part.sentences t join api.sides s using (side_id)
                   where s.mint is not null and t.sentence !~ s.mint"""
        assert c.execute(text(stale)).all() == []


def test_a_photograph_is_examined_while_its_sentence_is_claimed(
    store: Engine, filled: None, tmp_path: Path
) -> None:
    list(load(store, "/b", [coin(91, photograph(tmp_path, 91))]))
    target = Target("said", catalogue.known(store, "said").space_id, "half")
    with store.connect() as held:
        assert len(claim(held, target, 0, 10)) == 1
        assert sum(batch.done for batch in examine_images(store)) == 1
        held.rollback()


def test_of_one_face_alone(store: Engine, coins) -> None:
    catalogue.add_space(store, "backs", make_spec("hog", None, face="reverse"))
    assert fill.pending(store, "backs") == 0
    catalogue.add_space(store, "heads", make_spec("hog", None, face="obverse"))
    assert (fill.pending(store, "heads"), of(store, "heads")["sides"]) == (36, 36)


def test_a_blend_is_the_weighted_mean_of_similarities(store: Engine, filled: None) -> None:
    fuse.blend_space(store, "mixed", {"seen": 3, "said": 1})
    list(embed.embed_sides(store, "mixed"))
    seen, said, mixed = (stored(store, space) for space in ("seen", "said", "mixed"))
    assert set(mixed) == set(seen) & set(said)
    for a in ("01", "02"):
        for b in ("05", "13"):
            assert mixed[a] @ mixed[b] == pytest.approx(
                0.75 * seen[a] @ seen[b] + 0.25 * said[a] @ said[b], abs=5e-3
            )
    assert of(store, "mixed")["made_of"] == ["seen", "said"]
    assert of(store, "mixed")["sees"] == of(store, "said")["sees"]
    with pytest.raises(SpaceError, match="mixed is made of said; drop that first"):
        catalogue.drop_space(store, "said")
    asked = similar.similar(store, 2, Question(blend={"seen": 3, "said": 1}, k=5))
    assert [row.coin_id for row in similar.similar(store, 2, Question(space="mixed", k=5))] == [
        r.coin_id for r in asked
    ]
    with pytest.raises(SpaceError, match="two or more spaces"):
        fuse.blend_space(store, "alone", {"seen": 1})
    with pytest.raises(NotFound, match="there is no space third"):
        fuse.blend_space(store, "other", {"seen": 1, "third": 1})


FEW = Fitting(epochs=8, hidden=32, dims=16, batch_size=16)


def test_a_network_is_kept_and_joins_what_comes_later(
    store: Engine, filled: None, folder: Path, tmp_path: Path
) -> None:
    history = list(fuse.fit_space(store, "joined", fuse.Joint("seen", "said"), FEW))
    assert history[-1].held_out_loss <= history[0].held_out_loss
    assert fill.pending(store, "joined") == N  # of a picture, of a sentence, of both
    list(embed.embed_sides(store, "joined"))
    first = stored(store, "joined")
    assert all(np.linalg.norm(row) == pytest.approx(1, abs=1e-5) for row in first.values())
    [kept] = call.look(store, "part.networks")
    assert kept["network_sha256"] == kept["recipe"]["network_sha256"]
    assert [epoch["number"] for epoch in kept["history"]] == [epoch.number for epoch in history]
    assert kept["recipe"]["sides"] == N

    late = coin(77, photograph(tmp_path, 77))
    list(load(store, "/b", [late]))
    list(examine_images(store))
    assert fill.pending(store, "joined") == 0  # its parts first
    assert {batch.space for batch in embed.embed_sides(store, ["seen", "said", "joined"])} == {
        "seen",
        "said",
        "joined",
    }
    assert len(stored(store, "joined")) == N + 1

    network = fuse.network_of(store, "joined")
    seen = stored(store, "seen")["08"].astype(np.float32)  # nothing is known about it
    alone = network.embed(seen[None], np.full((1, 512), np.nan, np.float32))[0]
    assert np.allclose(alone, first["08"], atol=1e-5)
    outside = vector_of(store, Outside(image=str(folder / "8.png")), "joined")
    assert outside @ first["08"] > 0.999
    assert vector_of(store, Outside(text="Obverse of a coin from Rome"), "joined").shape == (16,)


def test_what_was_made_of_one_part_alone_is_made_anew_with_the_other(
    store: Engine, filled: None, coins
) -> None:
    list(fuse.fit_space(store, "joined", fuse.Joint("seen", "said"), FEW))
    fuse.blend_space(store, "mixed", {"joined": 1, "seen": 1})
    list(embed.embed_sides(store, ["joined", "mixed"]))
    whole = stored(store, "joined")
    with store.begin() as c:  # as if the photograph of coin 1 could not be embedded at first
        side = c.execute(text("select side_id from api.sides where inventory_number = '01'")).scalar_one()
        call.value(c, "job.forget_vectors", space="seen", sides=[side])
        call.value(c, "job.store_fault", space="seen", side_id=side, reason="its server is down")
        call.value(c, "job.renew_dependents", space="seen", sides=[side])
    list(embed.embed_sides(store, ["joined", "mixed"]))
    assert whole["01"] @ stored(store, "joined")["01"] < 0.9999  # by its sentence only
    assert call.run(store, "job.retry_faults", space="seen") == 1
    list(embed.embed_sides(store, "seen"))
    assert (fill.pending(store, "joined"), "01" in stored(store, "mixed")) == (1, False)
    list(embed.embed_sides(store, ["joined", "mixed"]))
    assert np.allclose(whole["01"], stored(store, "joined")["01"], atol=1e-5)


def test_parts_keep_their_meaning_when_names_are_switched(store: Engine, filled: None) -> None:
    list(fuse.fit_space(store, "joined", fuse.Joint("seen", "said"), FEW))
    catalogue.add_space(store, "seen_too", make_spec("torchvision:resnet18", "random:5", side_px=64))
    list(embed.embed_sides(store, "seen_too"))
    filling = embed.embed_sides(store, "joined", Plan(batch_size=10))
    next(filling)
    catalogue.switch_spaces(store, "seen", "seen_too")
    list(filling)
    catalogue.switch_spaces(store, "seen", "seen_too")
    before = stored(store, "joined")
    call.run(store, "job.forget_vectors", space="joined", sides=list(range(1, 200)))
    list(embed.embed_sides(store, "joined"))
    assert all(np.allclose(row, before[name], atol=1e-5) for name, row in stored(store, "joined").items())


def test_the_same_seed_fits_the_same_network(store: Engine, filled: None) -> None:
    for name in ("one", "two"):
        list(fuse.fit_space(store, name, fuse.Joint("seen", "said"), FEW))
    one, two = (row["network_sha256"] for row in call.look(store, "part.networks"))
    assert one == two
    with pytest.raises(SpaceError, match="there is a space one already"):
        list(fuse.fit_space(store, "one", fuse.Joint("seen", "said"), FEW))


def test_a_label_that_was_learnt_is_marked(store: Engine, filled: None) -> None:
    fitting = replace(FEW, objective="contrastive")
    list(fuse.fit_space(store, "by_mint", fuse.Joint("seen", "said", label="mint", hold_out=("W",)), fitting))
    assert "mint" in of(store, "by_mint")["sees"]
    for joint, error, reason in (
        (fuse.Joint("seen", "said", label="colour"), NotFound, "there is no field colour"),
        (
            fuse.Joint("seen", "said", label="mint", hold_out=("Z",)),
            NotFound,
            "the collection 'Z' has no side",
        ),
        (fuse.Joint("seen", "nothing"), NotFound, "there is no space nothing"),
    ):
        with pytest.raises(error, match=reason):
            list(fuse.fit_space(store, "other", joint, fitting))


def test_texts_are_asked_in_spaces_that_read(store: Engine, filled: None) -> None:
    found = similar.similar_to_outside(
        store,
        {"obverse": Outside(text="Obverse of an ancient Roman coin from Ostia, Denarius.")},
        Question(space="said", k=1),
    )
    assert (found[0].mint, round(found[0].similarity, 3)) == ("Ostia", 1)
    with pytest.raises(SpaceError, match="a photograph or a text, not both"):
        vector_of(store, Outside("/x.jpg", "a head"), "seen")
    with pytest.raises(SpaceError, match="seen holds vectors of pictures only"):
        vector_of(store, Outside(text="a head"), "seen")
    with pytest.raises(SpaceError, match="said holds vectors of sentences"):
        vector_of(store, Outside(image="/x.jpg"), "said")


def test_a_face_without_weight_is_not_asked_of(store: Engine, filled: None, folder: Path) -> None:
    asked = {
        "obverse": Outside(image=str(folder / "1.png")),
        "reverse": Outside(image=str(folder / "2.png")),
    }
    found = similar.similar_to_outside(
        store, asked, Question(space="seen", face="both", obverse_weight=1, k=1)
    )
    assert (found[0].inventory_number, found[0].compared) == ("01", "obverse")


def test_a_clip_space_of_pictures_takes_texts(store: Engine) -> None:
    catalogue.add_space(store, "clip_image", preset("clip_image", "random:0"))
    found = vector_of(store, Outside(text="radiate head right"), "clip_image")
    assert found.shape == (512,)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)


def test_what_was_made_of_sentences_and_of_things_unknown_follows_the_record(
    store: Engine, filled: None, coins
) -> None:
    with store.begin() as c:
        call.value(
            c,
            "job.add_space",
            name="thesis",
            recipe='{"family": "imported"}',
            dims=4,
            precision="single",
            sees=None,
        )
        sides = list(c.execute(text("select side_id from api.sides order by 1")).scalars())
        copy_vectors(
            c,
            "thesis",
            "single",
            sides,
            np.random.default_rng(0).normal(size=(len(sides), 4)).astype(np.float32),
        )
    fuse.blend_space(store, "mixed", {"said": 1, "thesis": 1})
    list(embed.embed_sides(store, "mixed"))
    assert of(store, "mixed")["sees"] is None
    list(
        load(
            store,
            "/a",
            [replace(coins[1], raw={"n": "new"}, fields={"mint": "Lutetia"}), coins[0], *coins[2:]],
        )
    )
    assert "01" not in stored(store, "mixed")
    list(embed.embed_sides(store, ["said", "mixed"]))
    assert "01" in stored(store, "mixed")
    assert len(stored(store, "thesis")) == N  # what another process made stays
