"use strict";
/* The data of the page, unpacked: coins by their position 0 to n - 1, edges as arrays of numbers. */
const Data = (() => {
  const raw = JSON.parse(document.getElementById("data").textContent);
  const n = raw.x.length;
  const NEVER = 65535;
  const VERDICTS = [null, "same die", "same type", "different"];
  const COMPARED = [null, "obverse", "reverse", "both"];

  function buffer(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes.buffer;
  }

  /* The value of a column for a coin; null where nothing is known. */
  function value(name, coin) {
    const column = raw.columns[name];
    return column && column.codes[coin] >= 0 ? column.values[column.codes[coin]] : null;
  }

  const edges = raw.edges && {
    neighbours: new Uint32Array(buffer(raw.edges.neighbours)),
    ranks: new Uint16Array(buffer(raw.edges.ranks)),
    distances: new Float32Array(buffer(raw.edges.distances)),
    percentiles: new Float32Array(buffer(raw.edges.percentiles)), // NaN: none
    flags: new Uint8Array(buffer(raw.edges.flags)), // 1 mutual, 2-3 compared, 4-5 verdict, 6 conflicting
    starts: new Uint32Array(n + 1),
  };
  if (edges)
    new Uint16Array(buffer(raw.edges.counts)).forEach((count, i) => {
      edges.starts[i + 1] = edges.starts[i] + count;
    });

  /* The neighbours of a coin, the nearest first. */
  function neighbours(coin) {
    const found = [];
    if (!edges) return found;
    for (let e = edges.starts[coin]; e < edges.starts[coin + 1]; e++) {
      const flags = edges.flags[e];
      const percentile = edges.percentiles[e];
      found.push({
        coin: edges.neighbours[e],
        rank: edges.ranks[e],
        similarity: 1 - edges.distances[e],
        percentile: Number.isNaN(percentile) ? null : percentile,
        mutual: (flags & 1) === 1,
        compared: COMPARED[(flags >> 1) & 3],
        verdict: VERDICTS[(flags >> 3) & 3],
        isConflicting: ((flags >> 5) & 1) === 1,
      });
    }
    return found;
  }

  /* Each pair of coins once: `best` and `worst` are the ranks that either gives the other. */
  function joined() {
    const most = edges ? edges.neighbours.length : 0;
    const a = new Uint32Array(most),
      b = new Uint32Array(most);
    const best = new Uint16Array(most),
      worst = new Uint16Array(most);
    const similarity = new Float32Array(most),
      percentile = new Float32Array(most);
    let count = 0;
    for (let coin = 0; coin < n && edges; coin++) {
      for (let e = edges.starts[coin]; e < edges.starts[coin + 1]; e++) {
        const other = edges.neighbours[e];
        let back = NEVER;
        for (let f = edges.starts[other]; f < edges.starts[other + 1]; f++) {
          if (edges.neighbours[f] === coin) {
            back = edges.ranks[f];
            break;
          }
        }
        if (back !== NEVER && other < coin) continue;
        a[count] = coin;
        b[count] = other;
        best[count] = Math.min(edges.ranks[e], back);
        worst[count] = Math.max(edges.ranks[e], back);
        similarity[count] = 1 - edges.distances[e];
        percentile[count++] = edges.percentiles[e];
      }
    }
    const cut = (array) => array.subarray(0, count);
    return {
      count,
      a: cut(a),
      b: cut(b),
      best: cut(best),
      worst: cut(worst),
      similarity: cut(similarity),
      percentile: cut(percentile),
    };
  }

  const pairs = joined();
  const range = pairs.similarity.reduce(
    ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
    [1, -1],
  );
  /* Enough decimals to tell similarities apart: in some spaces all are above 0.99. */
  const decimals = Math.min(7, Math.max(4, 3 - Math.floor(Math.log10(Math.max(range[1] - range[0], 1e-9)))));
  const similarities = { range, said: (similarity) => similarity.toFixed(decimals).replace("-", "\u2212") };

  /* Most interesting values are just below 100. */
  const percentileSaid = (percentile) => percentile.toFixed(percentile > 99.9 && percentile < 100 ? 3 : 1);

  /* The percentile of the pair whose similarity is nearest to a number; null where no pair has one. */
  function percentileAt(similarity) {
    let nearest = -1;
    for (let i = 0; i < pairs.count; i++) {
      const isCloser =
        nearest < 0 ||
        Math.abs(pairs.similarity[i] - similarity) < Math.abs(pairs.similarity[nearest] - similarity);
      if (isCloser && !Number.isNaN(pairs.percentile[i])) nearest = i;
    }
    return nearest < 0 ? null : pairs.percentile[nearest];
  }

  /* Small photographs are in blocks at the end of the page; a block is unpacked when it is needed. */
  const blocks = new Map();
  function photograph(coin, face) {
    if (!raw.photographs) return null;
    const block = Math.floor(coin / raw.photographs.block);
    if (!blocks.has(block)) {
      const element = document.getElementById(`photographs-${block}`);
      // While the browser still reads the file, a block may be incomplete.
      if (!element || (!element.nextSibling && document.readyState === "loading")) return null;
      blocks.set(block, JSON.parse(element.textContent));
    }
    const text = blocks.get(block)[coin % raw.photographs.block][face === "reverse" ? 1 : 0];
    return text ? `data:image/webp;base64,${text}` : null;
  }

  const name = (coin) => `${value("collection", coin)} / ${value("inventory_number", coin)}`;
  return {
    raw,
    n,
    NEVER,
    value,
    name,
    neighbours,
    pairs,
    similarities,
    percentileSaid,
    percentileAt,
    photograph,
  };
})();
