// The page of the program: what is dropped goes to the server, what it makes of it is seen here.

const ABOUT = JSON.parse(document.getElementById("about").textContent);
const TOKEN = new URLSearchParams(location.search).get("token") ?? "here";
const POLL = 250; // milliseconds between two questions how far it is
const byId = (id) => document.getElementById(id);
const page = { tab: null, viewer: null, seen: 0, chosen: {}, drawn: {}, mode: "file", finished: false, asking: 0 };

async function ask(what, { body, json = true, ...query } = {}) { // of the server; its sentence where it refuses
  const address = `/api/${what}?${new URLSearchParams({ tab: page.tab ?? "", ...query })}`;
  let answer;
  try {
    answer = await fetch(address, { method: body === undefined ? "GET" : "POST", body, headers: { "X-Occnet": TOKEN } });
  } catch {
    throw new Error("The program answers no more. Is it still running in the terminal?");
  }
  if (answer.headers.get("Content-Type") !== "application/json") return json ? answer.text() : answer.arrayBuffer();
  const told = await answer.json();
  if (told.refused) throw new Error(told.refused);
  return told;
}

const send = (what, values) => ask(what, { body: JSON.stringify(values) });

function complain(problem) {
  byId("error").textContent = problem?.message ?? "";
  byId("error").hidden = !problem;
}

async function tried(doing) { // what goes wrong is said on the page
  complain(null);
  try { await doing(); } catch (problem) { complain(problem); }
}

// What is seen

async function look() {
  const head = unpacked(await ask("scene", { json: false }));
  const layers = layersOf(page.viewer, head), drawn = layers.filter((layer) => layer.kind !== "picture");
  const before = new Map(page.viewer.layers.map((layer) => [layer.kind + layer.name, layer]));
  for (const layer of drawn) {
    const old = before.get(layer.kind + layer.name);
    if (old) Object.assign(layer, { visible: old.visible, opacity: old.opacity });
    else if (layer.kind === "points" && drawn.some((other) => other.kind === "surface")) layer.visible = page.showInput ?? false;
  }
  const scan = drawn.find((layer) => layer.kind === "points"), solid = drawn.find((layer) => layer.kind === "surface");
  if (scan && solid && !before.has(solid.kind + solid.name)) scan.visible = false; // the solid is looked at first
  if (scan && !solid) scan.visible = true;
  page.viewer.options.farthest = head.farthest || 1;
  page.viewer.show(drawn);
  byId("empty").hidden = drawn.length > 0;
  const picture = layers.find((layer) => layer.kind === "picture");
  if (picture) byId("given").prepend(element("img", { src: picture.address, alt: "" }));
  const list = element("ul", { className: "layers" }, ...drawn.map((layer) => listed(page.viewer, layer)));
  byId("looks").querySelector(".body").replaceChildren(list, ...panelOf(page.viewer, head, drawn));
  byId("looks").hidden = !drawn.length;
  return head;
}

