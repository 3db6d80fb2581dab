// The overlay of each face: a slider that fades or wipes from the first photograph to the second, and a
// switch that shows them in turn.
"use strict";

const BLINK_MS = 600;

function begin(figure) {
  const [stage, controls] = [figure.querySelector(".overlay"), figure.querySelector(".controls")];
  const [second, slider] = [stage.querySelector(".second"), controls.querySelector("[type=range]")];
  const button = controls.querySelector("button");
  let timer = 0;

  function show(share) {
    const wipes = controls.querySelector("[value=wipe]").checked;
    second.style.opacity = wipes ? 1 : share / 100;
    second.style.clipPath = wipes ? `inset(0 0 0 ${100 - share}%)` : "none";
    slider.setAttribute("aria-valuetext", `${share} of 100`);
  }

  function blink(on) {
    clearInterval(timer);
    button.setAttribute("aria-pressed", on);
    if (!on) return show(slider.value);
    let share = 100;
    show(share);
    timer = setInterval(() => show((share = 100 - share)), BLINK_MS);
  }

  slider.addEventListener("input", () => blink(false));
  button.addEventListener("click", () => blink(button.getAttribute("aria-pressed") === "false"));
  controls.addEventListener("change", (event) => {
    const { type, value, checked } = event.target;
    if (type === "checkbox") stage.classList.toggle(value, checked);
    if (type === "radio") blink(false);
  });
  controls.hidden = false;
  blink(false);
}

document.querySelectorAll("figure:has(.overlay)").forEach(begin);
document.documentElement.dataset.drawn = "";
