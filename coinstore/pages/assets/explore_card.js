"use strict";
/* The card of a coin. All text is set as text: a record named <script> is shown, not run. */
const Card = (() => {
  const FACES = ["obverse", "reverse"];
  const root = document.getElementById("card");
  const ROWS = [
    ["Type", "type"],
    ["Types and who says so", "types"],
    ["Denomination", "denomination"],
    ["Material", "material"],
    ["Mint", "mint"],
    ["Authority", "authority"],
    ["Portrait", "portrait"],
    ["Several or uncertain", "names"],
    ["Date", "date"],
    ["Weight", "weight_g", "g"],
    ["Diameter", "diameter", "mm"],
    ["Die axis", "die_axis_h", "h"],
    ["Findspot", "findspot"],
    ["References", "cited"],
    ["Community", "community"],
    ["On the map", "added"],
  ];

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function faceOf(coin, face, isSmall) {
    const source = Data.photograph(coin, face);
    if (source) return make("img", { src: source, alt: isSmall ? "" : `${face} of ${Data.name(coin)}` });
    return make("span", {
      className: "absent",
      textContent: isSmall
        ? ""
        : Data.value(`${face}_picture`, coin)
          ? "no photograph here"
          : "no photograph",
    });
  }

  function figure(coin, face) {
    const said = [make("b", { textContent: face === "obverse" ? "Obverse" : "Reverse" })];
    for (const [part, kind] of [
      ["legend", "q"],
      ["description", "span"],
      ["dies", "span"],
    ]) {
      const text = Data.value(`${face}_${part}`, coin);
      if (text)
        said.push(make(kind, { className: part, textContent: part === "dies" ? `Die: ${text}` : text }));
    }
    const picture = Data.value(`${face}_picture`, coin);
    if (picture && /^https?:\/\//i.test(picture)) {
      said.push(
        make("a", { href: picture, rel: "noopener noreferrer", target: "_blank", textContent: "photograph" }),
      );
    }
    return make("figure", {}, faceOf(coin, face, false), make("figcaption", {}, ...said));
  }

  function metadata(coin) {
    const list = make("dl");
    for (const [label, column, unit] of ROWS) {
      const value = Data.value(column, coin);
      if (value === null || (column === "types" && value === Data.value("type", coin))) continue;
      list.append(
        make(
          "div",
          {},
          make("dt", { textContent: label }),
          make("dd", { textContent: unit ? `${value} ${unit}` : String(value) }),
        ),
      );
    }
    return list;
  }

  function nearness(edge) {
    const parts = [`similarity ${Data.similarities.said(edge.similarity)}`];
    if (edge.percentile !== null) parts.push(`percentile ${Data.percentileSaid(edge.percentile)}`);
    if (edge.mutual) parts.push("mutual");
    if (Data.raw.face === "both")
      parts.push(edge.compared === "both" ? "both faces" : `${edge.compared} only`);
    return parts.join(" · ");
  }

  function described(coin) {
    const said = ["type", "denomination", "date"].map((name) => Data.value(name, coin)).filter(Boolean);
    return said.slice(0, 2).join(" · ") || "nothing known";
  }

  function neighbour(edge, pick) {
    const first = edge.compared === "reverse" ? "reverse" : "obverse";
    const button = make(
      "button",
      { type: "button", onclick: () => pick(edge.coin) },
      make("span", { className: "rank", textContent: edge.rank }),
      faceOf(edge.coin, first, true),
      make(
        "span",
        { className: "about" },
        make("b", { textContent: Data.name(edge.coin) }),
        make("span", { textContent: described(edge.coin) }),
        make("span", { className: "score", textContent: nearness(edge) }),
      ),
    );
    if (edge.verdict)
      button.lastChild.append(
        make("span", {
          className: "verdict",
          textContent: edge.isConflicting
            ? `people disagree; the newest verdict is ${edge.verdict}`
            : `verdict: ${edge.verdict}`,
        }),
      );
    return make("li", {}, button);
  }

  /* Where the drawing is a part of other pages, they have one for each coin; a saved file has none. */
  function page(coin) {
    const isServed = location.protocol.startsWith("http");
    const id = Data.raw.links && isServed ? Data.value("coin_id", coin) : null;
    if (id === null) return [];
    return [make("a", { href: `${Data.raw.links}${id}`, target: "_top", textContent: "All that is known" })];
  }

  function show(coin, { pick, close }) {
    const found = Data.neighbours(coin);
    const heading = make("h2", {
      id: "card-name",
      tabIndex: -1,
      textContent: Data.value("inventory_number", coin),
    });
    const title = found.length ? `${found.length} nearest` : "Nearest";
    const nearest = found.length
      ? make("ol", {}, ...found.map((edge) => neighbour(edge, pick)))
      : make("p", {
          textContent: Data.raw.graph
            ? "This coin has no neighbour in the graph."
            : "This space and face have no graph, so no neighbours are shown.",
        });
    root.replaceChildren(
      make("button", { type: "button", className: "close", textContent: "Close", onclick: close }),
      make("p", { className: "collection", textContent: Data.value("collection", coin) }),
      heading,
      ...page(coin),
      make("div", { className: "faces" }, ...FACES.map((face) => figure(coin, face))),
      metadata(coin),
      make("h3", { textContent: Data.raw.graph ? `${title} in ${Data.raw.graph}` : title }),
      nearest,
    );
    root.hidden = false;
    root.scrollTop = 0;
    heading.focus({ preventScroll: true });
  }

  return {
    show,
    hide: () => {
      root.hidden = true;
      root.replaceChildren();
    },
    make,
  };
})();
