"use strict";
// The page docs/choosing.md: shows CHOOSING, which docs/choosing_grid.py has written. Computes nothing but delays.

(() => {
  const root = document.getElementById("choosing");
  const { observers, protocols } = CHOOSING;
  const links = ["1/100", "1/10", "1", "10", "100"];
  const kinds = { bits: "Shannon entropy", min: "min-entropy" };
  const groups = { learns: "What is learned", delay: "Delay", costs: "What it costs", attack: "What an attack costs" };
  const chosen = {
    protocol: protocols[0],
    observer: "wires",
    kind: "bits",
    link: "1",
    settings: new Map(protocols.map((each) => [each, each.parameters.map((parameter) => parameter.first)])),
  };

  // ---- numbers ----

  const number = (text) => {
    if (typeof text === "number") return text;
    const [top, bottom = "1"] = text.split("/");
    return Number(top) / Number(bottom);
  };

  const decimal = (value) => {
    if (value === 0) return "0";
    return Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7
      ? value.toExponential(4)
      : String(Number(value.toFixed(Math.abs(value) < 1 ? 6 : 4)));
  };

  /** waits + links · link, in lowest terms. */
  const delay = (waits, over, link) => {
    const [[a, b], [c, d], [e, f]] = [waits, over, link].map((text) => {
      const [top, bottom = "1"] = text.split("/");
      return [BigInt(top), BigInt(bottom)];
    });
    const [top, bottom] = [a * d * f + c * e * b, b * d * f];
    let [x, y] = [top, bottom];
    while (y) [x, y] = [y, x % y];
    return bottom === x ? String(top / x) : `${top / x}/${bottom / x}`;
  };

  // ---- the grid ----

  /** The point of a protocol at these places of its parameters' values, or null. */
  const pointAt = (protocol, places) => {
    const index = protocol.parameters.reduce((sum, { values }, i) => sum * values.length + places[i], 0);
    const values = protocol.points[index];
    return values && Object.fromEntries(protocol.keys.map((key, i) => [key, values[i]]));
  };

  /** All places of a protocol, the last parameter changing quickest. */
  const everywhere = (protocol) =>
    protocol.parameters.reduce(
      (all, { values }) => all.flatMap((before) => values.map((_, i) => [...before, i])),
      [[]],
    );

  /** The points along a protocol's curve, all other parameters as they are set. */
  const curve = (protocol) => {
    const at = protocol.parameters.findIndex(({ name }) => name === protocol.along);
    const set = chosen.settings.get(protocol);
    return protocol.parameters[at].values
      .map((_, i) => placed(protocol, set.map((place, j) => (j === at ? i : place))))
      .filter(Boolean);
  };

  /** Where a point stands in the plot, or null where it has no number for the observer. */
  const placed = (protocol, places) => {
    const point = pointAt(protocol, places);
    const bits = point?.[`${chosen.observer}_${chosen.kind}`];
    if (bits === null || bits === undefined) return null;
    return { x: number(delay(point.waits, point.links, chosen.link)), y: number(bits), places };
  };

  const said = (protocol, places) =>
    protocol.parameters.map(({ label, values }, i) => `${label}: ${values[places[i]]}`).join("; ");

  const filled = (template, protocol, point) => {
    const named = { ...point };
    protocol.parameters.forEach(({ name, values }, i) => {
      named[name] = values[chosen.settings.get(protocol)[i]];
    });
    named.edges = String(named.graph).startsWith("ring") ? "ring" : "complete";
    return template.replace(/\{(\w+)\}/g, (_, name) => (named[name] === "" ? "''" : named[name]));
  };

  // ---- elements ----

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const draw = (name, attributes = {}, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const select = (id, label, options, value, change) => {
    const list = make("select", { id });
    for (const [key, text] of options) list.append(make("option", { value: key }, text));
    list.value = value;
    list.addEventListener("change", () => change(list.value));
    return make("div", { class: "choosing-field" }, make("label", { for: id }, label), list);
  };

  const slider = (id, parameter, place, change) => {
    const output = make("output", { for: id }, parameter.values[place]);
    const input = make("input", { id, type: "range", min: 0, max: parameter.values.length - 1, step: 1, value: place });
    input.setAttribute("aria-valuetext", parameter.values[place]);
    input.addEventListener("input", () => {
      output.textContent = parameter.values[input.value];
      input.setAttribute("aria-valuetext", parameter.values[input.value]);
      change(Number(input.value));
    });
    return make("div", { class: "choosing-field" }, make("label", { for: id }, parameter.label), input, output);
  };

  const parameters = make("div", { class: "choosing-fields" });
  const figure = make("figure", { class: "choosing-plot" });
  const legend = make("ul", { class: "choosing-legend" });
  const result = make("section", { class: "choosing-result", "aria-labelledby": "choosing-result-title" });
  const live = make("p", { class: "choosing-live", role: "status", "aria-live": "polite" });
  const found = make("div", { class: "choosing-found" });
  const foundLive = make("p", { role: "status", "aria-live": "polite" });

  // ---- what is shown ----

  const showParameters = () => {
    const set = chosen.settings.get(chosen.protocol);
    parameters.replaceChildren(
      ...chosen.protocol.parameters.map((parameter, i) => {
        const id = `choosing-${parameter.name}`;
        const change = (place) => {
          set[i] = Number(place);
          show();
        };
        const numeric = parameter.values.every((value) => /^[\d/]+$/.test(value));
        return numeric
          ? slider(id, parameter, set[i], change)
          : select(id, parameter.label, parameter.values.map((value, at) => [at, value]), set[i], change);
      }),
    );
  };

  const showPlot = () => {
    const width = Math.max(280, Math.min(900, root.clientWidth));
    const height = Math.round(Math.min(440, width * 0.75));
    const [left, right, top, bottom] = [40, 14, 12, 44];
    const curves = protocols.map((protocol) => ({ protocol, points: curve(protocol) }));
    const all = curves.flatMap(({ points }) => points);
    const [low, high] = [Math.min, Math.max].map((extreme) => Math.log10(extreme(...all.map(({ x }) => x))));
    const [from, to] = [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)];
    const most = Math.max(1, Math.ceil(Math.max(...all.map(({ y }) => y)) + 0.2));
    const x = (value) => left + ((Math.log10(value) - from) / (to - from)) * (width - left - right);
    const y = (value) => height - bottom - (value / most) * (height - top - bottom);

    const title = draw("title", { id: "choosing-plot-title" });
    title.textContent = `Anonymity (${kinds[chosen.kind]}, bits) against mean delay (gaps), to one who ${observers[chosen.observer]}`;
    const description = draw("desc", { id: "choosing-plot-text" });
    const svg = draw(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": "choosing-plot-title choosing-plot-text" },
      title,
      description,
    );
    const text = (at, level, anchor, content) => {
      const element = draw("text", { x: at, y: level, "text-anchor": anchor });
      element.textContent = content;
      svg.append(element);
    };
    for (let power = from; power <= to; power++) {
      const at = x(10 ** power);
      svg.append(draw("line", { class: "grid", x1: at, x2: at, y1: top, y2: height - bottom }));
      text(at, height - bottom + 16, power === to ? "end" : "middle", decimal(10 ** power));
    }
    const step = most > 8 ? 2 : 1;
    for (let bits = 0; bits <= most; bits += step) {
      svg.append(draw("line", { class: "grid", x1: left, x2: width - right, y1: y(bits), y2: y(bits) }));
      text(left - 6, y(bits) + 4, "end", String(bits));
    }
    text((left + width - right) / 2, height - 8, "middle", "mean delay, gaps");
    const label = draw("text", { transform: `translate(12 ${(top + height - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" });
    label.textContent = "bits";
    svg.append(label);

    const ordered = [...curves].sort((a, b) => (a.protocol === chosen.protocol) - (b.protocol === chosen.protocol));
    for (const { protocol, points } of ordered) {
      const mark = protocol === chosen.protocol ? " chosen" : "";
      const group = draw("g", { class: `curve curve-${protocol.key}${mark}`, "data-protocol": protocol.key });
      const line = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
      group.append(draw("polyline", { points: line.map((point) => `${x(point.x)},${y(point.y)}`).join(" ") }));
      for (const point of points) group.append(draw("circle", { cx: x(point.x), cy: y(point.y), r: mark ? 3 : 2 }));
      svg.append(group);
    }
    const here = placed(chosen.protocol, chosen.settings.get(chosen.protocol));
    if (here) {
      svg.append(draw("circle", { class: `here curve-${chosen.protocol.key}`, cx: x(here.x), cy: y(here.y), r: 8 }));
      description.textContent = `Chosen: ${chosen.protocol.name}, ${decimal(here.y)} bits at ${decimal(here.x)} gaps. All curves are in the table of what qualifies below.`;
    } else {
      description.textContent = `${chosen.protocol.name} has no number for this observer.`;
    }
    const caption = make("figcaption", {}, `${title.textContent}. Each curve: over all values of the parameter that its name has beside it; the ring is the chosen point.`);
    figure.replaceChildren(svg, caption);

    legend.replaceChildren(
      ...curves.map(({ protocol, points }) => {
        const swatch = draw(
          "svg",
          { width: 30, height: 10, "aria-hidden": "true", class: `curve curve-${protocol.key}` },
          draw("line", { x1: 0, x2: 30, y1: 5, y2: 5 }),
        );
        const along = protocol.parameters.find(({ name }) => name === protocol.along).label;
        const item = make("li", {}, swatch, ` ${protocol.name} (${points.length ? along : "no number for this observer"})`);
        if (protocol === chosen.protocol) item.className = "chosen";
        return item;
      }),
    );
  };

  const showResult = () => {
    const { protocol } = chosen;
    const point = pointAt(protocol, chosen.settings.get(protocol));
    const heading = make("h2", { id: "choosing-result-title" }, `${protocol.name}: the chosen point`);
    if (!point) {
      live.textContent = "There is no such setting: too few members are left.";
      result.replaceChildren(heading, make("p", {}, "There is no such setting: too few members are left."));
      return;
    }
    const whole = delay(point.waits, point.links, chosen.link);
    const bits = point[`${chosen.observer}_${chosen.kind}`];
    live.textContent =
      bits === null || bits === undefined
        ? `${protocol.name}: no ${kinds[chosen.kind]} is known for this observer; mean delay ${decimal(number(whole))} gaps.`
        : `${protocol.name}: ${decimal(number(bits))} bits of ${kinds[chosen.kind]}, mean delay ${decimal(number(whole))} gaps.`;

    const body = make("tbody");
    const group = (name) => body.append(make("tr", {}, make("th", { colspan: 3, scope: "rowgroup" }, name)));
    const row = (label, value, key) => {
      const exact = typeof value === "string" ? value : "–";
      const asDecimal = value === null ? "not known" : typeof value === "string" && !/^[\d/]+$/.test(value) ? "" : decimal(number(value));
      const line = make("tr", { "data-key": key }, make("th", { scope: "row" }, label), make("td", { class: "exact" }, exact === "" ? "none" : exact), make("td", {}, asDecimal));
      body.append(line);
    };
    const rows = (name) => {
      for (const [key, [where, label]] of Object.entries(protocol.columns)) if (where === name) row(label, point[key], key);
    };
    for (const [who, sentence] of Object.entries(protocol.who)) {
      group(`To one who ${sentence}`);
      row("Shannon entropy, bits", point[`${who}_bits`], `${who}_bits`);
      row("min-entropy, bits", point[`${who}_min`], `${who}_min`);
    }
    if (Object.values(protocol.columns).some(([where]) => where === "learns")) group(groups.learns);
    rows("learns");
    group(groups.delay);
    row("waits, gaps, mean", point.waits, "waits");
    row("links, mean", point.links, "links");
    row(`delay, gaps, if a link takes ${chosen.link}`, whole, "delay");
    rows("delay");
    group(groups.costs);
    rows("costs");
    group(groups.attack);
    rows("attack");
    const head = make("thead", {}, make("tr", {}, ...["quantity", "exact", "decimal"].map((name) => make("th", { scope: "col" }, name))));
    const box = make("div", { class: "choosing-scroll", tabindex: 0, role: "region", "aria-label": "Numbers of the chosen point" }, make("table", { id: "choosing-table" }, head, body));
    const commands = [...new Set([filled(protocol.command, protocol, point), filled(protocol.attack, protocol, point)])];
    result.replaceChildren(
      heading,
      make("p", {}, said(protocol, chosen.settings.get(protocol)), "."),
      box,
      make("p", {}, "A dash under exact: the number is irrational, or a fraction too long for a table. These print it:"),
      make("pre", { id: "choosing-commands", tabindex: 0 }, commands.join("\n")),
    );
  };

  const atLeast = make("input", { id: "choosing-at-least", type: "number", min: 0, step: 0.5, value: 4 });
  const within = make("input", { id: "choosing-within", type: "number", min: 0, step: 1, value: 20 });

  const showFound = () => {
    const [bits, longest] = [atLeast, within].map(({ value }) => (value === "" ? NaN : Number(value)));
    if (!(bits >= 0) || !(longest >= 0)) {
      foundLive.textContent = "Bits and delay have to be numbers, 0 or more.";
      found.replaceChildren();
      return;
    }
    const list = protocols
      .map((protocol) => {
        const all = everywhere(protocol).map((places) => placed(protocol, places)).filter(Boolean);
        const good = all.filter((point) => point.y >= bits && point.x <= longest).sort((a, b) => a.x - b.x || b.y - a.y);
        return { protocol, good, all };
      })
      .filter(({ good }) => good.length);
    foundLive.textContent = `${list.length} of ${protocols.length} protocols have a setting on the grid with ${decimal(bits)} bits or more of ${kinds[chosen.kind]} within ${decimal(longest)} gaps, to one who ${observers[chosen.observer]}.`;
    const body = make("tbody");
    for (const { protocol, good, all } of list) {
      const button = make("button", { type: "button" }, "show");
      button.setAttribute("aria-label", `Show the quickest setting of ${protocol.name}`);
      button.addEventListener("click", () => {
        chosen.settings.set(protocol, [...good[0].places]);
        choose(protocol);
        live.scrollIntoView({ block: "nearest" });
      });
      body.append(
        make("tr", { "data-protocol": protocol.key },
          make("th", { scope: "row" }, protocol.name),
          make("td", {}, `${good.length} of ${all.length}`),
          make("td", {}, decimal(good[0].y)),
          make("td", {}, decimal(good[0].x)),
          make("td", {}, said(protocol, good[0].places)),
          make("td", {}, button)),
      );
    }
    const names = ["protocol", "settings that qualify", "bits of the quickest", "delay of the quickest, gaps", "its setting", ""];
    const head = make("thead", {}, make("tr", {}, ...names.map((name) => (name ? make("th", { scope: "col" }, name) : make("td")))));
    const box = make("div", { class: "choosing-scroll", tabindex: 0, role: "region", "aria-label": "What qualifies" }, make("table", { id: "choosing-found" }, head, body));
    found.replaceChildren(...(list.length ? [box] : []));
  };

  const show = () => {
    showPlot();
    showResult();
    showFound();
  };

  const protocolField = select(
    "choosing-protocol",
    "protocol",
    protocols.map((protocol, i) => [i, protocol.name]),
    0,
    (i) => choose(protocols[i]),
  );

  const choose = (protocol) => {
    chosen.protocol = protocol;
    protocolField.querySelector("select").value = String(protocols.indexOf(protocol));
    showParameters();
    show();
  };

  const change = (name) => (value) => {
    chosen[name] = value;
    show();
  };

  for (const input of [atLeast, within]) input.addEventListener("input", showFound);
  root.replaceChildren(
    make("form", { class: "choosing-form" },
      make("fieldset", {}, make("legend", {}, "Protocol"), protocolField, parameters),
      make("fieldset", {}, make("legend", {}, "Who looks, and what is counted"),
        select("choosing-observer", "observer: one who", Object.entries(observers), chosen.observer, change("observer")),
        select("choosing-kind", "anonymity", Object.entries(kinds), chosen.kind, change("kind")),
        select("choosing-link", "a link takes, in gaps", links.map((link) => [link, link]), chosen.link, change("link")))),
    live,
    figure,
    legend,
    result,
    make("section", { "aria-labelledby": "choosing-filter-title" },
      make("h2", { id: "choosing-filter-title" }, "What would do"),
      make("form", { class: "choosing-form" },
        make("fieldset", {}, make("legend", {}, "I need"),
          make("div", { class: "choosing-field" }, make("label", { for: "choosing-at-least" }, "at least, bits"), atLeast),
          make("div", { class: "choosing-field" }, make("label", { for: "choosing-within" }, "within, gaps of mean delay"), within))),
      foundLive,
      found),
  );
  for (const form of root.querySelectorAll("form")) form.addEventListener("submit", (event) => event.preventDefault());
  choose(protocols[0]);
  let before = root.clientWidth;
  new ResizeObserver(() => {
    if (root.clientWidth !== before) showPlot();
    before = root.clientWidth;
  }).observe(root);
})();
