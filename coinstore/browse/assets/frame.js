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

async function look() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const waiting = page.getElementById("waiting");
  if (!waiting) return location.reload();
  document.getElementById("waiting").replaceChildren(...waiting.children);
  setTimeout(look, 500);
}

if (document.getElementById("waiting")) setTimeout(look, 300);
