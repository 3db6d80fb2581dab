"""The network page at 2,000 coins with 20,000 edges and at 20,000 with 200,000: size, opening, slider, panning.

Rows go directly into the tables; 200 drawn photographs are shared. The browser is the system's Chromium, which
draws WebGL in software where there is no GPU. Give other sizes as arguments.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from scratch import scratch_store, timed
from sklearn.neighbors import NearestNeighbors
from sqlalchemy import Engine, text

from coinstore.db import call
from coinstore.db.copy import copy_rows
from coinstore.graph.analyse import analyse_graph
from coinstore.images.picture import examine
from coinstore.pages.explore.network import write_network
from coinstore.synthetic.mintage import Mintage

K, DIMS, PHOTOGRAPHS, TIMES = 10, 12, 200, 5

PAN = """async (ratio) => {
    Drawing.setCamera({ x: 0.5, y: 0.5, ratio });
    await new Promise((done) => setTimeout(done, 700));
    const frames = [];
    let last = performance.now();
    for (let i = 0; i < 60; i++) {
        Drawing.setCamera({ x: 0.5 + 0.1 * ratio * Math.sin(i / 10) });
        await new Promise((done) => requestAnimationFrame(done));
        frames.push(performance.now() - last);
        last = performance.now();
    }
    frames.sort((one, other) => one - other);
    return [frames[30], frames[57]];
}"""
SLIDE = """() => {
    const slider = document.getElementById("slider");
    const times = [];
    for (let i = 0; i < 20; i++) {
        slider.value = 1 + i % 10;
        const started = performance.now();
        slider.dispatchEvent(new Event("input"));
        const gl = document.querySelector(".sigma-pairs").getContext("webgl2");
        gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));  // waits until it is drawn
        times.push(performance.now() - started);
    }
    return times.sort((one, other) => one - other)[10];
}"""


def fill(store: Engine, n: int) -> None:
    """Coins of n / 50 types, each near the others of its type, with photographs of both faces."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, max(n // 50, 2), n)
    vectors = rng.normal(size=(kinds.max() + 1, DIMS))[kinds] + rng.normal(scale=0.45, size=(n, DIMS))
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    found, near = NearestNeighbors(n_neighbors=K + 1).fit(vectors).kneighbors(vectors)
    near, distances = near[:, 1:], found[:, 1:] ** 2 / 2
    listed = [set(row) for row in near.tolist()]
    with store.begin() as c:
        c.execute(
            text("insert into core.collection (name) select 'Museum ' || i from generate_series(1, 6) i")
        )
        c.execute(
            text("""insert into core.coin (collection_id, inventory_number, material, denomination, mint, weight_g, year_from, year_to)
                    select 1 + i % 6, 'N ' || i, (array['gold', 'silver', 'bronze'])[1 + kind % 3], 'Denomination ' || kind % 12,
                           'Mint ' || kind % 40, 2 + i % 700 / 100.0, -100 + kind, -90 + kind
                    from unnest(cast(:kinds as int[])) with ordinality u (kind, i) where kind not in (90, 100)
                    union all
                    select 1 + i % 6, 'N ' || i, null, null, null, null, null, null
                    from unnest(cast(:kinds as int[])) with ordinality u (kind, i) where kind in (90, 100)"""),
            {"kinds": kinds.tolist()},
        )
        hashes = []
        for number in range(PHOTOGRAPHS):
            out = io.BytesIO()
            Mintage(seed=0).picture(number, "obverse").save(out, "JPEG", quality=88)
            photo = examine(out.getvalue())
            hashes.append(bytes.fromhex(photo.sha256))
            c.execute(
                text(
                    "insert into core.image values (:sha, :size, :width, :height, 'JPEG', :data) on conflict do nothing"
                ),
                {
                    "sha": hashes[-1],
                    "size": photo.size_bytes,
                    "width": photo.width_px,
                    "height": photo.height_px,
                    "data": photo.thumbnail,
                },
            )
        sides = (
            (
                coin,
                face,
                f"LEGEND OF {kinds[coin - 1]}",
                f"What the {face} of type {kinds[coin - 1]} shows",
                hashes[coin % len(hashes)],
            )
            for coin in range(1, n + 1)
            for face in ("obverse", "reverse")
        )
        columns = {
            "coin_id": "int4",
            "face": "text",
            "legend": "text",
            "description": "text",
            "sha256": "bytea",
        }
        copy_rows(c, "core.side", columns, sides)
        c.execute(
            text(
                "update core.side set image_location = '/photographs/' || side_id || '.jpg', image_examined = true"
            )
        )
        call.value(c, "job.add_space", name="bench", recipe="{}", dims=DIMS, precision="single")
        c.execute(
            text("""insert into core.graph (name, space_id, face, k, predicate, across_collections, is_exact, built_at, seconds, seed, depth)
                    select 'bench', space_id, 'obverse', :k, 'true', false, true, now(), 0, 0, 0 from core.space"""),
            {"k": K},
        )
        c.execute(
            text(
                "insert into core.graph_node select graph_id, coin_id, gen_random_uuid() from core.graph, core.coin"
            )
        )
        edges = (
            (
                1,
                a + 1,
                rank + 1,
                int(b) + 1,
                float(distances[a, rank]),
                "obverse",
                100 - 20 * float(distances[a, rank]),
                a in listed[b],
            )
            for a in range(n)
            for rank, b in enumerate(near[a].tolist())
        )
        columns = {
            "graph_id": "int4",
            "coin_id": "int4",
            "rank": "int2",
            "neighbour_id": "int4",
            "distance": "float8",
            "compared": "text",
            "percentile": "float8",
            "mutual": "bool",
        }
        copy_rows(c, "core.edge", columns, edges)
    with store.begin() as c:
        c.execute(text("analyze"))
    list(analyse_graph(store, "bench", algorithms=("leiden",)))


