// What the graphics card runs. Colours are sRGB outside and linear inside; the light is that of `occnet render`.

const HEAT = ["#dfe6ec", "#f3dc8f", "#f0a559", "#d6503d", "#7c1229"]; // from agreeing to far

const COLOURS = `
vec3 linear(vec3 c) { return pow(c, vec3(2.2)); }
vec3 heat(float t) {
  vec3 stops[5] = vec3[5](${HEAT.map((c) => `vec3(${[1, 3, 5].map((k) => (parseInt(c.substr(k, 2), 16) / 255).toFixed(4))})`)});
  float at = clamp(t, 0.0, 1.0) * 4.0;
  int low = min(int(at), 3);
  return mix(stops[low], stops[low + 1], at - float(low));
}
uniform vec3 plain;
uniform int colouring; // 0 plain, 1 own, 2 by distance
uniform float farthest;
vec3 chosen(vec3 own, float away) {
  return linear(colouring == 2 ? heat(away / farthest) : colouring == 1 ? own : plain);
}`;

const MESH_VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec3 colour;
layout(location = 3) in float away;
uniform mat4 view, projection;
out vec3 eyePlace, eyeNormal, own, corner;
out float distanceAway;
void main() {
  vec4 eye = view * vec4(place, 1.0);
  eyePlace = eye.xyz; eyeNormal = mat3(view) * normal; own = colour; distanceAway = away;
  int k = gl_VertexID % 3;
  corner = vec3(k == 0, k == 1, k == 2);
  gl_Position = projection * eye;
}`;

const MESH_FRAGMENT = `#version 300 es
precision highp float;
in vec3 eyePlace, eyeNormal, own, corner;
in float distanceAway;
uniform vec3 up, key; // directions as the camera sees them
uniform bool faceted;
uniform float edges, opacity;
out vec4 result;
${COLOURS}
void main() {
  vec3 face = normalize(cross(dFdx(eyePlace), dFdy(eyePlace)));
  vec3 n = faceted || dot(eyeNormal, eyeNormal) < 0.01 ? face : normalize(eyeNormal);
  vec3 albedo = chosen(own, distanceAway);
  if (!gl_FrontFacing) { n = faceted ? n : -n; albedo = mix(albedo, linear(vec3(0.78, 0.56, 0.46)), 0.75); } // the inside
  vec3 eye = normalize(-eyePlace), half_ = normalize(eye + key);
  vec3 sky = mix(vec3(0.20), vec3(0.40, 0.42, 0.45), 0.5 + 0.5 * dot(n, up));
  vec3 light = sky + max(dot(n, key), 0.0) * vec3(0.92, 0.89, 0.84) + max(dot(n, normalize(vec3(0.85, 0.1, 0.5))), 0.0) * vec3(0.11, 0.12, 0.14);
  vec3 c = albedo * light + 0.04 * pow(max(dot(n, half_), 0.0), 24.0);
  if (edges > 0.0) {
    vec3 wide = fwidth(corner);
    vec3 near = smoothstep(vec3(0.0), wide * 1.2, corner);
    c = mix(c, c * 0.25, edges * (1.0 - min(min(near.x, near.y), near.z)));
  }
  result = vec4(pow(c, vec3(1.0 / 2.2)), opacity);
}`;

const POINTS_VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
layout(location = 2) in vec3 colour;
layout(location = 3) in float away;
uniform mat4 view, projection;
uniform float size, smallest; // across a point in the scene; pixels across the view's height
uniform float pixels;
out vec3 own;
out float distanceAway;
void main() {
  vec4 eye = view * vec4(place, 1.0);
  own = colour; distanceAway = away;
  gl_Position = projection * eye;
  gl_PointSize = max(size * projection[1][1] * 0.5 * pixels / -eye.z, smallest);
}`;

const POINTS_FRAGMENT = `#version 300 es
precision highp float;
in vec3 own;
in float distanceAway;
uniform float opacity;
out vec4 result;
${COLOURS}
void main() {
  vec2 from = 2.0 * gl_PointCoord - 1.0;
  float r = dot(from, from);
  if (r > 1.3) discard;
  float soft = clamp((1.0 - sqrt(r)) / fwidth(sqrt(r)) + 0.5, 0.0, 1.0); // covers as much of a pixel as it does
  result = vec4(pow(chosen(own, distanceAway) * (1.0 - 0.35 * r), vec3(1.0 / 2.2)), soft * opacity);
}`;

// A line is a strip of four corners, as wide on the screen wherever it lies.
const LINES_VERTEX = `#version 300 es
layout(location = 0) in vec3 one;
layout(location = 1) in vec3 other;
uniform mat4 view, projection;
uniform vec2 screen;
uniform float width;
void main() {
  vec4 a = projection * view * vec4(one, 1.0), b = projection * view * vec4(other, 1.0);
  vec2 along = (b.xy / b.w - a.xy / a.w) * screen;
  along = length(along) > 0.0 ? normalize(along) : vec2(1.0, 0.0);
  bool end = gl_VertexID > 1;
  vec4 at = end ? b : a;
  float side = gl_VertexID % 2 == 0 ? -1.0 : 1.0;
  vec2 off = (vec2(-along.y, along.x) * side + along * (end ? 0.7 : -0.7)) * width / screen;
  gl_Position = vec4(at.xy + off * at.w, at.z - 0.0004 * at.w, at.w);
}`;

const LINES_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 plain;
uniform float opacity;
out vec4 result;
void main() { result = vec4(plain, opacity); }`;

const WHOLE_VERTEX = `#version 300 es
out vec2 at;
void main() {
  at = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
  gl_Position = vec4(2.0 * at - 1.0, 0.0, 1.0);
}`;

// What lies behind its neighbours on the screen is darker near them: so points without normals show a form.
// Source: Boucheny, "Interactive scientific visualization of large datasets", thesis, 2009 (eye-dome lighting).
const SHADE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D colour, depth;
uniform vec2 pixel;
uniform float near, far, strength;
out vec4 result;
float away(vec2 where) {
  float z = 2.0 * texture(depth, where).r - 1.0;
  return log2(2.0 * near * far / (far + near - z * (far - near)));
}
void main() {
  vec4 c = texture(colour, at);
  if (texture(depth, at).r == 1.0) { result = c; return; } // the paper
  float here = away(at), hidden = 0.0;
  for (int k = 0; k < 8; k++) {
    float turn = float(k) * 0.7853982;
    hidden += max(0.0, here - away(at + pixel * vec2(cos(turn), sin(turn))));
  }
  result = vec4(c.rgb * exp(-strength * min(hidden, 0.06)), c.a);
}`;
