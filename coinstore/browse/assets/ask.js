// Photographs that are dropped or pasted, and an answer that comes without losing what was chosen.
const form = document.querySelector("form.ask");
const state = form.querySelector(".state");
const most = Number(form.dataset.mostBytes);
const drops = [...form.querySelectorAll(".drop")];
const inputs = (drop) => [...drop.querySelectorAll("input[type=file]")];
const chosen = (drop) => inputs(drop).flatMap((input) => [...input.files])[0];

function say(text) {
  state.textContent = text;
}

// Shows what is chosen; what a browser cannot show may still be a photograph.
function show(drop) {
  const file = chosen(drop), picture = drop.querySelector(".preview");
  URL.revokeObjectURL(picture.src);
  picture.hidden = !file;
  drop.querySelector(".clear").hidden = !file;
  if (file) picture.src = URL.createObjectURL(file);
}

function keep(drop, input) {
  const file = input.files[0];
  if (file && file.size > most) {
    input.value = "";
    say(`${file.name} has more than ${most / 1024 / 1024} MB; make it smaller first.`);
  } else if (file) {
    for (const other of inputs(drop)) if (other !== input) other.value = "";
    say("");
  }
  show(drop);
}

function put(drop, file) {
  const data = new DataTransfer(), input = inputs(drop)[0];
  data.items.add(file);
  input.files = data.files;
  keep(drop, input);
}

// Puts files on this face and the next ones, or, without a face, on those that have none yet.
function place(files, drop) {
  const photographs = [...files].filter((file) => file.type.startsWith("image/"));
  if (!photographs.length) return say("That is not a photograph.");
  const free = drops.filter((one) => !chosen(one));
  const places = drop ? [drop, ...drops.filter((one) => one !== drop)] : free.length ? free : drops;
  photographs.slice(0, places.length).forEach((file, n) => put(places[n], file));
}

for (const drop of drops) {
  for (const input of inputs(drop)) input.addEventListener("change", () => keep(drop, input));
  drop.querySelector(".clear").addEventListener("click", () => {
    for (const input of inputs(drop)) input.value = "";
    show(drop);
    inputs(drop)[0].focus();
  });
  drop.querySelector(".preview").addEventListener("error", (event) => { event.target.hidden = true; });
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  show(drop);
}
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  for (const drop of drops) drop.classList.remove("over");
  if (event.dataTransfer.files.length) place(event.dataTransfer.files, event.target.closest?.(".drop"));
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) place(event.clipboardData.files);
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  say("Searching …");
  try {
    const answered = await fetch(form.action, {method: "POST", body: new FormData(form)});
    const page = new DOMParser().parseFromString(await answered.text(), "text/html");
    const answer = page.getElementById("answer"), sorry = page.querySelector("[role=alert]");
    if (answer) document.getElementById("answer").replaceWith(answer);
    say(sorry?.textContent ?? (answer ? "" : page.querySelector("h1").textContent));
    if (answer && !sorry) answer.focus();
  } catch {
    say("No answer came; try again.");
  }
  button.disabled = false;
});
for (const one of form.querySelectorAll(".with-script")) one.hidden = false;
