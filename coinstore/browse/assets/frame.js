// A drawing in its frame: waits until it is made, and keeps what it shows in the address.

let frame = document.querySelector("iframe.drawn");
const LONGEST = 2000;

// The frame may not touch this page: it says what it shows.
addEventListener("message", ({ source, data }) => {
  const fragment = data?.fragment;
  if (source !== frame?.contentWindow || typeof fragment !== "string") return;
  if (fragment.startsWith("#") && fragment.length < LONGEST)
    history.replaceState(null, "", location.pathname + fragment);
});

// Setting src again would keep the first address as an own entry of the history.
if (frame && location.hash) {
  const other = frame.cloneNode();
  other.src = frame.src.split("#")[0] + location.hash;
  frame.replaceWith(other);
  frame = other;
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
