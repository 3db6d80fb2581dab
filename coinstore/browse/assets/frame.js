// A drawing in its frame: waits until it is made, and keeps what it shows in the address.

const frame = document.querySelector("iframe.drawn");
const LONGEST = 2000;

// The frame may not touch this page: it says what it shows.
addEventListener("message", ({ source, data }) => {
  const fragment = data?.fragment;
  if (source !== frame?.contentWindow || typeof fragment !== "string") return;
  if (fragment.startsWith("#") && fragment.length < LONGEST)
    history.replaceState(null, "", location.pathname + fragment);
});

if (frame?.dataset.src) {
  const [path] = frame.dataset.src.split("#");
  frame.hidden = false;
  frame.src = location.hash ? path + location.hash : frame.dataset.src;
}

const waiting = document.getElementById("waiting");

async function look() {
  const answer = await fetch(waiting.dataset.at).catch(() => null);
  const made = answer?.ok ? await answer.json().catch(() => null) : null;
  if (made?.is_over || answer?.redirected || answer?.status === 404) return location.reload();
  if (made) show(made);
  setTimeout(look, made ? 500 : 2000); // a server that does not answer may come back
}

function show({ stage, done, expected }) {
  waiting.querySelector(".stage").textContent = stage;
  const share = waiting.querySelector("progress");
  if (expected) Object.assign(share, { max: expected, value: done });
}

if (waiting) setTimeout(look, 300);
