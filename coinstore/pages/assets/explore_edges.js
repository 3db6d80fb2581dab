"use strict";
/* Edges: all pairs are one call to WebGL, so that moving a slider costs nothing. */
const Edges = (() => {
  const SLOW_MS = 34,
    FEW_EDGES = 1000;
  const VERTEX = `
    attribute vec2 place; attribute vec3 pair;
    uniform vec4 scale; uniform vec2 turn; uniform vec3 least;
    void main() {
      float rank = least.z > 0.5 ? pair.y : pair.x;
      bool isShown = rank <= least.x && pair.z >= least.y && !(least.z > 0.5 && pair.y > 65534.0);
      float across = place.x * scale.x + place.y * turn.x + scale.z;
      float up = place.x * turn.y + place.y * scale.y + scale.w;
      gl_Position = isShown ? vec4(across, up, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
    }`;
  const FRAGMENT = `
    precision mediump float; uniform float alpha;
    void main() { gl_FragColor = vec4(0.22, 0.22, 0.24, 1.0) * alpha; }`;
  let gl = null,
    renderer = null,
    program = null,
    places = null,
    buffer = null,
    share = 1;

  /* Position of a pair in the arrays: shuffled, so that the first pairs are a fair sample. */
  const step = stride(Data.pairs.count);
  const slot = (i) => (i * step) % Data.pairs.count;

  /* A step, about 0.618 of `count`, that visits each of `count` places once. */
  function stride(count) {
    const common = (one, other) => (other ? common(other, one % other) : one);
    let found = Math.max(1, Math.round(count * 0.618));
    while (count > 1 && common(count, found) > 1) found++;
    return found;
  }

  function supported() {
    const canvas = document.createElement("canvas");
    return Boolean(
      window.WebGLRenderingContext && (canvas.getContext("webgl2") || canvas.getContext("webgl")),
    );
  }

  function compiled(kind, source) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    return shader;
  }

  function bound(name, size, array) {
    const made = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.bufferData(gl.ARRAY_BUFFER, array, gl.DYNAMIC_DRAW);
    const at = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, 0, 0);
    return made;
  }

  /* `x` and `y` are the positions of the coins. */
  function start(context, sigma, x, y) {
    gl = context;
    renderer = sigma;
    program = gl.createProgram();
    gl.attachShader(program, compiled(gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compiled(gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    gl.useProgram(program);
    const { count, a, b, best, worst, similarity } = Data.pairs;
    places = new Float32Array(4 * count);
    const pairs = new Float32Array(6 * count);
    for (let i = 0; i < count; i++) {
      places.set([x[a[i]], y[a[i]], x[b[i]], y[b[i]]], 4 * slot(i));
      pairs.set([best[i], worst[i], similarity[i], best[i], worst[i], similarity[i]], 6 * slot(i));
    }
    bound("pair", 3, pairs);
    buffer = bound("place", 2, places);
  }

  function draw(filter) {
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!filter.shown || !filter.count) return;
    const { width, height } = renderer.getDimensions();
    const clip = (point) => {
      const at = renderer.graphToViewport(point);
      return [(at.x / width) * 2 - 1, 1 - (at.y / height) * 2];
    };
    const [zero, one, two] = [clip({ x: 0, y: 0 }), clip({ x: 1, y: 0 }), clip({ x: 0, y: 1 })];
    const uniform = (name) => gl.getUniformLocation(program, name);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniform4f(uniform("scale"), one[0] - zero[0], two[1] - zero[1], zero[0], zero[1]);
    gl.uniform2f(uniform("turn"), two[0] - zero[0], one[1] - zero[1]);
    gl.uniform3f(uniform("least"), filter.rank, filter.similarity, filter.mutual ? 1 : 0);
    gl.uniform1f(uniform("alpha"), Math.max(0.06, Math.min(0.6, 14 / Math.sqrt(filter.count))));
    gl.drawArrays(gl.LINES, 0, 2 * Math.ceil(Data.pairs.count * share));
  }

  /* Without a graphics card frames come slowly: then only a share of the edges is drawn during a move. */
  let lastFrame = 0,
    resting = 0;
  function pace(redraw) {
    const now = performance.now(),
      took = now - lastFrame;
    lastFrame = now;
    if (took > 5000) return; // the view rested
    const few = Math.min(1, FEW_EDGES / Math.max(Data.pairs.count, 1));
    if (took > SLOW_MS) share = Math.max((share * SLOW_MS) / took, few);
    clearTimeout(resting);
    if (share === 1) return;
    const whole = () => {
      share = 1;
      redraw();
    };
    resting = setTimeout(whole, Math.max(200, Math.min(2 * took, 3000)));
  }

  /* Where the ends of a coin's edges are in the arrays; `move` takes them to a point. */
  function endsOf(coin) {
    const found = [];
    for (let i = 0; i < Data.pairs.count; i++) {
      if (Data.pairs.a[i] === coin) found.push(4 * slot(i));
      if (Data.pairs.b[i] === coin) found.push(4 * slot(i) + 2);
    }
    return found;
  }

  function move(ends, point) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    for (const end of ends) {
      places.set([point.x, point.y], end);
      gl.bufferSubData(gl.ARRAY_BUFFER, 4 * end, places.subarray(end, end + 2));
    }
  }

  function passes(i, filter) {
    const { best, worst, similarity } = Data.pairs;
    if (similarity[i] < filter.similarity || (filter.mutual && worst[i] === Data.NEVER)) return false;
    return (filter.mutual ? worst[i] : best[i]) <= filter.rank;
  }

  return { supported, start, draw, pace, endsOf, move, passes };
})();
