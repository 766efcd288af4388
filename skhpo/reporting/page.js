// Sorting and filtering of the table of trials, and the colours and descriptions of the pictures.
"use strict";
(() => {
  const table = document.getElementById("trials");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent)]));
  const isNumeric = heads.map((_, i) => {
    const known = rows.map((row) => texts.get(row)[i]).filter((text) => text !== "");
    return known.length > 0 && known.every((text) => Number.isFinite(Number(text)));
  });
  for (const row of rows) {
    [...row.cells].forEach((cell, i) => { if (isNumeric[i] && i > 0) cell.className = "n"; });
  }

  function compare(i, sign) {
    return (first, second) => {
      const a = texts.get(first)[i], b = texts.get(second)[i];
      if (a === "" || b === "") return (a === "") - (b === "");  // what is not known comes last
      return sign * (isNumeric[i] ? a - b : a.localeCompare(b, undefined, {numeric: true}));
    };
  }

  heads.forEach((head, i) => {
    // The best scores first; everything else from the smallest.
    const first = head.dataset.score !== undefined ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    head.querySelector("button").addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === first ? second : first;
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      rows.sort(compare(i, order === "ascending" ? 1 : -1));
      body.append(...rows);
    });
  });

  const filter = document.getElementById("filter");
  const status = document.getElementById("status");
  const count = document.getElementById("count");
  const whole = new Map(rows.map((row) => [row, texts.get(row).join(" ").toLowerCase()]));

  // Words are looked for in the cells; the name of a hyperparameter before a word asks for its value.
  function matches(row, words) {
    return words.every(([i, word]) => (i < 0 ? whole.get(row).includes(word) : texts.get(row)[i].toLowerCase() === word));
  }

  function parse(text) {
    const names = heads.map((head) => head.textContent.toLowerCase());
    const parts = text.toLowerCase().split(/[\s=:]+/).filter(Boolean);
    const words = [];
    for (let k = 0; k < parts.length; k++) {
      const i = names.indexOf(parts[k]);
      if (i >= 0 && k + 1 < parts.length) words.push([i, parts[++k]]);
      else if (i < 0) words.push([-1, parts[k]]);
    }
    return words;
  }

  function show() {
    const words = parse(filter.value);
    let n = 0;
    for (const row of rows) {
      row.hidden = !(matches(row, words) && (status.value === "" || row.dataset.status === status.value));
      n += !row.hidden;
    }
    count.textContent = `${n} of ${rows.length} trials shown.`;
  }
  filter.addEventListener("input", show);
  status.addEventListener("change", show);
  document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());

  const stored = document.getElementById("pictures");
  if (stored === null) return;
  const pictures = JSON.parse(stored.textContent);
  const most = 15;

  function describe(row) {
    const cells = texts.get(row);
    const lines = [`Trial ${cells[0]}: ${cells[1]}`];
    const named = heads.map((head, i) => [head.textContent, cells[i]]).slice(2).filter(([, text]) => text !== "");
    lines.push(...named.slice(0, most).map(([name, text]) => `${name}: ${text}`));
    if (named.length > most) lines.push("…");
    return lines.join("\n");
  }

  async function draw() {
    await Bokeh.embed.embed_items(pictures.documents, pictures.items);
    const [made] = Bokeh.documents;
    const about = new Map(rows.map((row) => [Number(texts.get(row)[0]), describe(row)]));
    for (const id of pictures.described) {
      const source = made.get_model_by_id(id);
      const numbers = [...source.get("number")];
      source.data = {...source.data, about: numbers.map((number) => about.get(number))};
    }
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const paint = () => {
      for (const [id, name, light, other] of pictures.paint) {
        made.get_model_by_id(id)[name] = dark.matches ? other : light;
      }
      document.body.dataset.painted = dark.matches ? "dark" : "light";
    };
    dark.addEventListener("change", paint);
    paint();
  }
  draw();
})();
