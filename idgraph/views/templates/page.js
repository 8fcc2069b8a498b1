"use strict";
// Everything here that came from a tenant is put on the page by textContent or drawn as text.
(() => {
  const byId = (id) => document.getElementById(id);
  const root = document.documentElement;
  const data = JSON.parse(byId("data").textContent);
  root.classList.add("live");

  const paths = {};
  for (const [name, d] of Object.entries(data.marks)) paths[name] = new Path2D(d);
  const badges = {};
  for (const [name, d] of Object.entries(data.badges)) badges[name] = new Path2D(d);

  const stage = byId("stage"), box = byId("network"), panel = byId("details"), search = byId("search");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const state = { lit: null, litLines: null, found: null, chosen: null, hidden: new Set() };

  function el(tag, name, ...parts) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...parts.filter((part) => part !== null && part !== undefined));
    return made;
  }

  const named = (text) => el("bdi", "", text);

  function button(name, text, act) {
    const made = el("button", name, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  // Colours: the canvas cannot read CSS, so they are read for it.

  let colour = {};
  function readColours() {
    const style = getComputedStyle(root);
    const value = (name) => style.getPropertyValue("--" + name).trim();
    colour = { font: getComputedStyle(document.body).fontFamily };
    for (const name of ["card", "ink", "muted", "rule", "band", "accent", "edge", "outline"])
      colour[name] = value(name);
    for (const name of ["person", "nhi", "privileged", "secret_store", "data", "other"])
      colour["tone-" + name] = value("tone-" + name);
  }
  readColours();

  function tellSteps(line) {
    const [source, target] = [line.from, line.to].map((id) => data.about[id].name);
    for (const number of line.steps) {
      const step = data.steps[number];
      step.sentence ??= `${source} ${data.kinds[step.kind].reads} ${target}`;
      Object.assign(step, { source: line.from, target: line.to });
    }
  }
  data.edges.forEach(tellSteps);

  // The drawing.

  function fill(ctx, path, inside, outline, width) {
    ctx.fillStyle = inside;
    ctx.fill(path);
    ctx.lineWidth = width;
    ctx.strokeStyle = outline;
    ctx.stroke(path);
  }

  function drawMark(ctx, node, about) {
    const path = paths[node.mark];
    ctx.lineJoin = "round";
    if (about.verdict === "cannot_tell") {
      ctx.setLineDash([3, 2]);
      fill(ctx, path, colour.card, colour.outline, 1.2);
      ctx.setLineDash([]);
      text(ctx, "?", 0, 4, 11.5, colour.ink, 600);
      return;
    }
    fill(ctx, path, colour["tone-" + node.tone], colour.outline, 1.2);
    if (about.verdict === "reached_if") {
      ctx.save();
      ctx.scale(0.45, 0.45);
      fill(ctx, path, colour.card, colour.outline, 2.4);
      ctx.restore();
    }
  }

  function drawBadges(ctx, about) {
    if (about.privileged) {
      ctx.save();
      ctx.translate(-12, -11);
      fill(ctx, badges.privileged, colour.outline, colour.card, 1);
      ctx.restore();
    }
    if (about.unowned) {
      ctx.save();
      ctx.translate(12, -10);
      fill(ctx, badges.unowned, colour.card, colour.outline, 1.2);
      ctx.fillStyle = colour.outline;
      ctx.fillRect(-0.7, -2.4, 1.4, 3.2);
      ctx.fillRect(-0.7, 2, 1.4, 1.3);
      ctx.restore();
    }
  }

  function ring(ctx, radius, width, stroke) {
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.lineWidth = width;
    ctx.strokeStyle = stroke;
    ctx.stroke();
  }

  function text(ctx, words, x, y, size, ink, weight) {
    ctx.font = `${weight || 400} ${size}px ${colour.font}`;
    ctx.textAlign = "center";
    ctx.fillStyle = ink;
    ctx.fillText(words, x, y);
  }

  function drawLabel(ctx, node, about, strong) {
    const top = about.start ? 26 : 24;
    node.label.split("\n").forEach((line, at) => {
      ctx.font = `${strong ? 600 : 400} 11.5px ${colour.font}`;
      ctx.textAlign = "center";
      ctx.lineJoin = "round";
      ctx.lineWidth = 3.5;
      ctx.strokeStyle = colour.card;
      ctx.strokeText(line, 0, top + 13 * at);
      text(ctx, line, 0, top + 13 * at, 11.5, colour.ink, strong ? 600 : 400);
    });
  }

  function renderer(node) {
    const about = data.about[node.id];
    return ({ ctx, x, y, state: now }) => {
      const dim = state.lit && !state.lit.has(node.id);
      const strong = about.start || state.chosen === node.id;
      const at = (draw) => () => {
        ctx.save();
        ctx.translate(x, y);
        ctx.globalAlpha = dim ? 0.2 : 1;
        draw();
        ctx.restore();
      };
      const drawNode = at(() => {
        if (about.start) ring(ctx, 17, 2.5, colour.accent);
        if (now.hover || state.chosen === node.id) ring(ctx, 20, 1.5, colour.ink);
        drawMark(ctx, node, about);
        drawBadges(ctx, about);
      });
      const readable = zoom > 0.42 || strong || (state.lit && !dim && state.lit.size < 60);
      const drawExternalLabel = readable ? at(() => drawLabel(ctx, node, about, strong)) : null;
      return { drawNode, drawExternalLabel, nodeDimensions: { width: 26, height: 26 } };
    };
  }

  let zoom = 1;
  const marksById = new Map();
  for (const node of data.nodes) {
    const about = data.about[node.id];
    about.kind = data.labels[about.key];
    node.title = `${about.name}\n${about.kind}, ${(about.verdict || "reached").replace("_", " ")}`;
    node.shape = "custom";
    node.size = 13;
    node.ctxRenderer = renderer(node);
    marksById.set(node.id, node);
  }

  const calm = data.edges.length > 300 ? 0.5 : 1;  // many lines would hide the marks
  function lineLook(line) {
    const lit = state.litLines && state.litLines.has(line.id);
    const dim = state.litLines ? !lit : state.lit !== null;
    const ends = [line.from, line.to].map((id) => data.about[id].key);
    return {
      id: line.id,
      hidden: ends.some((key) => state.hidden.has(key)),
      width: lit ? 2.4 : 1.1,
      color: { color: lit ? colour.accent : colour.edge, highlight: colour.accent, hover: colour.accent, opacity: dim ? 0.18 : lit ? 1 : calm },
    };
  }

  for (const line of data.edges) {
    const title = line.steps.map((step) => data.steps[step].sentence).join("\n");
    Object.assign(line, lineLook(line), { title, dashes: line.dashes ? [5, 4] : false });
    if (line.bowed) line.smooth = { enabled: true, type: "curvedCW", roundness: 0.22 };
  }
  const nodes = new vis.DataSet(data.nodes);
  const lines = new vis.DataSet(data.edges);
  const lineById = new Map(data.edges.map((line) => [line.id, line]));

  const ys = data.nodes.map((node) => node.y);
  const span = {
    left: Math.min(...data.columns.map((column) => column[1])),
    right: Math.max(...data.columns.map((column) => column[2])),
    top: Math.min(...ys) - 66,
    bottom: Math.max(...ys) + 62,
  };

  function size() {
    const scale = Math.min(1.15, box.clientWidth / (span.right - span.left));
    const wanted = (span.bottom - span.top) * Math.max(scale, 0.45) + 16;
    const height = Math.round(Math.max(340, Math.min(wanted, innerHeight * 0.82)));
    box.style.height = `${height}px`;
    panel.style.maxHeight = `${height + 40}px`;
  }
  size();

  const network = new vis.Network(box, { nodes, edges: lines }, {
    physics: false,
    layout: { improvedLayout: false },
    interaction: { hover: true, dragNodes: false, hideEdgesOnDrag: data.heavy, hideEdgesOnZoom: data.heavy, tooltipDelay: 150, selectConnectedEdges: false },
    edges: { smooth: false, arrows: { to: { enabled: true, scaleFactor: 0.45 } }, selectionWidth: 0, hoverWidth: 0.6, arrowStrikethrough: false },
    nodes: { labelHighlightBold: false, chosen: true },
  });

  function bands(ctx) {
    zoom = network.getScale();
    data.columns.forEach(([heading, left, right], at) => {
      if (at % 2) {
        ctx.fillStyle = colour.band;
        ctx.fillRect(left, span.top - 4000, right - left, span.bottom - span.top + 8000);
      }
      const size = Math.min(22, Math.max(11.5, 11 / zoom));
      ctx.font = `400 ${size}px ${colour.font}`;
      if (ctx.measureText(heading).width < right - left)
        text(ctx, heading, (left + right) / 2, span.top + 6 + size, size, colour.muted);
    });
  }
  network.on("beforeDrawing", bands);

  const fitting = () => Math.min(1.15, box.clientWidth / (span.right - span.left), box.clientHeight / (span.bottom - span.top));

  function whole() {
    const scale = fitting();
    const narrow = box.clientWidth < 700 && scale < 0.6;
    const used = narrow ? Math.max(scale, 0.75) : scale;
    const x = narrow ? span.left + box.clientWidth / used / 2 : (span.left + span.right) / 2;
    const start = data.nodes.find((node) => data.about[node.id].start);
    const y = narrow && start ? start.y : (span.top + span.bottom) / 2;
    network.moveTo({ position: { x, y }, scale: used, animation: false });
  }
  whole();
  network.once("afterDrawing", () => {
    root.dataset.drawn = String(Math.round(performance.now()));
    setTimeout(whenParsed);
  });
  addEventListener("resize", () => { size(); });

  // What is lit: the path of what was chosen, or what a search found.

  function hopEdges(hop, into) {
    for (const leg of hop[1]) for (const inner of leg) hopEdges(inner, into);
    into.push(hop[0]);
    return into;
  }

  // A node on somebody's path is reached by the beginning of that path.
  const pathTo = new Map();
  const targetsVia = new Map();
  for (const [target, hops] of Object.entries(data.paths)) pathTo.set(Number(target), hops);
  for (const [target, hops] of Object.entries(data.paths)) {
    hops.forEach((hop, at) => {
      const end = data.steps[hop[0]].target;
      if (!pathTo.has(end)) pathTo.set(end, hops.slice(0, at + 1));
      if (end !== Number(target)) {
        if (!targetsVia.has(end)) targetsVia.set(end, new Set());
        targetsVia.get(end).add(Number(target));
      }
    });
  }

  const lineOfStep = new Map();
  for (const line of data.edges) for (const step of line.steps) lineOfStep.set(step, line.id);

  function light(nodeIds, lineIds) {
    state.lit = nodeIds;
    state.litLines = lineIds;
    lines.update(data.edges.map(lineLook));
    network.redraw();
  }

  function lightPath(id) {
    const steps = (pathTo.get(id) || []).flatMap((hop) => hopEdges(hop, []));
    const ends = new Set([id]);
    for (const step of steps) { ends.add(data.steps[step].source); ends.add(data.steps[step].target); }
    light(ends, new Set(steps.map((step) => lineOfStep.get(step))));
    return ends;
  }

  function unlight() {
    if (state.found) light(state.found, null);
    else light(null, null);
  }

  function show(ids) {
    if (fitting() >= 0.6) { whole(); return; }
    network.fit({ nodes: ids, maxZoomLevel: 1.15, minZoomLevel: 0.2, animation: still.matches ? false : { duration: 260, easingFunction: "easeInOutQuad" } });
  }

  // The panel: what a node is, how it is reached, what each step means.

  function facts(step) {
    const kind = data.kinds[step.kind];
    const made = el("div", "facts");
    const said = [
      ["Why it works", kind.allows], ["How to verify", kind.verify], ["How to remove it", kind.remove],
      ["What is logged", kind.logged], ["Only if", (step.guards || []).join("; ")],
      ["Assuming", (step.assumes || []).join("; ")], ["Evidence", (step.evidence || []).join("\n")],
      ["Controls", kind.controls.join(", ")],
    ];
    for (const [name, words] of said)
      if (words) made.append(el("p", "", el("b", "", name), named(words)));
    return made;
  }

  function stepLine(step, open) {
    const sum = el("summary", "", named(step.sentence));
    const made = el("details", "", sum, facts(step));
    made.open = open;
    return made;
  }

  function pathList(hops) {
    const list = el("ol", "");
    for (const [number, legs] of hops) {
      const item = el("li", "stepline", stepLine(data.steps[number], false));
      for (const leg of legs) item.append(el("div", "leg", "needs ", pathList(leg)));
      list.append(item);
    }
    return list;
  }

  function described(about) {
    const list = el("dl", "");
    const said = [["Kind", about.kind], ["Class", about.classes || data.classes[about.key.split("/")[0]]], ["Owner", about.unowned ? "none" + (about.owner ? ` (${about.owner})` : "") : about.owner],
      ...(about.details || []), ["Id", about.id]];
    for (const [name, value] of said)
      if (value) list.append(el("dt", "", name), el("dd", "", named(String(value))));
    return list;
  }

  function tags(about) {
    const words = [about.start && "was reset", about.verdict && about.verdict.replace("_", " "), about.privileged && "privileged"];
    const made = words.filter(Boolean).map((word) => el("span", "tag", word));
    if (about.unowned) made.push(el("span", "tag warn", "\u25b3 no valid owner"));
    return made.length ? el("p", "", ...made) : null;
  }

  function links(ids) {
    const made = el("ul", "plainly");
    for (const id of ids) made.append(el("li", "", button("linkish", named(data.about[id].name), () => choose(id, true))));
    return made;
  }

  function nodePanel(id) {
    const about = data.about[id];
    const parts = [el("h3", "", named(about.name)), el("p", "sub", about.kind), tags(about)];
    const hops = pathTo.get(id);
    if (hops && hops.length) parts.push(el("h4", "", `How it is reached, in ${hops.length} step${hops.length === 1 ? "" : "s"}`), pathList(hops));
    const via = [...(targetsVia.get(id) || [])];
    if (via.length) parts.push(el("h4", "", `On the way to ${via.length} target${via.length === 1 ? "" : "s"}`), links(via.slice(0, 12)), via.length > 12 ? el("p", "sub", `and ${via.length - 12} more, in the table`) : null);
    parts.push(el("h4", "", "About it"), described(about));
    return parts;
  }

  function linePanel(line) {
    const parts = [el("h3", "", named(data.about[line.from].name)), el("p", "sub", "to ", button("linkish", named(data.about[line.to].name), () => choose(line.to, false)))];
    for (const number of line.steps) {
      const step = data.steps[number];
      parts.push(el("h4", "", "Step"), el("p", "", named(step.sentence)), facts(step));
    }
    return parts;
  }

  function openPanel(parts) {
    panel.replaceChildren(Object.assign(button("close", "\u00d7", clear), { ariaLabel: "Close details" }), ...parts.filter(Boolean));
    panel.scrollTop = 0;
    panel.hidden = false;
    stage.classList.add("open");
    network.setSize("100%", "100%");
  }

  function closePanel() {
    panel.hidden = true;
    stage.classList.remove("open");
    network.setSize("100%", "100%");
    panel.replaceChildren();
  }

  let rows = [];  // of the table, which is parsed after the first drawing

  function markRow(id) {
    for (const row of rows) row.classList.toggle("chosen", row.dataset.node !== undefined && Number(row.dataset.node) === id);
  }

  function choose(id, travel) {
    state.chosen = id;
    network.selectNodes([id], false);
    const ends = lightPath(id);
    openPanel(nodePanel(id));
    markRow(id);
    if (travel) show([...ends]);
  }

  function chooseLine(id) {
    const line = lineById.get(id);
    state.chosen = null;
    light(new Set([line.from, line.to]), new Set([id]));
    openPanel(linePanel(line));
    markRow(null);
  }

  function clear() {
    const was = state.chosen;
    state.chosen = null;
    network.unselectAll();
    closePanel();
    markRow(null);
    unlight();
    if (panel.contains(document.activeElement) || document.activeElement === document.body) box.focus({ preventScroll: true });
    return was;
  }

  function labelAt(point) {
    const hit = data.nodes.find((node) => !state.hidden.has(data.about[node.id].key) &&
      Math.abs(point.x - node.x) < 62 && point.y > node.y + 13 && point.y < node.y + 42);
    return hit && zoom > 0.42 ? hit.id : undefined;
  }

  network.on("click", (event) => {
    const id = event.nodes.length ? event.nodes[0] : labelAt(event.pointer.canvas);
    if (id !== undefined) choose(id, false);
    else if (event.edges.length) chooseLine(event.edges[0]);
    else clear();
  });

  // Search and filters: one text for the drawing and the table.

  const status = byId("status");
  let filters = { class: { value: "" }, verdict: { value: "" } };
  const fold = (words) => words.toLocaleLowerCase();
  const wordsOf = (node) => {
    const about = data.about[node.id];
    return about.words ??= fold([about.name, about.kind, about.id, about.owner || ""].join("\n"));
  };
  let rowWords = null;

  function filterRows(query) {
    let count = 0;
    rowWords ??= rows.map((row) => fold(row.textContent));
    rows.forEach((row, at) => {
      const fits = (!query || rowWords[at].includes(query)) &&
        (!filters.class.value || row.dataset.classes.split(" ").includes(filters.class.value)) &&
        (!filters.verdict.value || row.dataset.verdict === filters.verdict.value);
      row.hidden = !fits;
      count += fits;
    });
    if (rows.length) byId("shown").textContent = count === rows.length ? `${count} targets` : `${count} of ${rows.length} targets`;
    return count;
  }

  function find() {
    const query = fold(search.value.trim());
    const count = filterRows(query);
    const hits = data.nodes.filter((node) => query && wordsOf(node).includes(query)).map((node) => node.id);
    state.found = query ? new Set(hits) : null;
    status.textContent = query ? `${hits.length} of ${data.nodes.length} drawn nodes and ${count} of ${rows.length} targets match` : "";
    if (state.chosen !== null || !panel.hidden) { state.chosen = null; closePanel(); markRow(null); }
    unlight();
    return hits;
  }

  let turn = 0;
  search.addEventListener("input", () => { turn = 0; find(); });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !state.found || !state.found.size) return;
    const hits = [...state.found];
    choose(hits[turn % hits.length], true);
    turn += 1;
  });

  // The table: rows choose nodes, headings sort.

  function sortBy(heading, at) {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.children[at].dataset.sort ?? row.children[at].textContent.trim();
    const compare = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;
    const ordered = rows.map((row) => [value(row), row]).sort((one, other) => (up ? 1 : -1) * compare(one[0], other[0]));
    document.querySelector("#table tbody").append(...ordered.map(([, row]) => row));
  }

  function wireRow(row) {
    row.children[4].dataset.label = "Steps";
    row.children[5].dataset.label = "Owner";
    if (row.dataset.node === undefined) return;
    const holder = row.querySelector(".name");
    const name = holder.querySelector("bdi");
    const made = button("linkish", "", () => {
      choose(Number(row.dataset.node), true);
      stage.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
    });
    made.append(name);
    holder.append(made);
  }

  function whenParsed() {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wireTable);
    else wireTable();
  }

  function wireTable() {
    rows = [...document.querySelectorAll("#table tbody tr")];
    rowWords = null;
    rows.forEach(wireRow);
    filters = { class: byId("class"), verdict: byId("verdict") };
    for (const filter of Object.values(filters)) filter.addEventListener("change", () => filterRows(fold(search.value.trim())));
    document.querySelectorAll("#table thead th").forEach((heading, at) => {
      const made = button("", heading.textContent, () => sortBy(heading, at));
      heading.replaceChildren(made);
    });
    root.dataset.ready = "";
  }

  // The legend shows and hides kinds.

  for (const key of document.querySelectorAll("button.key")) {
    key.addEventListener("click", () => {
      const name = key.dataset.key, hide = !state.hidden.has(name);
      if (hide) state.hidden.add(name); else state.hidden.delete(name);
      key.setAttribute("aria-pressed", String(!hide));
      nodes.update(data.nodes.filter((node) => data.about[node.id].key === name).map((node) => ({ id: node.id, hidden: hide })));
      lines.update(data.edges.map(lineLook));
    });
  }

  // Keys, zoom, theme, print.

  function zoomBy(factor) {
    network.moveTo({ scale: Math.min(4, Math.max(0.08, network.getScale() * factor)), animation: false });
  }

  function pan(dx, dy) {
    const { x, y } = network.getViewPosition(), step = 60 / network.getScale();
    network.moveTo({ position: { x: x + dx * step, y: y + dy * step }, animation: false });
  }

  const graphKeys = {
    ArrowLeft: () => pan(-1, 0), ArrowRight: () => pan(1, 0), ArrowUp: () => pan(0, -1), ArrowDown: () => pan(0, 1),
    "+": () => zoomBy(1.25), "=": () => zoomBy(1.25), "-": () => zoomBy(0.8), "0": whole,
  };
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !graphKeys[event.key]) return;
    event.preventDefault();
    graphKeys[event.key]();
  });
  // The wheel scrolls the page; it zooms once the drawing was chosen, or with Ctrl.
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !box.contains(document.activeElement)) event.stopPropagation();
  }, { capture: true, passive: true });
  box.addEventListener("pointerdown", () => box.focus({ preventScroll: true }));

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape") {
      if (search.value) { search.value = ""; find(); }
      clear();
      if (document.activeElement === search) search.blur();
    }
  });
  byId("in").addEventListener("click", () => zoomBy(1.25));
  byId("out").addEventListener("click", () => zoomBy(0.8));
  byId("fit").addEventListener("click", whole);

  const theme = byId("theme"), wantsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : wantsDark.matches);
  function nameTheme() {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.ariaLabel = `Switch to ${isDark() ? "light" : "dark"} colours`;
  }
  function repaint() {
    nameTheme();
    readColours();
    lines.update(data.edges.map(lineLook));
    network.redraw();
  }
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; repaint(); });
  wantsDark.addEventListener("change", repaint);
  nameTheme();

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("#table details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });

  window.idgraph = { network, choose, clear };
})();
