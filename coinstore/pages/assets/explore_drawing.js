"use strict";
/* The drawing: sigma draws coins and moves the camera; Edges and Faces draw the layers around them. */
const Drawing = (() => {
  const MOST_PX = 56,
    LEAST_PX = 1.8,
    FACE_PX = 9,
    MOST_FACES = 500;
  const x = Float64Array.from(Data.raw.x),
    y = Float64Array.from(Data.raw.y);
  const state = {
    groups: null,
    group: null,
    selected: -1,
    hovered: -1,
    cursor: -1,
    filter: { rank: 3, similarity: -2, mutual: true, shown: true, count: 0 },
  };
  let renderer = null,
    base = 5,
    faces = [];
  const events = { pick: () => {}, moved: () => {} };

  /* Shows other edges; returns how many there are. */
  function setFilter(filter) {
    Object.assign(state.filter, filter);
    let count = 0;
    for (let i = 0; i < Data.pairs.count; i++) count += Edges.passes(i, state.filter);
    state.filter.count = count;
    if (renderer) {
      Edges.draw(state.filter);
      drawFaces();
    }
    return count;
  }

  let waiting = 0;
  function soon() {
    if (!waiting)
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        drawFaces();
      });
  }

  const at = (coin) => renderer.graphToViewport({ x: x[coin], y: y[coin] });
  const radius = () => base / sizeDivisor(renderer.getCamera().ratio);
  const sizeDivisor = (ratio) => Math.max(base / MOST_PX, Math.min(ratio, base / LEAST_PX));
  const unit = () => (0.44 * Data.raw.spacing * renderer.getCamera().ratio) / base; // a pixel
  const isPale = (entry) => state.group !== null && entry.group !== state.group;

  function visible(margin) {
    const { width, height } = renderer.getDimensions();
    const found = [];
    for (let coin = 0; coin < Data.n; coin++) {
      const point = at(coin);
      if (point.x > -margin && point.y > -margin && point.x < width + margin && point.y < height + margin)
        found.push([coin, point]);
    }
    return found;
  }

  function drawFaces() {
    const context = renderer.getCanvases().faces.getContext("2d");
    const stage = renderer.getDimensions(),
      r = radius();
    context.clearRect(0, 0, stage.width, stage.height);
    drawOwnEdges(context);
    const seen = r >= FACE_PX ? visible(r) : [];
    const places = { x, y, side: 2 * r * unit() };
    faces = seen.length <= MOST_FACES ? seen : Faces.spread(seen, places, MOST_FACES);
    for (const [coin, point] of faces) {
      const entry = state.groups.entry(coin);
      Faces.drawFace(context, Faces.picture(coin, soon), entry, point, { r, isPale: isPale(entry) });
    }
    const cursor = isFocused() ? state.cursor : -1;
    for (const coin of new Set([state.selected, state.hovered, cursor]))
      if (coin >= 0)
        Faces.drawLabel(context, lines(coin), at(coin), { r, stage, isSelected: coin === state.selected });
    if (cursor >= 0) Faces.drawCursor(context, at(cursor), r);
  }

  /* What a label says: name, type, and the row of the legend; each only once. */
  function lines(coin) {
    const said = [Data.name(coin), Data.value("type", coin), state.groups.entry(coin).label];
    return said.filter((word, i) => word && said.indexOf(word) === i);
  }

  /* The edges of the coin whose card is open; edges that the slider leaves out are dashed. */
  function drawOwnEdges(context) {
    if (state.selected < 0 || !state.filter.shown) return;
    const { a, b, count } = Data.pairs,
      drawn = new Set();
    for (let i = 0; i < count; i++) {
      if ((a[i] === state.selected || b[i] === state.selected) && Edges.passes(i, state.filter))
        drawn.add(a[i] === state.selected ? b[i] : a[i]);
    }
    const own = new Set(Data.neighbours(state.selected).map((edge) => edge.coin));
    const from = at(state.selected);
    Faces.drawRays(context, from, [...drawn].map(at), []);
    const left = [...own].filter((coin) => !drawn.has(coin));
    Faces.drawRays(context, from, left.map(at), [5, 4]);
  }

  /* Coins */
  const SETTINGS = {
    renderLabels: false,
    labelRenderedSizeThreshold: Infinity,
    defaultDrawNodeHover: () => {},
    itemSizesReference: "screen",
    zoomToSizeRatioFunction: sizeDivisor,
    minCameraRatio: 0.004,
    maxCameraRatio: 2.5,
    stagePadding: 24,
    nodeReducer: (key, data) => {
      const entry = state.groups.entry(key);
      return { x: data.x, y: data.y, size: base, color: isPale(entry) ? "#E6E6E6" : entry.colour };
    },
  };

  function start(container) {
    renderer = new Vendor.Sigma(new Vendor.Graph(), container, SETTINGS);
    // Within the unit square this keeps places as they are; a coin that is dragged moves no other.
    const span = (axis) => {
      const ends = axis.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [1, 0]);
      return [Math.min(ends[0], 0.499), Math.max(ends[1], 0.501)];
    };
    renderer.setCustomBBox({ x: span(x), y: span(y) });
    Edges.start(layers(), renderer, x, y);
    renderer.on("afterRender", () => {
      Edges.pace(() => Edges.draw(state.filter));
      Edges.draw(state.filter);
      drawFaces();
    });
    renderer.getCamera().on("updated", () => events.moved());
    renderer.resize(true);
    renderer.refresh();
    measure();
    addCoins();
    renderer.on("resize", () => {
      measure();
      renderer.refresh();
    });
    new ResizeObserver(() => {
      if (container.offsetWidth && container.offsetHeight) renderer.resize();
    }).observe(container);
  }

  /* Makes our two layers, for edges and for faces; returns the WebGL context of the edges. */
  function layers() {
    const gl = renderer.createWebGLContext("pairs", {
      beforeLayer: "edges",
      preserveDrawingBuffer: true,
      antialias: true,
    });
    renderer.createCanvasContext("faces", { beforeLayer: "labels" });
    // Sigma's own layers stay empty here, but cost time in each frame.
    for (const name of ["edges", "edgeLabels", "labels", "hovers", "hoverNodes"])
      renderer.getCanvases()[name].style.display = "none";
    for (const name of ["pairs", "faces"])
      Object.assign(renderer.getCanvases()[name].style, { position: "absolute", inset: "0" });
    return gl;
  }

  /* The coins come last, when everything else is there: 20,000 of them are drawn once, not four times. */
  function addCoins() {
    const graph = new Vendor.Graph();
    for (let coin = 0; coin < Data.n; coin++) graph.addNode(coin, { x: x[coin], y: y[coin], size: 1 });
    renderer.setGraph(graph);
    hover();
    drag(graph);
  }

  /* The radius of a coin in pixels when the whole drawing is in view. */
  function measure() {
    // Without the camera's current state: it may have moved since the last frame, and places have not.
    const whole = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 } };
    const zero = renderer.graphToViewport({ x: 0, y: 0 }, whole),
      one = renderer.graphToViewport({ x: 1, y: 0 }, whole);
    base = 0.44 * Data.raw.spacing * Math.hypot(one.x - zero.x, one.y - zero.y);
  }

  function hover() {
    const over = (coin, shape) => {
      state.hovered = coin;
      container().style.cursor = shape;
      soon();
    };
    renderer.on("enterNode", ({ node }) => over(Number(node), "pointer"));
    renderer.on("leaveNode", () => over(-1, ""));
  }

  function drag(graph) {
    let dragged = null,
      hasMoved = false,
      ends = [];
    renderer.on("clickNode", ({ node }) => {
      if (!hasMoved) events.pick(Number(node));
    });
    renderer.on("downNode", ({ node }) => {
      dragged = Number(node);
      hasMoved = false;
      ends = Edges.endsOf(dragged);
    });
    renderer.on("moveBody", ({ event }) => {
      if (dragged === null) return;
      const point = renderer.viewportToGraph(event);
      hasMoved = true;
      [x[dragged], y[dragged]] = [point.x, point.y];
      Edges.move(ends, point);
      graph.mergeNodeAttributes(dragged, point);
      event.preventSigmaDefault();
      event.original.preventDefault();
      event.original.stopPropagation();
    });
    const drop = () => {
      dragged = null;
    };
    renderer.on("upNode", drop);
    renderer.on("upStage", drop);
    renderer.getMouseCaptor().on("mouseup", drop);
  }

  /* The drawing as a picture, for print: a printer does not wait for WebGL. */
  function still() {
    renderer.render();
    const { width, height } = renderer.getCanvases().nodes;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    for (const name of ["pairs", "nodes", "faces"])
      context.drawImage(renderer.getCanvases()[name], 0, 0, width, height);
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
    const camera = renderer.getCamera(),
      near = Math.min(camera.ratio, base / 26);
    move({ ...renderer.viewportToFramedGraph(at(coin)), ratio: Math.max(near, 0.004) });
  }

  const isFocused = () => document.activeElement?.id === "stage";

  /* The next coin in a direction, or the one nearest to the middle of the view. */
  function next(coin, direction) {
    if (coin >= 0) return Walk.next(x, y, coin, direction);
    const { width, height } = renderer.getDimensions();
    return Walk.nearest(x, y, renderer.viewportToGraph({ x: width / 2, y: height / 2 }));
  }

  /* Moves the view when a coin is outside it, or at its edge. */
  function bring(coin) {
    const point = at(coin),
      { width, height } = renderer.getDimensions(),
      edge = Math.min(60, width / 6, height / 6);
    if (point.x < edge || point.y < edge || point.x > width - edge || point.y > height - edge)
      move(renderer.viewportToFramedGraph(point));
  }

  return {
    state,
    events,
    next,
    bring,
    start,
    setFilter,
    goTo,
    paint: () => {
      if (renderer) renderer.refresh({ skipIndexation: true });
    },
    mark: () => {
      if (renderer) soon();
    },
    camera: () => (renderer ? renderer.getCamera().getState() : null),
    setCamera: (found) => {
      if (renderer) renderer.getCamera().setState(found);
    },
    pan: (dx, dy) => {
      const c = renderer.getCamera();
      move({ x: c.x + dx * c.ratio, y: c.y + dy * c.ratio });
    },
    zoom: (by) => move({ ratio: renderer.getCamera().getBoundedRatio(renderer.getCamera().ratio * by) }),
    fit: () => move({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }),
    where: (coin) => at(coin),
    radius: () => radius(),
    faces: () => faces.map(([coin]) => coin),
    still,
  };
})();
