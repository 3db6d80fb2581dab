"use strict";
/* Which coins share a colour. Paul Tol's "muted" scheme for names, steps of viridis for dates: both hold for the colour-blind. */
const Colours = (() => {
  const NAMES = ["#CC6677", "#332288", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499"];
  const STEPS = ["#440154", "#414487", "#2A788E", "#22A884", "#7AD151", "#D8C91A"];
  const OTHER = "#8F8F8F", UNKNOWN = "#D0D0D0";
  const FIELDS = [
    ["type", "type"], ["collection", "collection"], ["community", "community"], ["material", "material"], ["date", "date (middle year)"],
    ["denomination", "denomination"], ["mint", "mint"], ["authority", "authority"], ["portrait", "portrait"],
  ];

  function year(signed) {
    return signed < 0 ? `${-signed} BC` : `AD ${signed}`;
  }

  function years(low, high) {
    if (low === high) return year(low);
    return low < 0 && high < 0 ? `${-low} to ${year(high)}` : `${year(low)} to ${low > 0 ? high : year(high)}`;
  }

  /* The middle of a coin's years; null when neither is known. */
  function middle(coin) {
    const from = Data.value("year_from", coin), to = Data.value("year_to", coin);
    return from === null && to === null ? null : ((from ?? to) + (to ?? from)) / 2;
  }

  function byDate() {
    const middles = Array.from({ length: Data.n }, (_, coin) => middle(coin));
    const known = middles.filter((one) => one !== null).sort((one, other) => one - other);
    const bounds = STEPS.slice(1).map((_, i) => known[Math.floor(((i + 1) * known.length) / STEPS.length)]);
    const ends = [...new Set(bounds)].filter((one) => one > known[0]);
    const of = Int16Array.from(middles, (one) => (one === null ? -1 : ends.filter((end) => one >= end).length));
    const steps = [...ends, null].map((_, i) => known.filter((one) => ends.filter((end) => one >= end).length === i));
    const entries = steps.map((inside, i) => {
      const [low, high] = [inside[0], inside[inside.length - 1]].map((one) => Math.floor(one) || 1);
      const colour = STEPS[Math.round((i * (STEPS.length - 1)) / Math.max(steps.length - 1, 1))];
      return { label: years(low, high), colour, count: inside.length };
    });
    return known.length ? finish(of, entries, 0) : finish(of.fill(-1), [], 0);
  }

  function byName(field) {
    const counts = new Map();
    for (let coin = 0; coin < Data.n; coin++) {
      const value = Data.value(field, coin);
      if (value !== null) counts.set(value, (counts.get(value) || 0) + 1);
    }
    const order = [...counts].sort((one, other) => other[1] - one[1] || (String(one[0]) < String(other[0]) ? -1 : 1));
    const frequent = order.slice(0, NAMES.length);
    const place = new Map(frequent.map(([value], i) => [value, i]));
    const of = new Int16Array(Data.n);
    for (let coin = 0; coin < Data.n; coin++) {
      const value = Data.value(field, coin);
      of[coin] = value === null ? -1 : place.get(value) ?? NAMES.length;
    }
    const entries = frequent.map(([value, count], i) => (
      { label: field === "community" ? `community ${value}` : String(value), colour: NAMES[i], count }));
    return finish(of, entries, order.length - frequent.length);
  }

  /* Groups are numbered from 0 in the order of `entries`; "other" and "not known" come last. */
  function finish(of, entries, others) {
    const count = (group) => of.reduce((sum, one) => sum + (one === group), 0);
    entries.forEach((entry, i) => { entry.group = i; entry.mark = String(i + 1); });
    if (others) entries.push({ group: NAMES.length, label: `other (${others})`, colour: OTHER, count: count(NAMES.length), mark: "" });
    const unknown = count(-1);
    if (unknown) entries.push({ group: -1, label: "not known", colour: UNKNOWN, count: unknown, mark: "" });
    const byGroup = new Map(entries.map((entry) => [entry.group, entry]));
    return { of, entries, entry: (coin) => byGroup.get(of[coin]) };
  }

  const made = new Map();
  function groups(field) {
    if (!made.has(field)) made.set(field, field === "date" ? byDate() : byName(field));
    return made.get(field);
  }

  /* The fields in which something is known of at least one coin. */
  const known = (field) => (Data.raw.columns[field === "date" ? "year_from" : field]?.values.length || 0) > 0
    || (field === "date" && (Data.raw.columns.year_to?.values.length || 0) > 0);
  return { fields: FIELDS.filter(([field]) => known(field)), groups };
})();
