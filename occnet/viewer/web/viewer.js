// The view: a camera that is turned by mouse, fingers or keys, and the passes that draw what the layers hold.

const PAPER = [0.965, 0.968, 0.972]; // behind everything
const DEGREE = Math.PI / 180;

function multiplied(a, b) { // 4 x 4, by columns
  const out = new Float32Array(16);
  for (let c = 0; c < 4; c++) for (let r = 0; r < 4; r++)
    out[4 * c + r] = a[r] * b[4 * c] + a[4 + r] * b[4 * c + 1] + a[8 + r] * b[4 * c + 2] + a[12 + r] * b[4 * c + 3];
  return out;
}

class Camera {
  constructor() { this.up = "y"; this.reset(); }

  reset() { this.azimuth = 35; this.elevation = 22; this.distance = 4.2; this.target = [0, 0, 0]; this.angle = 30; }

  get axes() { // right, up, back: of the camera in the scene, with y up
    const a = this.azimuth * DEGREE, e = this.elevation * DEGREE;
    const back = [Math.sin(a) * Math.cos(e), Math.sin(e), Math.cos(a) * Math.cos(e)];
    const right = [Math.cos(a), 0, -Math.sin(a)];
    const up = [back[1] * right[2] - back[2] * right[1], back[2] * right[0] - back[0] * right[2], back[0] * right[1] - back[1] * right[0]];
    return [right, up, back];
  }

  view() {
    const [r, u, b] = this.axes, t = this.target;
    const eye = t.map((value, k) => value + b[k] * this.distance);
    const shift = (axis) => -(axis[0] * eye[0] + axis[1] * eye[1] + axis[2] * eye[2]);
    const matrix = new Float32Array([r[0], u[0], b[0], 0, r[1], u[1], b[1], 0, r[2], u[2], b[2], 0, shift(r), shift(u), shift(b), 1]);
    return this.up === "y" ? matrix : multiplied(matrix, new Float32Array([1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]));
  }

  projection(width, height) {
    const f = 1 / Math.tan((this.angle * DEGREE) / 2) * Math.min(1, width / height), far = this.distance + 3;
    const near = Math.max(this.distance - 3, far / 2000);
    this.near = near; this.far = far;
    return new Float32Array([(f * height) / width, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0]);
  }

  turn(dx, dy) { // by pixels
    this.azimuth -= 0.4 * dx;
    this.elevation = Math.max(-89, Math.min(89, this.elevation + 0.4 * dy));
  }

  shift(dx, dy, height) {
    const [r, u] = this.axes, scale = (2 * this.distance * Math.tan((this.angle * DEGREE) / 2)) / height;
    this.target = this.target.map((value, k) => Math.max(-2, Math.min(2, value - scale * (dx * r[k] - dy * u[k]))));
  }

  approach(factor) { this.distance = Math.max(0.05, Math.min(20, this.distance * factor)); }
}

