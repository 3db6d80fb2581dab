"use strict";
/* Controls, legend, keyboard, and the address, whose fragment keeps the view. */
(() => {
  const element = (id) => document.getElementById(id);
  const { make } = Card;
  const STEPS = 500;
  const k = Data.raw.k || 0;
  const { range, said } = Data.similarities;
  /* The page opens with as many pairs as there are coins. */
  const usual = Data.pairs.similarity.slice().sort()[Math.max(0, Data.pairs.count - Data.n)] ?? range[0];
  const view = {
    colour: "",
    by: "rank",
    rank: Math.min(3, k),
    similarity: usual,
    mutual: true,
    shown: Data.raw.kind === "network",
  };
  let isDrawn = false,
    opener = null;
  /* A page around this one has the title. */
  document.documentElement.toggleAttribute("data-framed", parent !== window);

  /* The fragment */
  function written() {
    const found = new URLSearchParams();
    found.set("colour", view.colour);
    const { group } = Drawing.state;
    if (group !== null)
      found.set("only", Colours.groups(view.colour).entries.find((entry) => entry.group === group).label);
    if (k) {
      found.set("by", view.by);
      found.set("at", view.by === "rank" ? view.rank : Number(view.similarity.toPrecision(9)));
      found.set("mutual", Number(view.mutual));
      found.set("edges", Number(view.shown));
    }
    const camera = Drawing.camera();
    if (camera)
      found.set("camera", [camera.x, camera.y, camera.ratio].map((one) => one.toFixed(5)).join(","));
    if (Drawing.state.selected >= 0) found.set("coin", Data.name(Drawing.state.selected));
    return `#${found}`;
  }

  let writing = 0;
  function write() {
    clearTimeout(writing);
    writing = setTimeout(() => {
      if (location.hash === written()) return;
      history.replaceState(null, "", written());
      if (Data.raw.links && parent !== window) parent.postMessage({ fragment: written() }, "*");
    }, 200);
  }

  /* Takes from the fragment what makes sense, and ignores the rest. */
  function read() {
    const found = new URLSearchParams(location.hash.slice(1));
    const at = found.has("at") ? Number(found.get("at")) : NaN;
    if (Colours.fields.some(([field]) => field === found.get("colour"))) view.colour = found.get("colour");
    if (found.get("by") === "rank" || found.get("by") === "similarity") view.by = found.get("by");
    if (view.by === "rank" && at >= 1 && at <= k) view.rank = Math.round(at);
    if (view.by === "similarity" && at >= -1 && at <= 1) view.similarity = Math.fround(at);
    if (found.has("mutual")) view.mutual = found.get("mutual") === "1";
    if (found.has("edges")) view.shown = found.get("edges") === "1";
    const camera = (found.get("camera") || "").split(",").map(Number);
    const entry = Colours.groups(view.colour).entries.find((one) => one.label === found.get("only"));
    Drawing.state.group = entry ? entry.group : null;
    return {
      coin: found.has("coin") ? byName(found.get("coin")) : -1,
      camera: camera.length === 3 && camera.every(Number.isFinite) && camera[2] > 0 ? camera : null,
    };
  }

  const names = new Map();
  function byName(name) {
    if (!names.size) for (let coin = 0; coin < Data.n; coin++) names.set(Data.name(coin), coin);
    return names.get(name) ?? -1;
  }

  /* Colours and legend */
  function paint() {
    const groups = Colours.groups(view.colour);
    Drawing.state.groups = groups;
    const title = Colours.fields.find(([field]) => field === view.colour)[1];
    element("legend").replaceChildren(
      ...groups.entries.map((entry) => {
        const swatch = make("span", { className: "swatch", textContent: entry.mark });
        swatch.style.borderColor = entry.colour;
        const button = make(
          "button",
          { type: "button", onclick: () => highlight(entry.group) },
          swatch,
          make("span", { className: "value", textContent: entry.label }),
          make("span", { className: "count", textContent: entry.count.toLocaleString("en") }),
        );
        button.setAttribute("aria-pressed", String(Drawing.state.group === entry.group));
        return make("li", {}, button);
      }),
    );
    element("legend").setAttribute("aria-label", `colours by ${title}`);
    element("colour").value = view.colour;
    write();
  }

  function highlight(group) {
    Drawing.state.group = Drawing.state.group === group ? null : group;
    const place = [...element("legend").children].indexOf(document.activeElement.closest?.("li"));
    paint();
    Drawing.paint();
    if (place >= 0) element("legend").children[place].firstChild.focus();
  }

  /* Edges */
  function filter() {
    if (!k) return;
    const slider = element("slider"),
      isRank = view.by === "rank";
    Object.assign(slider, isRank ? { min: 1, max: k, step: 1 } : { min: 0, max: STEPS, step: 1 });
    slider.value = isRank ? view.rank : ((view.similarity - range[0]) / (range[1] - range[0] || 1)) * STEPS;
    const percentile = isRank ? null : Data.percentileAt(view.similarity);
    const least = isRank
      ? `rank ${view.rank} of ${k} or nearer`
      : `similarity ${said(view.similarity)} or more`;
    element("at").textContent =
      least + (percentile === null ? "" : `, percentile ${Data.percentileSaid(percentile)}`);
    slider.setAttribute("aria-valuetext", element("at").textContent);
    for (const radio of document.querySelectorAll("input[name=by]")) radio.checked = radio.value === view.by;
    element("mutual").checked = view.mutual;
    element("edges").checked = view.shown;
    const count = Drawing.setFilter({
      rank: isRank ? view.rank : Data.NEVER,
      similarity: isRank ? -2 : view.similarity,
      mutual: view.mutual,
      shown: view.shown,
    });
    const drawn = `${count.toLocaleString("en")} of ${Data.pairs.count.toLocaleString("en")} pairs drawn`;
    element("count").textContent = !view.shown
      ? "edges are not drawn"
      : drawn + (view.mutual ? ", mutual ones only" : "");
    write();
  }

  function slide() {
    const value = Number(element("slider").value);
    if (view.by === "rank") view.rank = value;
    else view.similarity = Math.fround(range[0] + (value / STEPS) * (range[1] - range[0]));
    filter();
  }

  /* The card */
  function pick(coin, { isNear = true } = {}) {
    if (Drawing.state.selected < 0) opener = document.activeElement;
    Drawing.state.selected = Drawing.state.cursor = coin;
    Card.show(coin, { pick, close });
    unfold(false);
    document.body.classList.add("has-card");
    if (isNear) requestAnimationFrame(() => Drawing.goTo(coin)); // after the card took its room
    Drawing.mark();
    write();
  }

  /* On a narrow screen the panel is folded away until it is opened. */
  function unfold(isOpen) {
    document.body.classList.toggle("has-panel", isOpen);
    element("panel").setAttribute("aria-expanded", String(isOpen));
  }

  /* Going from coin to coin on the drawing, by the keyboard; a screen reader reads the coin's name. */
  function walk(coin) {
    Drawing.state.cursor = coin;
    Drawing.bring(coin);
    announce();
    Drawing.mark();
  }

  function announce() {
    const coin = Drawing.state.cursor;
    const said =
      coin < 0
        ? ["Arrow keys go from coin to coin"]
        : [Data.name(coin), Data.value("type", coin), "Enter opens its card"];
    element("chosen").textContent = said.filter(Boolean).join(" · ");
  }

  function close() {
    Drawing.state.selected = -1;
    Card.hide();
    document.body.classList.remove("has-card");
    Drawing.mark();
    const isSeen = (one) =>
      one && one !== document.body && one.isConnected && one.getClientRects().length > 0;
    [opener, element("search"), element("stage")].find(isSeen).focus();
    write();
  }

  /* Listening */
  Search.start((coin) => {
    opener = element("search");
    pick(coin);
  });
  element("colour").append(
    ...Colours.fields.map(([field, title]) => make("option", { value: field, textContent: title })),
  );
  element("colour").addEventListener("change", (event) => {
    view.colour = event.target.value;
    Drawing.state.group = null;
    paint();
    Drawing.paint();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && Drawing.state.selected >= 0) close();
  });
  if (k) {
    element("slider").addEventListener("input", slide);
    for (const radio of document.querySelectorAll("input[name=by]"))
      radio.addEventListener("change", () => {
        view.by = radio.value;
        filter();
      });
    element("mutual").addEventListener("change", (event) => {
      view.mutual = event.target.checked;
      filter();
    });
    element("edges").addEventListener("change", (event) => {
      view.shown = event.target.checked;
      filter();
    });
  }
  const stage = element("stage");
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!isDrawn || event.target !== stage || event.ctrlKey || event.altKey || event.metaKey) return;
    if (step && event.shiftKey) Drawing.pan(0.1 * step[0], 0.1 * step[1]);
    else if (step)
      walk(Drawing.next(Drawing.state.cursor >= 0 ? Drawing.state.cursor : Drawing.state.selected, step));
    else if (event.key === "Enter" && Drawing.state.cursor >= 0)
      pick(Drawing.state.cursor, { isNear: false });
    else if (event.key === "+") Drawing.zoom(1 / 1.5);
    else if (event.key === "-") Drawing.zoom(1.5);
    else if (event.key === "0") Drawing.fit();
    else return;
    event.preventDefault();
  });
  stage.addEventListener("focus", () => {
    if (stage.matches(":focus-visible")) announce();
    Drawing.mark();
  });
  stage.addEventListener("blur", () => Drawing.mark());
  element("panel").addEventListener("click", () => {
    const isOpen = !document.body.classList.contains("has-panel");
    if (isOpen && Drawing.state.selected >= 0) close();
    unfold(isOpen);
  });
  for (const [id, act] of [
    ["nearer", () => Drawing.zoom(1 / 1.5)],
    ["farther", () => Drawing.zoom(1.5)],
    ["whole", () => Drawing.fit()],
  ]) {
    element(id).addEventListener("click", () => isDrawn && act());
  }
  window.addEventListener("beforeprint", () => {
    if (isDrawn) element("still").src = Drawing.still();
  });

  /* Opening */
  function restore({ coin, camera }) {
    paint();
    filter();
    if (coin >= 0) pick(coin, { isNear: !camera });
    if (camera) Drawing.setCamera({ x: camera[0], y: camera[1], ratio: camera[2] });
  }

  view.colour = Colours.best();
  const asked = read();
  Drawing.state.groups = Colours.groups(view.colour);
  if (!Edges.supported()) element("nothing").hidden = false;
  else {
    Drawing.start(element("canvas"));
    isDrawn = true;
    Drawing.events.pick = (coin) => pick(coin, { isNear: false });
    Drawing.events.moved = write;
  }
  restore(asked);
  window.addEventListener("hashchange", () => {
    restore(read());
    Drawing.paint();
  });
  // The photographs come last in the file: what was drawn without them is drawn again.
  document.addEventListener("DOMContentLoaded", () => {
    Drawing.mark();
    if (Drawing.state.selected >= 0) Card.show(Drawing.state.selected, { pick, close });
  });
  element("waiting").hidden = true;
  Object.assign(window, { Data, Drawing }); // for a console, and for tests
  document.documentElement.dataset.drawn = isDrawn ? "yes" : "no";
})();
