"use strict";
/* The search field: suggests coins by their number, and opens the card of the one that is chosen. */
const Search = (() => {
  const MOST_FOUND = 12;
  const { make } = Card;
  const element = (id) => document.getElementById(id);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const search = element("search"),
    options = element("options");
  const texts = Array.from({ length: Data.n }, (_, coin) => plain(Data.name(coin)));
  const numbers = Array.from({ length: Data.n }, (_, coin) => plain(Data.value("inventory_number", coin)));
  let found = [],
    active = -1,
    pickFound = () => {};

  /* First the numbers equal to the text, then those that begin with it, then those that contain it. */
  function matches(text) {
    const asked = plain(text.trim()),
      kinds = [[], [], []];
    if (!asked) return [];
    for (let coin = 0; coin < Data.n; coin++) {
      if (!texts[coin].includes(asked)) continue;
      const kind =
        kinds[numbers[coin] === asked || texts[coin] === asked ? 0 : numbers[coin].startsWith(asked) ? 1 : 2];
      if (kind.length < MOST_FOUND) kind.push(coin);
    }
    return kinds.flat().slice(0, MOST_FOUND);
  }

  function suggest() {
    found = matches(search.value);
    active = found.length ? 0 : -1;
    const isAsked = search.value.trim() !== "";
    options.replaceChildren(...found.map(option));
    element("found").textContent = isAsked ? counted() : "";
    setActive(active, isAsked && found.length > 0);
  }

  function option(coin, i) {
    const more = [Data.value("collection", coin), Data.value("type", coin)].filter(Boolean).join(" · ");
    const onmousedown = (event) => {
      event.preventDefault();
      choose(i);
    };
    return make(
      "li",
      { id: `option-${i}`, role: "option", onmousedown },
      make("b", { textContent: Data.value("inventory_number", coin) }),
      make("span", { textContent: more }),
    );
  }

  function counted() {
    if (found.length === 0) return "no coin has this number";
    return found.length === MOST_FOUND ? `the first ${MOST_FOUND} coins` : `${found.length} found`;
  }

  /* The list covers the page below the field, wherever the panel is scrolled to, and moves nothing. */
  function settle() {
    if (options.hidden) return;
    const field = search.getBoundingClientRect(),
      room = window.innerHeight - field.bottom - 10;
    const width = Math.min(field.width + 60, window.innerWidth - field.left - 8);
    Object.assign(options.style, {
      left: `${field.left}px`,
      top: `${field.bottom + 2}px`,
      width: `${width}px`,
      maxHeight: `${Math.min(360, room)}px`,
    });
  }

  function setActive(place, isOpen) {
    active = place;
    options.hidden = !isOpen;
    settle();
    search.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && place >= 0) search.setAttribute("aria-activedescendant", `option-${place}`);
    else search.removeAttribute("aria-activedescendant");
    [...options.children].forEach((option, i) => {
      option.setAttribute("aria-selected", String(i === place));
      if (i !== place || !isOpen) return;
      // Not scrollIntoView, which would scroll the panel, too.
      options.scrollTop = Math.min(
        option.offsetTop,
        Math.max(options.scrollTop, option.offsetTop + option.offsetHeight - options.clientHeight),
      );
    });
  }

  function choose(place) {
    setActive(-1, false);
    search.value = Data.value("inventory_number", found[place]);
    pickFound(found[place]);
  }

  /* `pick` gets the chosen coin. */
  function start(pick) {
    pickFound = pick;
    search.addEventListener("input", suggest);
    search.addEventListener("blur", () => setActive(-1, false));
    window.addEventListener("resize", settle);
    element("controls").addEventListener("scroll", settle);
    search.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && options.hidden) suggest();
      else if (step && found.length) setActive((active + step + found.length) % found.length, true);
      else if (event.key === "Enter" && found.length && !options.hidden) choose(Math.max(active, 0));
      else if (event.key === "Enter") suggest();
      else if (event.key === "Escape" && !options.hidden) {
        setActive(-1, false);
        event.stopPropagation();
      } else return;
      event.preventDefault();
    });
  }

  return { start };
})();
