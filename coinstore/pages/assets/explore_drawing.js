"use strict";
/* The drawing: sigma draws coins and moves the camera; edges are one call to WebGL, so that a slider costs nothing. */
const Drawing = (() => {
  const MOST_PX = 56, LEAST_PX = 1.8, FACE_PX = 9, MARK_PX = 22, MOST_FACES = 500, KEPT_FACES = 1500, SLOW_MS = 34, FEW_EDGES = 1000;
  const VERTEX = `
    attribute vec2 place; attribute vec3 pair; uniform vec4 scale; uniform vec2 turn; uniform vec3 least; varying float shown;
    void main() {
      float rank = least.z > 0.5 ? pair.y : pair.x;
      bool isShown = rank <= least.x && pair.z >= least.y && !(least.z > 0.5 && pair.y > 65534.0);
      vec2 at = vec2(place.x * scale.x + place.y * turn.x + scale.z, place.x * turn.y + place.y * scale.y + scale.w);
      gl_Position = isShown ? vec4(at, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
    }`;
  const FRAGMENT = "precision mediump float; uniform float alpha; void main() { gl_FragColor = vec4(0.22, 0.22, 0.24, 1.0) * alpha; }";

  const x = Float64Array.from(Data.raw.x), y = Float64Array.from(Data.raw.y);
  const state = {
    groups: null, group: null, selected: -1, hovered: -1, cursor: -1,
    filter: { rank: 3, similarity: -2, mutual: true, shown: true, count: 0 },
  };
  let renderer = null, lines = null, base = 5;
  const events = { pick: () => {}, moved: () => {} };

  function supported() {
    const canvas = document.createElement("canvas");
    return Boolean(window.WebGLRenderingContext && (canvas.getContext("webgl2") || canvas.getContext("webgl")));
  }

  /* Edges */
  function compiled(gl, kind, source) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  }

  function makeLines(gl) {
    const program = gl.createProgram();
    gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    gl.useProgram(program);
    const { count, a, b, best, worst, similarity } = Data.pairs;
    const places = new Float32Array(4 * count), pairs = new Float32Array(6 * count);
    // In no order, so that the first of them are a fair sample.
    const step = stride(count), slot = (i) => (i * step) % count;
    for (let i = 0; i < count; i++) {
      places.set([x[a[i]], y[a[i]], x[b[i]], y[b[i]]], 4 * slot(i));
      pairs.set([best[i], worst[i], similarity[i], best[i], worst[i], similarity[i]], 6 * slot(i));
    }
    const bind = (name, size, array) => {
      const buffer = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, array, gl.DYNAMIC_DRAW);
      const at = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, gl.FLOAT, false, 0, 0);
      return buffer;
    };
    bind("pair", 3, pairs);
    const buffer = bind("place", 2, places);
    const uniform = (name) => gl.getUniformLocation(program, name);
    return { gl, places, buffer, slot, share: 1, scale: uniform("scale"), turn: uniform("turn"), least: uniform("least"), alpha: uniform("alpha") };
  }

  /* A step, about 0.618 of `count`, by which one comes past each of `count` places once. */
  function stride(count) {
    const common = (one, other) => (other ? common(other, one % other) : one);
    let step = Math.max(1, Math.round(count * 0.618));
    while (count > 1 && common(count, step) > 1) step++;
    return step;
  }

  function drawLines() {
    const { gl } = lines, { filter } = state;
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!filter.shown || !filter.count) return;
    const { width, height } = renderer.getDimensions();
    const clip = (point) => { const at = renderer.graphToViewport(point); return [(at.x / width) * 2 - 1, 1 - (at.y / height) * 2]; };
    const [zero, one, two] = [clip({ x: 0, y: 0 }), clip({ x: 1, y: 0 }), clip({ x: 0, y: 1 })];
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform4f(lines.scale, one[0] - zero[0], two[1] - zero[1], zero[0], zero[1]);
    gl.uniform2f(lines.turn, two[0] - zero[0], one[1] - zero[1]);
    gl.uniform3f(lines.least, filter.rank, filter.similarity, filter.mutual ? 1 : 0);
    gl.uniform1f(lines.alpha, Math.max(0.06, Math.min(0.6, 14 / Math.sqrt(filter.count))));
    gl.drawArrays(gl.LINES, 0, 2 * Math.ceil(Data.pairs.count * lines.share));
  }

  /* Where frames come slowly, as without a graphics card, a share of the edges is drawn while the view moves. */
  let lastFrame = 0, resting = 0;
  function pace() {
    const now = performance.now(), took = now - lastFrame;
    lastFrame = now;
    if (took > 5000) return; // the view rested
    if (took > SLOW_MS) lines.share = Math.max((lines.share * SLOW_MS) / took, Math.min(1, FEW_EDGES / Math.max(Data.pairs.count, 1)));
    clearTimeout(resting);
    if (lines.share < 1) resting = setTimeout(() => { lines.share = 1; drawLines(); }, Math.max(200, Math.min(2 * took, 3000)));
  }

  function passes(i) {
    const { filter } = state, { best, worst, similarity } = Data.pairs;
    if (similarity[i] < filter.similarity || (filter.mutual && worst[i] === Data.NEVER)) return false;
    return (filter.mutual ? worst[i] : best[i]) <= filter.rank;
  }

  /* Shows other edges; returns how many there are. */
  function setFilter(filter) {
    Object.assign(state.filter, filter);
    let count = 0;
    for (let i = 0; i < Data.pairs.count; i++) count += passes(i);
    state.filter.count = count;
    if (renderer) { drawLines(); drawFaces(); }
    return count;
  }

  /* Faces of coins that are near enough, and what is said of the one under the pointer */
  const faces = new Map();
  function face(coin) {
    const kept = faces.get(coin);
    if (kept) { faces.delete(coin); faces.set(coin, kept); return kept.canvas; }
    const first = Data.raw.face === "reverse" ? "reverse" : "obverse";
    const source = Data.photograph(coin, first) || Data.photograph(coin, first === "reverse" ? "obverse" : "reverse");
    if (!source) return null;
    const entry = { canvas: null };
    faces.set(coin, entry);
    if (faces.size > KEPT_FACES) faces.delete(faces.keys().next().value);
    const image = new Image();
    image.onload = () => { entry.canvas = rounded(image); soon(); };
    image.src = source;
    return null;
  }

  /* A coin is round: what lies outside its circle is not drawn. */
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

  let waiting = 0;
  function soon() {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; drawFaces(); });
  }

  const at = (coin) => renderer.graphToViewport({ x: x[coin], y: y[coin] });
  const radius = () => base / sizeDivisor(renderer.getCamera().ratio);
  const sizeDivisor = (ratio) => Math.max(base / MOST_PX, Math.min(ratio, base / LEAST_PX));

  function visible(margin) {
    const { width, height } = renderer.getDimensions();
    const found = [];
    for (let coin = 0; coin < Data.n; coin++) {
      const point = at(coin);
      if (point.x > -margin && point.y > -margin && point.x < width + margin && point.y < height + margin) found.push([coin, point]);
    }
    return found;
  }

  function drawFaces() {
    const context = renderer.getCanvases().faces.getContext("2d");
    const { width, height } = renderer.getDimensions(), r = radius();
    context.clearRect(0, 0, width, height);
    drawOwnEdges(context);
    if (r >= FACE_PX) {
      const seen = visible(r);
      if (seen.length <= MOST_FACES) for (const [coin, point] of seen) drawFace(context, coin, point, r);
    }
    const cursor = isFocused() ? state.cursor : -1;
    for (const coin of new Set([state.selected, state.hovered, cursor])) if (coin >= 0) drawLabel(context, coin, at(coin), r);
    if (cursor >= 0) drawCursor(context, at(cursor), r);
  }

  /* The edges of the coin whose card is open; those of its neighbours that the slider leaves out are dashed. */
  function drawOwnEdges(context) {
    if (state.selected < 0 || !state.filter.shown) return;
    const { a, b, count } = Data.pairs, drawn = new Set(), own = new Set(Data.neighbours(state.selected).map((edge) => edge.coin));
    for (let i = 0; i < count; i++) {
      if ((a[i] === state.selected || b[i] === state.selected) && passes(i)) drawn.add(a[i] === state.selected ? b[i] : a[i]);
    }
    drawRays(context, drawn, []);
    drawRays(context, [...own].filter((coin) => !drawn.has(coin)), [5, 4]);
  }

  function drawRays(context, coins, dash) {
    const from = at(state.selected);
    context.strokeStyle = "#111";
    context.lineWidth = dash.length ? 1 : 1.6;
    context.setLineDash(dash);
    context.beginPath();
    for (const coin of coins) {
      const to = at(coin);
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
    }
    context.stroke();
    context.setLineDash([]);
  }

  function drawFace(context, coin, { x: cx, y: cy }, r) {
    const picture = face(coin), entry = state.groups.entry(coin);
    const isAside = state.group !== null && entry.group !== state.group;
    context.globalAlpha = isAside ? 0.25 : 1;
    if (picture) context.drawImage(picture, cx - r, cy - r, 2 * r, 2 * r);
    context.beginPath();
    context.arc(cx, cy, r, 0, 2 * Math.PI);
    context.lineWidth = Math.max(2, r * 0.09);
    context.strokeStyle = entry.colour;
    context.stroke();
    if (r >= MARK_PX && entry.mark) drawMark(context, entry, cx + r * 0.72, cy - r * 0.72);
    context.globalAlpha = 1;
  }

  /* The number that the legend gives a colour: no one has to tell colours apart. */
  function drawMark(context, entry, cx, cy) {
    context.beginPath();
    context.arc(cx, cy, 8, 0, 2 * Math.PI);
    context.fillStyle = "#fff";
    context.fill();
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = "#1b1b1b";
    context.font = "600 10px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(entry.mark, cx, cy + 0.5);
  }

  /* Where the keyboard is: a broad ring, blue between two white ones, that stands out on any photograph. */
  function drawCursor(context, { x: cx, y: cy }, r) {
    for (const [colour, wide] of [["#fff", 8], ["#0b4f8a", 4]]) {
      context.beginPath();
      context.arc(cx, cy, Math.max(r, 5) + 7, 0, 2 * Math.PI);
      context.lineWidth = wide;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  /* A text that is cut where it would be wider than its place. */
  function cut(context, text, width) {
    if (context.measureText(text).width <= width) return text;
    let end = text.length;
    while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
    return `${text.slice(0, end).trimEnd()}…`;
  }

  function drawLabel(context, coin, { x: cx, y: cy }, r) {
    const ring = Math.max(r, 5) + 3;
    context.beginPath();
    context.arc(cx, cy, ring, 0, 2 * Math.PI);
    context.lineWidth = coin === state.selected ? 3 : 1.5;
    context.strokeStyle = "#111";
    context.stroke();
    const said = [Data.name(coin), Data.value("type", coin), state.groups.entry(coin).label];
    let words = said.filter((word, i) => word && said.indexOf(word) === i);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const { width: stage, height } = renderer.getDimensions();
    const fonts = words.map((_, i) => `${i ? "400 12px" : "600 13px"} system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif`);
    words = words.map((word, i) => { context.font = fonts[i]; return cut(context, word, Math.min(460, stage - 26)); });
    const width = 16 + Math.max(...words.map((word, i) => { context.font = fonts[i]; return context.measureText(word).width; }));
    const tall = 10 + 17 * words.length;
    const left = Math.max(4, Math.min(stage - width - 4, cx - width / 2));
    const top = cy + ring + 6 + tall > height ? cy - ring - 6 - tall : cy + ring + 6;
    context.fillStyle = "rgba(255, 255, 255, 0.94)";
    context.strokeStyle = "#8c8c8c";
    context.lineWidth = 1;
    context.fillRect(left, top, width, tall);
    context.strokeRect(left, top, width, tall);
    context.fillStyle = "#1b1b1b";
    words.forEach((word, i) => { context.font = fonts[i]; context.fillText(word, left + width / 2, top + 14 + 17 * i); });
  }

  /* Coins */
  function start(container) {
    renderer = new Vendor.Sigma(new Vendor.Graph(), container, {
      renderLabels: false, labelRenderedSizeThreshold: Infinity, defaultDrawNodeHover: () => {}, itemSizesReference: "screen",
      zoomToSizeRatioFunction: sizeDivisor, minCameraRatio: 0.004, maxCameraRatio: 2.5, stagePadding: 24,
      nodeReducer: (key, data) => {
        const entry = state.groups.entry(key), isAside = state.group !== null && entry.group !== state.group;
        return { x: data.x, y: data.y, size: base, color: isAside ? "#E6E6E6" : entry.colour };
      },
    });
    // Within the unit square this leaves places as they are; a coin that is dragged moves no other.
    const span = (axis) => { const ends = axis.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [1, 0]); return [Math.min(ends[0], 0.499), Math.max(ends[1], 0.501)]; };
    renderer.setCustomBBox({ x: span(x), y: span(y) });
    const gl = renderer.createWebGLContext("pairs", { beforeLayer: "edges", preserveDrawingBuffer: true, antialias: true });
    renderer.createCanvasContext("faces", { beforeLayer: "labels" });
    // Layers of sigma's that stay empty here cost time in each frame all the same.
    for (const name of ["edges", "edgeLabels", "labels", "hovers", "hoverNodes"]) renderer.getCanvases()[name].style.display = "none";
    for (const name of ["pairs", "faces"]) Object.assign(renderer.getCanvases()[name].style, { position: "absolute", inset: "0" });
    lines = makeLines(gl);
    renderer.on("afterRender", () => { pace(); drawLines(); drawFaces(); });
    renderer.getCamera().on("updated", () => events.moved());
    renderer.resize(true);
    renderer.refresh();
    measure();
    // The coins come last, when all else stands: 20,000 of them are drawn once, not four times.
    const graph = new Vendor.Graph();
    for (let coin = 0; coin < Data.n; coin++) graph.addNode(coin, { x: x[coin], y: y[coin], size: 1 });
    renderer.setGraph(graph);
    listen(graph);
    renderer.on("resize", () => { measure(); renderer.refresh(); });
    new ResizeObserver(() => { if (container.offsetWidth && container.offsetHeight) renderer.resize(); }).observe(container);
  }

  /* The radius of a coin in pixels when the whole drawing is in view. */
  function measure() {
    // Not by the camera as it is: it may have moved since the last frame, and places have not.
    const whole = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 } };
    const zero = renderer.graphToViewport({ x: 0, y: 0 }, whole), one = renderer.graphToViewport({ x: 1, y: 0 }, whole);
    base = 0.44 * Data.raw.spacing * Math.hypot(one.x - zero.x, one.y - zero.y);
  }

  function listen(graph) {
    let dragged = null, hasMoved = false;
    const incident = () => {
      const found = [];
      for (let i = 0; i < Data.pairs.count; i++) {
        if (Data.pairs.a[i] === dragged) found.push(4 * lines.slot(i));
        if (Data.pairs.b[i] === dragged) found.push(4 * lines.slot(i) + 2);
      }
      return found;
    };
    let ends = [];
    renderer.on("enterNode", ({ node }) => { state.hovered = Number(node); container().style.cursor = "pointer"; soon(); });
    renderer.on("leaveNode", () => { state.hovered = -1; container().style.cursor = ""; soon(); });
    renderer.on("clickNode", ({ node }) => { if (!hasMoved) events.pick(Number(node)); });
    renderer.on("downNode", ({ node }) => { dragged = Number(node); hasMoved = false; ends = incident(); });
    renderer.on("moveBody", ({ event }) => {
      if (dragged === null) return;
      const point = renderer.viewportToGraph(event);
      hasMoved = true;
      [x[dragged], y[dragged]] = [point.x, point.y];
      lines.gl.bindBuffer(lines.gl.ARRAY_BUFFER, lines.buffer);
      for (const end of ends) {
        lines.places.set([point.x, point.y], end);
        lines.gl.bufferSubData(lines.gl.ARRAY_BUFFER, 4 * end, lines.places.subarray(end, end + 2));
      }
      graph.mergeNodeAttributes(dragged, point);
      event.preventSigmaDefault();
      event.original.preventDefault();
      event.original.stopPropagation();
    });
    const drop = () => { dragged = null; };
    renderer.on("upNode", drop);
    renderer.on("upStage", drop);
    renderer.getMouseCaptor().on("mouseup", drop);
  }

  /* The drawing as a picture, for print, which does not wait for WebGL. */
  function still() {
    renderer.render();
    const { width, height } = renderer.getCanvases().nodes;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    for (const name of ["pairs", "nodes", "faces"]) context.drawImage(renderer.getCanvases()[name], 0, 0, width, height);
    return canvas.toDataURL("image/png");
  }

  const container = () => renderer.getContainer();
  const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function move(target) {
    const camera = renderer.getCamera();
    if (isCalm()) camera.setState(target);
    else camera.animate(target, { duration: 250 });
  }

  /* Brings a coin to the middle, near enough that its face can be seen. */
  function goTo(coin) {
    if (!renderer) return;
    const camera = renderer.getCamera(), near = Math.min(camera.ratio, base / 26);
    move({ ...renderer.viewportToFramedGraph(at(coin)), ratio: Math.max(near, 0.004) });
  }

  const isFocused = () => document.activeElement?.id === "stage";

  /* The coin nearest to another in a direction: across counts twice, and no farther across than along. Of coins that lie
     upon each other the next by number, forwards to the right and down, so that each can be reached. */
  function next(coin, [dx, dy]) {
    if (coin < 0) return central();
    const isForward = dx > 0 || dy < 0;
    let found = -1, least = Infinity;
    for (let other = 0; other < x.length; other++) {
      const along = (x[other] - x[coin]) * dx + (y[other] - y[coin]) * dy;
      const across = Math.abs((x[other] - x[coin]) * dy - (y[other] - y[coin]) * dx);
      const isUpon = along === 0 && across === 0;
      if (other === coin || (isUpon ? other > coin !== isForward : along <= 0 || across > along)) continue;
      const far = isUpon ? -1 / Math.abs(other - coin) : along + 2 * across;
      if (far < least) [least, found] = [far, other];
    }
    return found < 0 ? coin : found;
  }

  /* The coin nearest to the middle of what is in view. */
  function central() {
    const { width, height } = renderer.getDimensions(), middle = renderer.viewportToGraph({ x: width / 2, y: height / 2 });
    let found = 0;
    const far = (coin) => Math.hypot(x[coin] - middle.x, y[coin] - middle.y);
    for (let coin = 1; coin < x.length; coin++) if (far(coin) < far(found)) found = coin;
    return found;
  }

  /* Moves the view where a coin lies outside it, or at its edge. */
  function bring(coin) {
    const point = at(coin), { width, height } = renderer.getDimensions(), edge = Math.min(60, width / 6, height / 6);
    if (point.x < edge || point.y < edge || point.x > width - edge || point.y > height - edge) move(renderer.viewportToFramedGraph(point));
  }

  return {
    state, events, next, bring, supported, start, setFilter, goTo,
    paint: () => { if (renderer) renderer.refresh({ skipIndexation: true }); },
    mark: () => { if (renderer) soon(); },
    camera: () => (renderer ? renderer.getCamera().getState() : null),
    setCamera: (found) => { if (renderer) renderer.getCamera().setState(found); },
    pan: (dx, dy) => { const c = renderer.getCamera(); move({ x: c.x + dx * c.ratio, y: c.y + dy * c.ratio }); },
    zoom: (by) => move({ ratio: renderer.getCamera().getBoundedRatio(renderer.getCamera().ratio * by) }),
    fit: () => move({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }),
    where: (coin) => at(coin), radius: () => radius(), still,
  };
})();
