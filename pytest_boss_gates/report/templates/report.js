(() => {
  "use strict";
  const PAGE = 50;
  const SHORTEST = 0.0005;
  const root = document.documentElement;
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const source = JSON.parse(find("#data").textContent);
  const number = new Intl.NumberFormat("en-US");
  const fixed = (value, digits) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const OUTCOMES = {
    p: ["passed", "\u2713"], f: ["failed", "\u2717"], e: ["error", "!"],
    s: ["skipped", "\u2013"], x: ["xfailed", "\u2248"], X: ["xpassed", "\u2260"],
  };
  let words = [];

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const meter = (share) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "meter");
    svg.setAttribute("viewBox", "0 0 100 4");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const bar = document.createElementNS(space, "rect");
    bar.setAttribute("width", Math.max(0, Math.min(100, share)));
    bar.setAttribute("height", 4);
    svg.append(bar);
    return svg;
  };
  const pill = (word, symbol) => {
    const element = make("span", `pill ${word}`);
    const sign = make("span", "sign", symbol);
    sign.setAttribute("aria-hidden", "true");
    element.append(sign, word);
    return element;
  };
  const head = (name, ...below) => {
    const cell = make("th");
    cell.scope = "row";
    cell.append(make("span", "name", name));
    for (const text of below) if (text) cell.append(make("span", "path", text));
    return cell;
  };
  const cell = (text, label, isNumber) => {
    const element = make("td", isNumber ? "number" : "", text);
    if (label) element.dataset.label = label;
    return element;
  };
  const row = (...cells) => {
    const element = make("tr");
    element.append(...cells);
    return element;
  };

  const slowest = source.tests.reduce((most, test) => Math.max(most, test[3]), 0);
  const TABLES = {
    tests: {
      rows: source.tests.map(([path, name, letter, seconds, note], order) => ({
        order, path: source.paths[path], name, letter, seconds, note,
        outcome: OUTCOMES[letter][0],
        text: `${source.paths[path]}::${name} ${OUTCOMES[letter][0]} ${note || ""}`.toLowerCase(),
      })),
      holds: (test, word) => test.outcome === word,
      draw: (test) => {
        const time = cell(test.seconds < SHORTEST ? "<0.001 s" : `${fixed(test.seconds, 3)} s`, "", true);
        time.append(meter(slowest ? (100 * test.seconds) / slowest : 0));
        const outcome = cell("");
        outcome.append(pill(...OUTCOMES[test.letter]));
        return row(outcome, head(test.name || test.path, test.path, test.note), time);
      },
    },
    files: {
      rows: source.files.map(([path, statements, missing, complexity, most, heat], order) => ({
        order, path, statements, missing, complexity, most, heat,
        covered: statements && missing !== null
          ? Math.min((100 * (statements - missing)) / statements, missing ? 99.9 : 100) : null,
        text: `${path} ${most}`.toLowerCase(),
      })),
      holds: (file, word) => (word === "complex" ? file.complexity > 10 : file.missing > 0),
      draw: (file) => {
        const known = file.covered !== null;
        const covered = cell(known ? `${fixed(file.covered, 1)} %` : "-", "Coverage", true);
        if (known) covered.append(meter(file.covered));
        return row(
          head(file.path, file.most),
          covered,
          cell(file.missing === null ? "-" : number.format(file.missing), "Missing", true),
          cell(file.complexity === null ? "-" : file.complexity, "Complexity", true),
          cell(fixed(file.heat, 1), "Heat", true),
        );
      },
    },
    suppressions: {
      rows: source.suppressions.map(([path, count, lines], order) => ({
        order, path, count, lines, text: `${path} ${lines}`.toLowerCase(),
      })),
      holds: () => true,
      draw: (each) =>
        row(head(each.path), cell(number.format(each.count), "Count", true), cell(each.lines, "Lines")),
    },
  };
  const matches = (text) => words.every((word) => text.includes(word));
  const counted = (name, shown, total) => {
    const badge = find(`[data-count="${name}"]`);
    if (badge) badge.classList.toggle("hit", words.length > 0 && shown > 0);
    if (badge) badge.textContent = shown === total ? number.format(total) : `${number.format(shown)} of ${number.format(total)}`;
    const nothing = find(`[data-nothing="${name}"]`);
    if (nothing) nothing.hidden = shown > 0;
  };

  const longTable = (name, table) => {
    const element = find(`[data-table="${name}"]`);
    if (!element) return () => {};
    const body = find("tbody", element);
    const pager = find(`[data-pager="${name}"]`);
    const [back, forth] = all("button", pager);
    const state = { word: "", page: 0, found: table.rows, key: "", down: true };
    const draw = () => {
      const { found } = state;
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      state.page = Math.max(0, Math.min(state.page, pages - 1));
      const start = state.page * PAGE;
      const shown = found.slice(start, start + PAGE);
      body.replaceChildren(...shown.map(table.draw));
      element.hidden = found.length === 0;
      pager.hidden = found.length === 0;
      const rest = found.length === table.rows.length ? "" : ` (${number.format(table.rows.length)} in all)`;
      find(".range", pager).textContent =
        `${number.format(start + 1)} to ${number.format(start + shown.length)} of ${number.format(found.length)}${rest}`;
      back.disabled = state.page === 0;
      forth.disabled = state.page >= pages - 1;
      find("div", pager).hidden = pages === 1;
    };
    const order = () => {
      const { key, down } = state;
      if (!key) return;
      const sign = down ? -1 : 1;
      state.found.sort((one, other) => {
        const [a, b] = [one[key], other[key]];
        if (a === b) return one.order - other.order;
        if (a === null || a === undefined) return 1;
        if (b === null || b === undefined) return -1;
        return a < b ? -sign : sign;
      });
    };
    const refresh = () => {
      state.found = table.rows.filter(
        (each) => (!state.word || table.holds(each, state.word)) && matches(each.text),
      );
      state.page = 0;
      order();
      draw();
      counted(name, state.found.length, table.rows.length);
    };
    back.addEventListener("click", () => { state.page -= 1; draw(); });
    forth.addEventListener("click", () => { state.page += 1; draw(); });
    for (const column of all("[data-key]", element)) {
      find("button", column).addEventListener("click", () => {
        const { key } = column.dataset;
        const before = column.getAttribute("aria-sort");
        const down = before ? before === "ascending" : column.classList.contains("number");
        for (const other of all("[data-key]", element)) other.removeAttribute("aria-sort");
        column.setAttribute("aria-sort", down ? "descending" : "ascending");
        Object.assign(state, { key, down, page: 0 });
        order();
        draw();
      });
    }
    chips(name, (word) => { state.word = word; refresh(); });
    if (table.rows.length > PAGE) find("div", pager).hidden = false;
    return refresh;
  };
  const chips = (name, choose) => {
    const group = find(`.chips[data-for="${name}"]`);
    if (!group) return;
    const buttons = all("button", group);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        choose(button.dataset.word);
      });
    }
  };
  const shortTable = (name) => {
    const tables = all(`[data-filter="${name}"]`);
    if (!tables.length) return () => {};
    const bodies = tables.map((table) =>
      all("tbody", table).map((body) => ({ body, text: body.textContent.toLowerCase() })),
    );
    const state = { word: "" };
    const refresh = () => {
      let shown = 0;
      bodies.forEach((rows, index) => {
        let here = 0;
        for (const { body, text } of rows) {
          const fits = (!state.word || body.dataset.word === state.word) && matches(text);
          body.hidden = !fits;
          here += fits;
        }
        tables[index].hidden = here === 0;
        shown += here;
      });
      counted(name, shown, bodies.flat().length);
    };
    chips(name, (word) => { state.word = word; refresh(); });
    return refresh;
  };

  const refreshers = [
    ...Object.entries(TABLES).map(([name, table]) => longTable(name, table)),
    shortTable("gates"),
    shortTable("tracker"),
  ];
  for (const element of all(".only-script")) if (!element.closest(".pager")) element.hidden = false;
  for (const name of Object.keys(TABLES)) {
    const pager = find(`[data-pager="${name}"]`);
    if (pager) find("div", pager).hidden = TABLES[name].rows.length <= PAGE;
    if (pager) all("button", pager)[0].disabled = true;
  }

  const search = find("#search");
  let waiting = 0;
  const look = () => {
    words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const refresh of refreshers) refresh();
  };
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 60);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Enter" && event.target === search) {
      clearTimeout(waiting);
      look();
      const hit = find(".count.hit");
      if (hit) document.getElementById(hit.closest("a").hash.slice(1)).scrollIntoView();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      look();
      search.blur();
    }
  });

  const theme = find("#theme");
  const THEMES = { "": "Auto", light: "Light", dark: "Dark" };
  const keep = (value) => { try { localStorage.setItem("boss-gates-theme", value); } catch { /* none */ } };
  const kept = () => { try { return localStorage.getItem("boss-gates-theme") || ""; } catch { return ""; } };
  const paint = (value) => {
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    theme.lastElementChild.textContent = THEMES[value];
  };
  theme.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(root.dataset.theme || "") + 1) % names.length];
    paint(next);
    keep(next);
  });
  paint(THEMES[kept()] ? kept() : "");

  const closed = [];
  window.addEventListener("beforeprint", () => {
    for (const each of all("details:not([open])")) { each.open = true; closed.push(each); }
  });
  window.addEventListener("afterprint", () => {
    for (const each of closed.splice(0)) each.open = false;
  });

  const links = all(".top nav a");
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links) {
        if (link.hash === `#${entry.target.id}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { rootMargin: "-25% 0px -65% 0px" });
  for (const section of all("main > section[id]")) watcher.observe(section);
})();
