"use strict";
/* Which coins share a colour: Paul Tol's "muted" scheme for names, steps of viridis for dates. Both work for
   colour-blind people. */
const Colours = (() => {
  const NAMES = [
    "#CC6677",
    "#332288",
    "#DDCC77",
    "#117733",
    "#88CCEE",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
  ];
  const STEPS = ["#440154", "#414487", "#2A788E", "#22A884", "#7AD151", "#D8C91A"];
  const OTHER = "#8F8F8F",
    UNKNOWN = "#D0D0D0";
  const FIELDS = [
    ["type", "type"],
    ["collection", "collection"],
    ["community", "community"],
    ["material", "material"],
    ["date", "date (middle year)"],
    ["denomination", "denomination"],
    ["mint", "mint"],
    ["authority", "authority"],
    ["portrait", "portrait"],
  ];

  function year(signed) {
    return signed < 0 ? `${-signed} BC` : `AD ${signed}`;
  }

  function years(low, high) {
    if (low === high) return year(low);
    return low < 0 && high < 0
      ? `${-low} to ${year(high)}`
      : `${year(low)} to ${low > 0 ? high : year(high)}`;
  }

  /* There is no year 0: 1 BC is 0 here, and AD 1 follows. */
  const counted = (signed) => (signed < 0 ? signed + 1 : signed);
  const signed = (whole) => (whole < 1 ? whole - 1 : whole);

  /* The middle of a coin's years, rounded; null when neither is known. */
  function middle(coin) {
    const from = Data.value("year_from", coin),
      to = Data.value("year_to", coin);
    return from === null && to === null ? null : Math.floor((counted(from ?? to) + counted(to ?? from)) / 2);
  }

  function byDate() {
    const middles = Array.from({ length: Data.n }, (_, coin) => middle(coin));
    const known = middles.filter((one) => one !== null).sort((one, other) => one - other);
    const bounds = STEPS.slice(1).map((_, i) => known[Math.floor(((i + 1) * known.length) / STEPS.length)]);
    const ends = [...new Set(bounds)].filter((one) => one > known[0]);
    const of = Int16Array.from(middles, (one) =>
      one === null ? -1 : ends.filter((end) => one >= end).length,
    );
    // Each class ends in the year before the next begins: every year is in exactly one class.
    const starts = [known[0], ...ends],
      last = known[known.length - 1];
    const entries = starts.map((low, i) => {
      const colour = STEPS[Math.round((i * (STEPS.length - 1)) / Math.max(starts.length - 1, 1))];
      const high = i + 1 < starts.length ? starts[i + 1] - 1 : last;
      return {
        label: years(signed(low), signed(high)),
        colour,
        count: of.reduce((sum, one) => sum + (one === i), 0),
      };
    });
    return known.length ? finish(of, entries, 0) : finish(of.fill(-1), [], 0);
  }

  function byName(field) {
    const counts = new Map();
    for (let coin = 0; coin < Data.n; coin++) {
      const value = Data.value(field, coin);
      if (value !== null) counts.set(value, (counts.get(value) || 0) + 1);
    }
    const order = [...counts].sort(
      (one, other) => other[1] - one[1] || (String(one[0]) < String(other[0]) ? -1 : 1),
    );
    const frequent = order.slice(0, NAMES.length);
    const place = new Map(frequent.map(([value], i) => [value, i]));
    const of = new Int16Array(Data.n);
    for (let coin = 0; coin < Data.n; coin++) {
      const value = Data.value(field, coin);
      of[coin] = value === null ? -1 : (place.get(value) ?? NAMES.length);
    }
    const entries = frequent.map(([value, count], i) => ({
      label: field === "community" ? `community ${value}` : String(value),
      colour: NAMES[i],
      count,
    }));
    return finish(of, entries, order.length - frequent.length);
  }

  /* Groups are numbered from 0 in the order of `entries`; "other" and "not known" come last. */
  function finish(of, entries, others) {
    const count = (group) => of.reduce((sum, one) => sum + (one === group), 0);
    entries.forEach((entry, i) => {
      entry.group = i;
      entry.mark = String(i + 1);
    });
    if (others)
      entries.push({
        group: NAMES.length,
        label: `other (${others})`,
        colour: OTHER,
        count: count(NAMES.length),
        mark: "",
      });
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
  const known = (field) =>
    (Data.raw.columns[field === "date" ? "year_from" : field]?.values.length || 0) > 0 ||
    (field === "date" && (Data.raw.columns.year_to?.values.length || 0) > 0);
  const fields = FIELDS.filter(([field]) => known(field));

  /* The share of coins whose colour has a name; 0 where nearly all coins get the same colour. */
  function told(field) {
    const named = groups(field).entries.filter((entry) => entry.mark);
    const sum = named.reduce((whole, entry) => whole + entry.count, 0);
    return named.some((entry) => entry.count > 0.95 * sum) ? 0 : sum / Data.n;
  }

  /* The field to begin with: the first that tells nearly as many coins apart as the best. */
  function best() {
    const shares = fields.map(([field]) => told(field)),
      most = Math.max(...shares);
    if (Data.raw.kind === "network" && fields.some(([field], i) => field === "community" && shares[i] > 0))
      return "community";
    return fields[shares.findIndex((share) => share >= 0.8 * most)][0];
  }

  return { fields, groups, best };
})();
