// What is shown: bytes -> layers, and how each kind draws itself. The bytes are described in occnet/viewer/packing.py.

const CLAYS = ["#abbbd0", "#d8b48a", "#a9c5a0", "#c9a9c4"]; // of surfaces, one after the other, where they have no colours of their own
const INKS = ["#3468a8", "#b0662b", "#4d7c43", "#84487c"]; // of points
const RED = "#d3122a";
const CREASE = Math.cos(35 * DEGREE); // faces that bend by less share the light at their corners

const channels = (text) => [1, 3, 5].map((k) => parseInt(text.substr(k, 2), 16) / 255);

function unpacked(bytes) { // the table, with arrays in place of their descriptions
  const view = new DataView(bytes), length = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const types = { float32: Float32Array, uint32: Uint32Array, uint8: Uint8Array };
  for (const layer of head.layers) for (const [name, about] of Object.entries(layer.arrays))
    layer.arrays[name] = new types[about.type](bytes, 4 + length + about.begin, about.count);
  return head;
}

class Layer {
  constructor(viewer, about, colour) {
    Object.assign(this, { kind: about.kind, name: about.name, note: about.note, problem: about.problem, visible: true, opacity: 1, colour });
    this.coloured = "colors" in about.arrays;
    this.compared = "distances" in about.arrays;
    this.buffers = [];
    const gl = viewer.gl;
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    this.fill(gl, about.arrays);
    gl.bindVertexArray(null);
  }

  feed(gl, place, values, type, normalised = false, size = 3) {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, type, normalised, 0, 0);
    this.buffers.push(buffer);
    return buffer;
  }

  begin(viewer, shared, name) {
    const gl = viewer.gl, { program, places } = viewer.programs[name], options = viewer.options;
    gl.useProgram(program);
    gl.bindVertexArray(this.array);
    gl.uniformMatrix4fv(places.view, false, shared.view);
    gl.uniformMatrix4fv(places.projection, false, shared.projection);
    gl.uniform3fv(places.plain, channels(this.colour));
    gl.uniform1f(places.opacity, shared.opacity ?? this.opacity);
    const wanted = options.colouring;
    gl.uniform1i(places.colouring, wanted === "distance" && this.compared ? 2 : wanted === "own" && this.coloured ? 1 : 0);
    gl.uniform1f(places.farthest, options.farthest);
    return places;
  }

  release(gl) {
    for (const buffer of this.buffers) gl.deleteBuffer(buffer);
    gl.deleteVertexArray(this.array);
  }
}

class SurfaceLayer extends Layer {
  fill(gl, { places, faces, colors, distances }) { // each corner for itself, so that it has a light and a place in its face
    const spread = (values, size, Type) => {
      const out = new Type(faces.length * size);
      for (let corner = 0; corner < faces.length; corner++) for (let k = 0; k < size; k++) out[size * corner + k] = values[size * faces[corner] + k];
      return out;
    };
    this.count = faces.length;
    this.feed(gl, 0, spread(places, 3, Float32Array), gl.FLOAT);
    this.feed(gl, 1, cornerNormals(places, faces), gl.BYTE, true, 4);
    if (colors) this.feed(gl, 2, spread(colors, 3, Uint8Array), gl.UNSIGNED_BYTE, true);
    if (distances) this.feed(gl, 3, spread(distances, 1, Float32Array), gl.FLOAT, false, 1);
  }

  draw(viewer, shared) {
    const gl = viewer.gl, places = this.begin(viewer, shared, "surface"), { view } = shared;
    gl.uniform1i(places.faceted, viewer.options.faceted ? 1 : 0);
    gl.uniform1f(places.edges, viewer.options.edges ? 0.75 : 0);
    const upright = viewer.camera.up === "y" ? [view[4], view[5], view[6]] : [view[8], view[9], view[10]];
    gl.uniform3fv(places.up, upright);
    const key = [-0.52, 0.68, 0.52], length = Math.hypot(...key);
    gl.uniform3fv(places.key, key.map((value) => value / length));
    gl.drawArrays(gl.TRIANGLES, 0, this.count);
  }
}

class PointsLayer extends Layer {
  fill(gl, { places, colors, distances }) {
    this.count = places.length / 3;
    this.size = 0.75 * Math.sqrt(6 / Math.max(1, this.count)); // about what covers the surface of a body in the unit ball
    this.feed(gl, 0, places, gl.FLOAT);
    if (colors) this.feed(gl, 2, colors, gl.UNSIGNED_BYTE, true);
    if (distances) this.feed(gl, 3, distances, gl.FLOAT, false, 1);
  }

