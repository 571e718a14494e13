// The panel beside the view: what is shown, in which colours, and the buttons. A page with data of its own begins with showEmbedded.

function element(tag, properties = {}, ...children) {
  const { dataset, ...plain } = properties, made = Object.assign(document.createElement(tag), plain);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

function choices(label, options, chosen, pick) { // a row of buttons of which one is pressed
  const row = element("div", { className: "choices", role: "group", ariaLabel: label });
  for (const [value, text] of options) {
    const button = element("button", { type: "button", textContent: text, ariaPressed: String(value === chosen), dataset: { value } });
    button.onclick = () => {
      for (const other of row.children) other.ariaPressed = String(other === button);
      pick(value);
    };
    row.append(button);
  }
  return element("div", { className: "row" }, element("span", { className: "label", textContent: label }), row);
}

function slider(label, low, high, value, move) {
  const input = element("input", { type: "range", min: low, max: high, step: (high - low) / 100, value, ariaLabel: label });
  input.oninput = () => move(Number(input.value));
  return element("label", { className: "row" }, element("span", { className: "label", textContent: label }), input);
}

function toggle(label, on, change) {
  const input = element("input", { type: "checkbox", checked: on });
  input.onchange = () => change(input.checked);
  return element("label", { className: "toggle" }, input, element("span", { textContent: label }));
}

function listed(viewer, layer) {
  const shown = toggle(layer.name, layer.visible, (on) => { layer.visible = on; item.classList.toggle("off", !on); viewer.ask(); });
  shown.title = layer.name;
  const item = element("li", { className: layer.kind }, shown);
  if (layer.colour) shown.style.setProperty("--swatch", layer.colour);
  if (layer.note) item.append(element("p", { className: "note", textContent: layer.note }));
  if (layer.problem) item.append(element("p", { className: "note problem", textContent: layer.problem }));
  if (layer.kind === "picture") item.append(element("img", { src: layer.address, alt: layer.name }));
  if (layer.kind === "surface") item.append(slider("opacity", 0.1, 1, 1, (value) => { layer.opacity = value; viewer.ask(); }));
  return item;
}

function panelOf(viewer, head, layers) { // what stands in the panel, for these layers
  const has = (test) => layers.some(test), options = viewer.options, set = (name) => (value) => { options[name] = value; viewer.ask(); legend(viewer, head); };
  const rows = [];
  const colourings = [["plain", "plain"]];
  if (has((layer) => layer.coloured)) colourings.push(["own", "as in the file"]);
  if (has((layer) => layer.compared)) colourings.push(["distance", "distance"]);
  if (!colourings.some(([value]) => value === options.colouring)) options.colouring = "plain";
  if (colourings.length > 1) rows.push(choices("Colours", colourings, options.colouring, set("colouring")));
  if (has((layer) => layer.kind === "surface")) {
    rows.push(choices("Shading", [["smooth", "smooth"], ["flat", "flat"]], options.faceted ? "flat" : "smooth", (value) => set("faceted")(value === "flat")));
    rows.push(choices("Edges", [["off", "hidden"], ["on", "shown"]], options.edges ? "on" : "off", (value) => set("edges")(value === "on")));
  }
  rows.push(choices("Upward", [["y", "y"], ["z", "z"]], viewer.camera.up, (value) => { viewer.camera.up = value; viewer.ask(); }));
  if (has((layer) => layer.kind === "points")) rows.push(slider("Point size", 0.3, 4, options.pointSize, set("pointSize")));
  const again = element("button", { type: "button", textContent: "Whole view" });
  again.onclick = () => { viewer.camera.reset(); viewer.ask(); };
  const save = element("button", { type: "button", textContent: "Save picture" });
  save.onclick = () => element("a", { href: viewer.picture(), download: `${head.title.replace(/[^\w.-]+/g, "_")}.png` }).click();
  legend(viewer, head);
  return [...rows, element("div", { className: "buttons" }, again, save)];
}

function legend(viewer, head) { // of the colours of distances
  const place = document.getElementById("legend");
  place.hidden = viewer.options.colouring !== "distance" || !head.farthest;
  if (place.hidden) return;
  const ramp = element("div", { className: "ramp" });
  ramp.style.background = `linear-gradient(to right, ${HEAT.join(", ")})`;
  const most = Number(head.farthest.toPrecision(3));
  const ends = element("div", { className: "ends" }, element("span", { textContent: "0" }), element("span", { textContent: `${most} and more` }));
  place.replaceChildren(element("p", { textContent: head.distanceText }), ramp, ends);
}

async function inflated(text) { // base64 of deflated bytes -> bytes
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

async function showEmbedded() {
  const trouble = document.getElementById("trouble");
  try {
    const head = unpacked(await inflated(document.getElementById("data").textContent));
    const viewer = new Viewer(document.getElementById("canvas")), layers = layersOf(viewer, head);
    viewer.camera.up = head.up;
    viewer.options.farthest = head.farthest || 1;
    viewer.show(layers);
    const panel = document.getElementById("panel");
    const list = element("ul", { className: "layers" }, ...layers.map((layer) => listed(viewer, layer)));
    const body = element("div", { className: "body" }, list, ...panelOf(viewer, head, layers), element("p", { className: "help", textContent: "Drag to turn, right-drag or shift-drag to move, scroll to come nearer." }));
    const fold = element("details", { open: window.innerWidth > 640 && window.innerHeight > 420 }, element("summary", { textContent: head.title }), body);
    panel.append(fold);
    document.body.dataset.ready = "yes";
  } catch (problem) {
    trouble.textContent = problem.message;
    trouble.hidden = false;
    throw problem;
  }
}
