// Keys for judging: each button with data-key is pressed by it. They can be turned off, are off on a page
// that has no switch for that, and do nothing while a text is written.
const box = document.querySelector("#keys");
const WRITTEN = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range])";

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !box?.checked) return;
  if (event.target.closest(WRITTEN)) return;
  const key = event.key.toLowerCase();
  const here = document.activeElement.closest("[data-row]") ?? document.querySelector("[data-row]");
  if (key === "j" || key === "k") return step(here, key === "j");
  const all = [...(here?.querySelectorAll("[data-key]") ?? []), ...document.querySelectorAll("[data-key]")];
  all.find((button) => button.dataset.key === key)?.click();
}

function step(here, forward) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const inside = here?.contains(document.activeElement);
  const next = inside ? rows[rows.indexOf(here) + (forward ? 1 : -1)] : rows[0];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function keep(choice) {
  choice.checked = localStorage.getItem(choice.id) !== "off";
  choice.addEventListener("change", () => localStorage.setItem(choice.id, choice.checked ? "on" : "off"));
  choice.closest("label").hidden = false;
}

/* Says which keys there are, as long as they are on. */
function announce() {
  for (const button of document.querySelectorAll("[data-key]"))
    if (box?.checked) button.setAttribute("aria-keyshortcuts", button.dataset.key);
    else button.removeAttribute("aria-keyshortcuts");
}

document.querySelectorAll("#keys, #points").forEach(keep);
document.addEventListener("keydown", press);
document.querySelector(".controls button")?.setAttribute("data-key", "b");
box?.addEventListener("change", announce);
announce();