class Viewer {
  constructor(canvas) {
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!this.gl) throw new Error("This browser shows no WebGL 2, by which the view is drawn; open the page in another one, or allow it there.");
    this.camera = new Camera();
    this.layers = [];
    this.options = { faceted: false, edges: false, colouring: "own", pointSize: 1, farthest: 1 };
    this.programs = {
      surface: this.program(MESH_VERTEX, MESH_FRAGMENT), points: this.program(POINTS_VERTEX, POINTS_FRAGMENT),
      lines: this.program(LINES_VERTEX, LINES_FRAGMENT), whole: this.program(WHOLE_VERTEX, SHADE_FRAGMENT),
    };
    this.listen();
    new ResizeObserver(() => this.ask()).observe(canvas);
  }

  program(vertex, fragment) {
    const gl = this.gl, program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    const places = {};
    for (let k = 0; k < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); k++) {
      const name = gl.getActiveUniform(program, k).name;
      places[name] = gl.getUniformLocation(program, name);
    }
    return { program, places };
  }

  show(layers) {
    for (const layer of this.layers) if (!layers.includes(layer)) layer.release(this.gl);
    this.layers = layers;
    this.ask();
  }

  ask() { // for a new picture, once the browser has time for it
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  sized() { // the buffers that are drawn into, as large as the canvas is now
    const gl = this.gl, ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio)), height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.buffers && this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width; this.canvas.height = height;
    if (this.buffers) for (const [kind, thing] of this.buffers.all) gl[`delete${kind}`](thing);
    const all = [], samples = Math.min(4, gl.getParameter(gl.MAX_SAMPLES));
    const drawn = gl.createFramebuffer(), resolved = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, drawn);
    for (const [format, place] of [[gl.RGBA8, gl.COLOR_ATTACHMENT0], [gl.DEPTH_COMPONENT24, gl.DEPTH_ATTACHMENT]]) {
      const buffer = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, buffer);
      gl.renderbufferStorageMultisample(gl.RENDERBUFFER, samples, format, width, height);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, place, gl.RENDERBUFFER, buffer);
      all.push(["Renderbuffer", buffer]);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, resolved);
    const [colour, depth] = [[gl.RGBA8, gl.COLOR_ATTACHMENT0], [gl.DEPTH_COMPONENT24, gl.DEPTH_ATTACHMENT]].map(([format, place]) => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
      for (const name of ["MIN_FILTER", "MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl.NEAREST);
      for (const name of ["WRAP_S", "WRAP_T"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl.CLAMP_TO_EDGE);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, place, gl.TEXTURE_2D, texture, 0);
      all.push(["Texture", texture]);
      return texture;
    });
    all.push(["Framebuffer", drawn], ["Framebuffer", resolved]);
    this.buffers = { drawn, resolved, colour, depth, all };
  }

  draw() {
    if (!this.canvas.clientWidth || !this.canvas.clientHeight) return;
    this.sized();
    const gl = this.gl, { width, height } = this.canvas;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffers.drawn);
    gl.viewport(0, 0, width, height);
    gl.clearColor(...PAPER, 1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    const shared = { view: this.camera.view(), projection: this.camera.projection(width, height), width, height };
    const seen = this.layers.filter((layer) => layer.visible);
    for (const layer of seen.filter((one) => one.opacity >= 1 && one.kind !== "marks")) layer.draw(this, shared);
    for (const layer of seen.filter((one) => one.opacity < 1 && one.kind !== "marks")) { // the nearest of each, and what is behind all
      gl.colorMask(false, false, false, false);
      layer.draw(this, shared);
      gl.colorMask(true, true, true, true);
      gl.enable(gl.BLEND);
      gl.depthFunc(gl.LEQUAL);
      layer.draw(this, shared);
      gl.depthFunc(gl.LESS);
      gl.disable(gl.BLEND);
    }
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    for (const layer of seen.filter((one) => one.kind === "marks")) {
      for (const [test, opacity] of [[gl.GREATER, 0.25], [gl.LEQUAL, 1]]) { // faint where they are hidden
        gl.depthFunc(test);
        layer.draw(this, { ...shared, opacity });
      }
    }
    gl.depthFunc(gl.LESS);
    gl.depthMask(true);
    gl.disable(gl.BLEND);
    this.finish(width, height);
  }

  finish(width, height) { // to the canvas, with what is behind made darker
    const gl = this.gl, { drawn, resolved, colour, depth } = this.buffers, { program, places } = this.programs.whole;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, drawn);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, resolved);
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.DEPTH_TEST);
    gl.useProgram(program);
    [colour, depth].forEach((texture, k) => { gl.activeTexture(gl.TEXTURE0 + k); gl.bindTexture(gl.TEXTURE_2D, texture); });
    gl.uniform1i(places.colour, 0);
    gl.uniform1i(places.depth, 1);
    const across = 1.4 * Math.min(window.devicePixelRatio || 1, 2);
    gl.uniform2f(places.pixel, across / width, across / height);
    gl.uniform1f(places.near, this.camera.near);
    gl.uniform1f(places.far, this.camera.far);
    gl.uniform1f(places.strength, 5);
    gl.bindVertexArray(null);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  picture() { // the view as the address of a PNG
    this.draw();
    return this.canvas.toDataURL("image/png");
  }

  listen() {
    const canvas = this.canvas, pressed = new Map();
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pressed.set(event.pointerId, event); });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => pressed.delete(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      const before = pressed.get(event.pointerId);
      if (!before) return;
      const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY, height = canvas.clientHeight;
      if (pressed.size === 2) {
        const still = [...pressed.values()].find((one) => one.pointerId !== event.pointerId);
        const apart = (one) => Math.hypot(one.clientX - still.clientX, one.clientY - still.clientY);
        this.camera.approach(apart(before) / Math.max(1, apart(event)));
        this.camera.shift(dx / 2, dy / 2, height);
      } else if (event.buttons & 6 || event.shiftKey) this.camera.shift(dx, dy, height);
      else this.camera.turn(dx, dy);
      pressed.set(event.pointerId, event);
      this.ask();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.camera.approach(Math.exp(0.0015 * event.deltaY * (event.deltaMode ? 30 : 1)));
      this.ask();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [20, 0], ArrowRight: [-20, 0], ArrowUp: [0, 20], ArrowDown: [0, -20] };
      if (steps[event.key]) this.camera.turn(...steps[event.key]);
      else if (event.key === "+" || event.key === "-") this.camera.approach(event.key === "+" ? 0.85 : 1.18);
      else return;
      event.preventDefault();
      this.ask();
    });
  }
}
