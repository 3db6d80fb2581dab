// The full photograph, to zoom into: OpenSeadragon over the pictures that the address of the link names.

const LIBRARY = "/assets/vendor/openseadragon.min.js";
const dialog = document.querySelector("dialog.viewer");
const links = [...document.querySelectorAll("a.zoom")];
let viewer, link;

const shows = (one) => `#photograph-${one.dataset.face}`;

function library() {
  if (window.OpenSeadragon) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: LIBRARY });
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}

function numbers(text) {
  return text.split(",").map(Number);
}

function say(sentence) {
  const place = dialog.querySelector("[role=alert]");
  place.textContent = sentence;
  place.hidden = !sentence;
}

async function sayWhyNot(address) {
  const answer = await fetch(address);
  if (!answer.ok) say((await answer.json()).error);
}

function showAll() {
  const image = viewer.world.getItemAt(0);
  if (!image) return;
  const [left, top, right, bottom] = numbers(link.dataset.box);
  const box = image.imageToViewportRectangle(left, top, right - left, bottom - top);
  viewer.viewport.setRotation(0, true);
  viewer.viewport.fitBounds(box, true);
}

function drawOutline() {
  viewer.clearOverlays();
  const image = viewer.world.getItemAt(0);
  if (!image || !link.dataset.points || !dialog.querySelector("[data-do=outline]").checked) return;
  const [width, height] = numbers(link.dataset.size);
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawn.setAttribute("class", "outline");
  const line = document.createElementNS(drawn.namespaceURI, "polygon");
  line.setAttribute("points", link.dataset.points);
  drawn.append(line);
  const location = image.imageToViewportRectangle(0, 0, width, height);
  viewer.addOverlay({ element: drawn, location, rotationMode: "EXACT" });
}

function made() {
  // The library adds a style, which the policy of our pages forbids, unless it finds an element of this name.
  const style = document.createElementNS("urn:coinstore", "style");
  style.setAttribute("data-openseadragon-mobile-css", "");
  document.head.append(style);
  const quick = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const found = window.OpenSeadragon({
    element: dialog.querySelector(".stage"),
    showNavigationControl: false,
    drawer: "canvas",
    maxZoomPixelRatio: 4,
    visibilityRatio: 0.5,
    tileRetryMax: 3,
    tileRetryDelay: 1500,
    ...(quick ? { animationTime: 0, immediateRender: true } : {}),
  });
  found.addHandler("open", () => {
    showAll();
    drawOutline();
    found.canvas.focus();
    dialog.dataset.shown = link.dataset.face;
  });
  found.addHandler("open-failed", (event) => say(event.message));
  found.addHandler("tile-load-failed", (event) => sayWhyNot(event.tile.getUrl()));
  found.addHandler("tile-loaded", () => say(""));
  found.canvas.setAttribute("role", "application");
  return found;
}

async function open(one) {
  link = one;
  say("");
  dialog.querySelector("h2").textContent = `Photograph of the ${one.dataset.face}`;
  if (!dialog.open) dialog.showModal();
  history.replaceState(null, "", shows(one));
  await library();
  viewer ??= made();
  viewer.canvas.setAttribute("aria-label", `Photograph of the ${one.dataset.face}`);
  viewer.open(`${one.dataset.service}/info.json`);
}

const actions = {
  closer: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
  farther: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
  all: showAll,
  turn: () => viewer.viewport.setRotation(viewer.viewport.getRotation() + 90),
  outline: drawOutline,
  close: () => dialog.close(),
};

for (const one of links) {
  one.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(one);
  });
  const picture = one.closest("figure").querySelector(".photograph");
  picture.classList.add("zooms");
  picture.addEventListener("click", () => one.click());
  if (location.hash === shows(one)) open(one);
}

dialog?.addEventListener("click", (event) => {
  const action = event.target.closest("[data-do]")?.dataset.do;
  if (action === "close" || (action && viewer)) actions[action]();
});

dialog?.addEventListener("close", () => {
  viewer?.close();
  delete dialog.dataset.shown;
  history.replaceState(null, "", location.pathname + location.search);
  link.focus();
});