async function follow() { // until the work has ended, or other work has begun
  const asking = ++page.asking, place = byId("progress");
  place.hidden = false;
  byId("result").classList.add("stale");
  for (;;) {
    const state = await ask("state");
    if (asking !== page.asking) return;
    if (state.seen !== page.seen) { page.seen = state.seen; await look(); }
    if (!state.running) {
      place.hidden = true;
      if (state.error) complain(new Error(state.error));
      if (state.result) tell(state.result);
      document.body.dataset.state = state.error ? "failed" : state.result ? "finished" : "cancelled";
      return;
    }
    place.querySelector("span").textContent = state.share === null ? `${state.phase} ...` : `${state.phase}: ${Math.round(100 * state.share)} %`;
    place.querySelector("i").style.width = `${100 * Math.max(0.04, state.share ?? 0.04)}%`;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

function tell(result) { // what was made, in words, and its files
  const mark = (word, text) => element("p", {}, element("span", { className: `mark ${word}`, textContent: text }));
  const sound = mark(result.sound ? "good" : "poor", result.sound ? "solid" : "broken");
  sound.append(result.certificate);
  const parts = [sound];
  if (result.agreement) {
    const agrees = mark(result.agreement.verdict, result.agreement.verdict);
    agrees.append(`Agreement with the input: ${result.agreement.reason}.`);
    parts.push(agrees);
  }
  if (result.photo) parts.push(element("p", { textContent: `Expected IoU ${result.photo.expected_iou.toFixed(2)}: ${result.photo.verdict}.` }));
  const numbers = [`${result.faces.toLocaleString("en")} faces`, `size ${result.extent}`];
  if (result.volume !== null) numbers.push(`volume ${result.volume.toLocaleString("en", { maximumSignificantDigits: 4 })}`);
  if (result.seconds) numbers.push(`${result.seconds} s`);
  parts.push(element("p", { className: "small", textContent: numbers.join(" · ") }));
  for (const note of result.notes) parts.push(element("p", { className: "small", textContent: note }));
  const formats = element("div", { className: "formats" }, element("span", { textContent: "Download" }));
  for (const format of ABOUT.formats) {
    const button = element("button", { type: "button", textContent: format, dataset: { format } });
    button.onclick = () => tried(() => save(format));
    formats.append(button);
  }
  parts.push(formats, element("p", { className: "small", textContent: "The same in a terminal:" }), element("code", { textContent: result.command }));
  byId("result").replaceChildren(...parts);
  byId("result").classList.remove("stale");
  byId("result").hidden = false;
  page.finished = true;
}

async function save(format) {
  const address = URL.createObjectURL(new Blob([await ask("mesh", { json: false, format })]));
  element("a", { href: address, download: `${page.mode === "new" ? "shape" : page.name}.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// From a file

function forget() { // of the last file or shape
  page.finished = false;
  page.asking++;
  for (const id of ["result", "progress", "start", "given"]) byId(id).hidden = true;
  byId("choices").replaceChildren();
  delete document.body.dataset.state;
}

const take = (file) => tried(async () => {
  if (file.size > ABOUT.mostMegabytes * 1e6) throw new Error(`${file.name} has ${Math.ceil(file.size / 1e6)} MB; this page takes files of up to ${ABOUT.mostMegabytes} MB.`);
  await opened(ask("open", { body: file, name: file.name }));
});

async function opened(answer) {
  forget();
  const about = await answer, kinds = { points: "a scan", image: "a photo", voxels: "voxels" };
  page.name = about.name.replace(/\.[^.]*$/, "");
  page.kind = about.kind;
  page.chosen = {};
  page.viewer.camera.reset();
  const words = [kinds[about.kind], ...about.notes];
  byId("given").replaceChildren(element("div", {}, element("strong", { textContent: about.name }), ...words.map((text) => element("p", { textContent: text }))));
  byId("given").hidden = false;
  byId("start").hidden = false;
  byId("choices").replaceChildren(...choicesOf(about.kind));
  page.seen = (await ask("state")).seen;
  const head = await look();
  if (head.layers[0]?.note) byId("given").querySelector("div").append(element("p", { textContent: head.layers[0].note }));
}

function reconstruct() {
  return tried(async () => {
    byId("start").hidden = true;
    await send("reconstruct", page.chosen);
    await follow();
  });
}

function changed(name, value, wait = 0) { // a choice; what is there already is made anew
  if (value === null) delete page.chosen[name]; else page.chosen[name] = value;
  if (!page.finished && byId("start").hidden === false) return;
  clearTimeout(page.timer);
  page.timer = setTimeout(reconstruct, wait);
}

function picked(label, options, chosen, name, explained) {
  const select = element("select", { ariaLabel: label }, ...options.map(([value, text]) => element("option", { value: JSON.stringify(value), textContent: text, selected: value === chosen })));
  select.onchange = () => changed(name, JSON.parse(select.value));
  const row = element("label", { className: "row" }, element("span", { className: "label", textContent: label }), select);
  return [row, ...(explained ? [element("p", { className: "explained", textContent: explained })] : [])];
}

function choicesOf(kind) {
  const shown = element("output", { textContent: "auto" });
  const threshold = slider("Threshold", 0.02, 0.98, 0.5, (value) => { shown.textContent = value.toFixed(2); changed("threshold", Number(value.toFixed(2)), 350); });
  shown.title = "press here for the model's own";
  shown.onclick = (event) => { event.preventDefault(); shown.textContent = "auto"; threshold.querySelector("input").value = 0.5; changed("threshold", null); };
  threshold.append(shown);
  const rows = [threshold, element("p", { className: "explained", textContent: "Lower gives a fuller shape, higher a thinner one." })];
  rows.push(...picked("Resolution", [[64, "64 cells: quick"], [128, "128 cells"], [256, "256 cells"], [384, "384 cells: fine"]], 256, "resolution"));
  rows.push(...picked("Faces", [[null, "all"], [100000, "at most 100,000"], [20000, "at most 20,000"], [5000, "at most 5,000"], [1000, "at most 1,000"]], null, "faces"));
  if (kind !== "points") return rows;
  const grounds = { keep: "keep it as a slab", remove: "remove it", ignore: "look for none" };
  rows.push(...picked("Ground", ABOUT.ground.map((value) => [value, grounds[value] ?? value]), "keep", "ground"));
  const surfaces = { auto: "decide by the scan", solid: "a closed solid", open: "open, where something was seen" };
  if (ABOUT.surface) rows.push(...picked("Surface", ABOUT.surface.map((value) => [value, surfaces[value] ?? value]), "auto", "surface"));
  return rows;
}

// New shapes

function drawing(values, wait = 0) {
  Object.assign(page.drawn, values);
  clearTimeout(page.timer);
  page.timer = setTimeout(() => tried(async () => { await send("draw", page.drawn); await follow(); }), wait);
}

function newShapes() {
  const categories = Object.entries(ABOUT.categories);
  page.drawn = { model: categories[0]?.[0], seed: 0, towards: 1, step: 0 };
  const number = (label, name) => {
    const input = element("input", { type: "number", min: 0, max: 999999, value: page.drawn[name], ariaLabel: label });
    input.oninput = () => input.value !== "" && drawing({ [name]: Math.abs(Math.trunc(Number(input.value))) }, 350);
    const other = element("button", { type: "button", textContent: "another" });
    other.onclick = () => { input.value = Math.floor(Math.random() * 10000); drawing({ [name]: Number(input.value) }); };
    return element("div", { className: "row" }, element("span", { className: "label", textContent: label }), input, other);
  };
  const way = slider("Between", 0, ABOUT.steps - 1, 0, (value) => drawing({ step: value }, 200));
  way.querySelector("input").step = 1;
  const go = element("button", { type: "button", className: "main", textContent: "Draw it", id: "draw" });
  go.onclick = () => drawing({});
  byId("new").append(
    element("p", { className: "lead", textContent: "Shapes that do not exist. A number is one shape, on every machine; the slider walks from the first to the second." }),
    choices("Category", categories, page.drawn.model, (model) => drawing({ model })),
    number("First", "seed"), number("Second", "towards"), way, element("p", {}, go),
  );
}

// The beginning

function turnTo(mode) {
  if (page.mode === mode) return;
  page.mode = mode;
  for (const name of ["file", "new"]) {
    byId(name).hidden = name !== mode;
    byId(`tab-${name}`).ariaSelected = String(name === mode);
  }
  forget();
  complain(null);
  page.viewer.show([]);
  byId("looks").hidden = true;
  byId("empty").hidden = false;
  page.viewer.camera.reset();
  if (mode === "new") drawing({});
  else tried(() => send("cancel", {}));
}

async function begin() {
  try { page.viewer = new Viewer(byId("canvas")); } catch (problem) { complain(problem); return; }
  page.tab = (await ask("tab", { body: "" })).tab;
  for (const kind of ABOUT.examples) {
    const button = element("button", { type: "button", textContent: { scan: "a scan of a chair", photo: "a photo", voxels: "voxels" }[kind] ?? kind, dataset: { example: kind } });
    button.onclick = () => tried(() => opened(ask("example", { body: "", kind })));
    byId("examples").append(button);
  }
  byId("chooser").onchange = (event) => { if (event.target.files[0]) take(event.target.files[0]); event.target.value = ""; };
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  document.addEventListener("dragover", () => byId("drop").classList.add("over"));
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => byId("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => { if (event.dataTransfer.files[0]) { turnTo("file"); take(event.dataTransfer.files[0]); } });
  byId("go").onclick = reconstruct;
  byId("progress").querySelector("button").onclick = () => tried(async () => { await send("cancel", {}); byId("start").hidden = page.mode === "new"; });
  for (const name of ["file", "new"]) byId(`tab-${name}`).onclick = () => turnTo(name);
  newShapes();
  document.body.dataset.ready = "yes";
}

tried(begin);