def opened(browser: Browser, path: Path) -> tuple[Page, float, float]:
    """The page, and the seconds from the start of navigation until the graph was drawn and until all was loaded."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script("""new MutationObserver((_, own) => { if (document.documentElement?.dataset.drawn)
        { requestAnimationFrame(() => setTimeout(() => { window.drawnAt = performance.now(); })); own.disconnect(); } })
        .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-drawn"] });""")
    page.goto(path.as_uri(), timeout=120_000)
    while not page.evaluate(
        "window.drawnAt"
    ):  # the page's content security policy forbids waiting for a string of code
        page.wait_for_timeout(100)
    return (
        page,
        page.evaluate("drawnAt / 1000"),
        page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"),
    )


def measure(browser: Browser, n: int, folder: Path) -> None:
    path = folder / f"network{n}.html"
    with scratch_store() as store:
        fill(store, n)
        written = []
        took = timed(lambda: written.append(write_network(store, "bench", path)))
    size = written[0]
    print(
        f"  {n:,} coins, {size.edges:,} edges, {size.photographs:,} photographs: {size.size_bytes / 1e6:.1f} MB, written in {took:.1f} s"
    )
    drawn, loaded = [], []
    for _ in range(TIMES):
        page, first, last = opened(browser, path)
        drawn.append(first)
        loaded.append(last)
        if len(drawn) < TIMES:
            page.close()
    print(
        f"  opening: drawn after {median(drawn):.2f} s, all loaded after {median(loaded):.2f} s (medians of {TIMES})"
    )
    page.uncheck("#mutual")
    print(f"  slider, mutual off: {page.evaluate(SLIDE):.1f} ms until drawn (median)")
    page.evaluate(
        "() => { const s = document.getElementById('slider'); s.value = s.max; s.dispatchEvent(new Event('input')); }"
    )
    for said, ratio in (("all in view, all edges", 1), ("near, with photographs", 0.08)):
        half, most = page.evaluate(PAN, ratio)
        print(
            f"  panning, {said}: {half:.1f} ms a frame (median), {most:.1f} ms (95th percentile)", flush=True
        )
    page.close()


def main() -> None:
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((one for one in found if one), None)
    if path is None:
        print("no Chromium on this machine: nothing measured")
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        for n in [int(size) for size in sys.argv[1:]] or [2000, 20_000]:
            measure(browser, n, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
