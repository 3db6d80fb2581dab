// Spans have sliders as well as fields; nothing is sent before someone says so.

for (const span of document.querySelectorAll("[data-least]")) {
  const [least, most] = [Number(span.dataset.least), Number(span.dataset.most)];
  const fields = [...span.querySelectorAll("input")];
  if (!(most > least)) continue;
  for (const [end, field] of fields.entries()) {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: least, max: most, step: field.dataset.step });
    slider.value = field.value || (end ? most : least);
    slider.setAttribute("aria-label", `${span.dataset.name} ${end ? "to" : "from"}`);
    slider.addEventListener("input", () => {
      field.value = slider.value;
      const [from, to] = sliders.map((one) => Number(one.value));
      if (from > to) fields[1 - end].value = sliders[1 - end].value = slider.value;
    });
    span.append(slider);
  }
  const sliders = [...span.querySelectorAll("[type=range]")];
}

// A name that is chosen keeps what is typed in the fields.
for (const link of document.querySelectorAll(".facet a")) {
  link.addEventListener("click", () => {
    const address = new URL(link.href);
    for (const field of link.closest("form").querySelectorAll("input[name]:not([type=hidden]), select[name]")) {
      address.searchParams.delete(field.name);
      if (field.value) address.searchParams.set(field.name, field.value);
    }
    link.href = address;
  });
}