  draw(viewer, shared) {
    const gl = viewer.gl, places = this.begin(viewer, shared, "points");
    gl.uniform1f(places.size, 0.55 * Math.min(this.size, 0.06) * viewer.options.pointSize);
    gl.uniform1f(places.smallest, 1.5 * viewer.options.pointSize);
    gl.uniform1f(places.pixels, shared.height);
    gl.enable(gl.SAMPLE_ALPHA_TO_COVERAGE);
    gl.drawArrays(gl.POINTS, 0, this.count);
    gl.disable(gl.SAMPLE_ALPHA_TO_COVERAGE);
  }
}

class MarksLayer extends Layer {
  fill(gl, { places, spots }) {
    this.count = places.length / 6;
    const ends = this.feed(gl, 0, places, gl.FLOAT);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 24, 0);
    gl.vertexAttribDivisor(0, 1);
    gl.bindBuffer(gl.ARRAY_BUFFER, ends);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 3, gl.FLOAT, false, 24, 12);
    gl.vertexAttribDivisor(1, 1);
    this.spots = spots.length / 3;
    this.lines = this.array;
    this.dots = gl.createVertexArray();
    gl.bindVertexArray(this.dots);
    this.feed(gl, 0, spots, gl.FLOAT);
  }

  draw(viewer, shared) {
    const gl = viewer.gl, ratio = Math.min(window.devicePixelRatio || 1, 2);
    let places = this.begin(viewer, shared, "lines");
    gl.uniform2f(places.screen, shared.width / 2, shared.height / 2);
    gl.uniform1f(places.width, 1.4 * ratio);
    if (this.count) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    if (!this.spots) return;
    places = this.begin(viewer, shared, "points");
    gl.bindVertexArray(this.dots);
    gl.uniform1f(places.size, 0);
    gl.uniform1f(places.smallest, 8 * ratio);
    gl.drawArrays(gl.POINTS, 0, this.spots);
  }
}

class PictureLayer { // beside the view, not in it
  constructor(about) {
    Object.assign(this, { kind: about.kind, name: about.name, note: about.note, problem: about.problem, visible: true, opacity: 1 });
    this.address = URL.createObjectURL(new Blob([about.arrays.png], { type: "image/png" }));
  }

  draw() {}

  release() { URL.revokeObjectURL(this.address); }
}

function layersOf(viewer, head) {
  const kinds = { surface: SurfaceLayer, points: PointsLayer, marks: MarksLayer };
  const colours = { surface: CLAYS, points: INKS, marks: [RED] }, seen = { surface: 0, points: 0, marks: 0 };
  return head.layers.map((about) => {
    if (about.kind === "picture") return new PictureLayer(about);
    const palette = colours[about.kind];
    return new kinds[about.kind](viewer, about, palette[seen[about.kind]++ % palette.length]);
  });
}

function cornerNormals(places, faces) { // four bytes a corner: smooth over rounded parts, sharp at creases
  const count = faces.length / 3, flat = new Float32Array(3 * count), areas = new Float32Array(count);
  for (let f = 0; f < count; f++) {
    const [a, b, c] = [0, 1, 2].map((k) => 3 * faces[3 * f + k]);
    const ux = places[b] - places[a], uy = places[b + 1] - places[a + 1], uz = places[b + 2] - places[a + 2];
    const vx = places[c] - places[a], vy = places[c + 1] - places[a + 1], vz = places[c + 2] - places[a + 2];
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx, length = Math.hypot(x, y, z) || 1;
    areas[f] = length;
    flat[3 * f] = x / length; flat[3 * f + 1] = y / length; flat[3 * f + 2] = z / length;
  }
  const first = new Uint32Array(places.length / 3 + 1), around = new Uint32Array(faces.length);
  for (const vertex of faces) first[vertex + 1]++;
  for (let v = 1; v < first.length; v++) first[v] += first[v - 1];
  const next = first.slice();
  for (let corner = 0; corner < faces.length; corner++) around[next[faces[corner]]++] = (corner / 3) | 0;
  const out = new Int8Array(4 * faces.length);
  for (let corner = 0; corner < faces.length; corner++) {
    const own = 3 * ((corner / 3) | 0), vertex = faces[corner], end = Math.min(first[vertex + 1], first[vertex] + 64);
    let x = 0, y = 0, z = 0;
    for (let k = first[vertex]; k < end; k++) {
      const f = 3 * around[k];
      if (flat[f] * flat[own] + flat[f + 1] * flat[own + 1] + flat[f + 2] * flat[own + 2] > CREASE) {
        const area = areas[around[k]];
        x += area * flat[f]; y += area * flat[f + 1]; z += area * flat[f + 2];
      }
    }
    const scale = 127 / (Math.hypot(x, y, z) || 1);
    out[4 * corner] = Math.round(x * scale); out[4 * corner + 1] = Math.round(y * scale); out[4 * corner + 2] = Math.round(z * scale);
  }
  return out;
}
