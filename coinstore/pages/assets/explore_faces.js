"use strict";
/* Faces and labels: photographs of coins as round pictures, marks, rings and texts on a canvas. */
const Faces = (() => {
  const KEPT_FACES = 1500,
    MARK_PX = 22;
  const FONT = 'system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';
  const kept = new Map();

  /* The round picture of a coin, or null while it loads; `ready` is called when it is there. */
  function picture(coin, ready) {
    const known = kept.get(coin);
    if (known) {
      kept.delete(coin);
      kept.set(coin, known);
      return known.canvas;
    }
    const first = Data.raw.face === "reverse" ? "reverse" : "obverse";
    const source =
      Data.photograph(coin, first) || Data.photograph(coin, first === "reverse" ? "obverse" : "reverse");
    if (!source) return null;
    const entry = { canvas: null };
    kept.set(coin, entry);
    if (kept.size > KEPT_FACES) kept.delete(kept.keys().next().value);
    const image = new Image();
    image.onload = () => {
      entry.canvas = rounded(image);
      ready();
    };
    image.src = source;
    return null;
  }

  /* Where too many coins are seen, one of each square has its photograph, and the others stay dots.
     Squares are those of the drawing, so that a move of the view changes nothing. */
  function spread(seen, { x, y, side }, most) {
    const found = new Map();
    for (const one of seen) {
      const square = `${Math.floor(x[one[0]] / side)} ${Math.floor(y[one[0]] / side)}`;
      if (!found.has(square)) found.set(square, one);
    }
    return found.size > most ? spread(seen, { x, y, side: 1.5 * side }, most) : [...found.values()];
  }

  /* A coin is round: nothing outside its circle is drawn. */
  function rounded(image) {
    const size = Math.max(image.width, image.height);
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const context = canvas.getContext("2d");
    context.beginPath();
    context.arc(size / 2, size / 2, size / 2, 0, 2 * Math.PI);
    context.clip();
    context.fillStyle = "#fff";
    context.fillRect(0, 0, size, size);
    context.drawImage(image, (size - image.width) / 2, (size - image.height) / 2);
    return canvas;
  }

  function ring(context, { x, y }, r, colour, width) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }

  /* `entry` is the coin's row of the legend; a coin of another group than the chosen one is pale. */
  function drawFace(context, image, entry, point, { r, isPale }) {
    context.globalAlpha = isPale ? 0.25 : 1;
    if (image) context.drawImage(image, point.x - r, point.y - r, 2 * r, 2 * r);
    ring(context, point, r, entry.colour, Math.max(2, r * 0.09));
    if (r >= MARK_PX && entry.mark) drawMark(context, entry, point.x + r * 0.72, point.y - r * 0.72);
    context.globalAlpha = 1;
  }

  /* The number that the legend gives a colour, so that nobody needs to tell colours apart. */
  function drawMark(context, entry, x, y) {
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = "#1b1b1b";
    context.font = "600 10px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(entry.mark, x, y + 0.5);
  }

  /* Where the keyboard is: a broad ring, blue between two white ones, visible on any photograph. */
  function drawCursor(context, point, r) {
    ring(context, point, Math.max(r, 5) + 7, "#fff", 8);
    ring(context, point, Math.max(r, 5) + 7, "#0b4f8a", 4);
  }

  /* Lines from one point to others. */
  function drawRays(context, from, points, dash) {
    context.strokeStyle = "#111";
    context.lineWidth = dash.length ? 1 : 1.6;
    context.setLineDash(dash);
    context.beginPath();
    for (const to of points) {
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
    }
    context.stroke();
    context.setLineDash([]);
  }

  /* A text, cut where it would be wider than its place. */
  function cut(context, text, width) {
    if (context.measureText(text).width <= width) return text;
    let end = text.length;
    while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
    return `${text.slice(0, end).trimEnd()}…`;
  }

  /* Lines of text below a coin, or above it where there is no room; the first line is bold. */
  function drawLabel(context, lines, point, { r, stage, isSelected }) {
    const outer = Math.max(r, 5) + 3;
    ring(context, point, outer, "#111", isSelected ? 3 : 1.5);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const set = lines.map((line, i) => {
      const font = `${i ? "400 12px" : "600 13px"} ${FONT}`;
      context.font = font;
      const text = cut(context, line, Math.min(460, stage.width - 26));
      return { font, text, width: context.measureText(text).width };
    });
    const width = 16 + Math.max(...set.map((line) => line.width));
    const height = 10 + 17 * set.length;
    const left = Math.max(4, Math.min(stage.width - width - 4, point.x - width / 2));
    const below = point.y + outer + 6;
    const top = below + height > stage.height ? point.y - outer - 6 - height : below;
    context.fillStyle = "rgba(255, 255, 255, 0.94)";
    context.strokeStyle = "#8c8c8c";
    context.lineWidth = 1;
    context.fillRect(left, top, width, height);
    context.strokeRect(left, top, width, height);
    context.fillStyle = "#1b1b1b";
    set.forEach(({ font, text }, i) => {
      context.font = font;
      context.fillText(text, left + width / 2, top + 14 + 17 * i);
    });
  }

  return { picture, spread, drawFace, drawRays, drawCursor, drawLabel };
})();
