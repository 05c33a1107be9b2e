/* The figure "Train a network": a change of a setting trains again, from the same weights. */
"use strict";

let training = {}; // the network so far

live.figures["train-a-network"] = (values, { points, classes, pixels, truth, T, weights }) => {
  const { cell, V_th, alpha, mu, rate, hidden, steps } = values;
  const layer = layers[cell]({ V_th, V_reset: 0, alpha, beta: 0 }, neuron.spike("window", mu));
  const settings = [cell, V_th, alpha, mu, rate, hidden].join();
  if (training.settings !== settings || training.losses.length > steps + 1) {
    const params = first(weights, hidden);
    training = { settings, params, m: zeros(params), v: zeros(params), losses: [] };
  }
  const { params, m, v, losses } = training;
  const run = (point) => network.forward(sequence(point, T), layer, params);
  const end = performance.now() + 30; // milliseconds of training between two drawings
  while (losses.length <= steps && performance.now() < end) {
    training.grads?.forEach((g, i) => network.adam(params[i], g, m[i], v[i], losses.length, rate));
    training.grads = zeros(params);
    losses.push(points.reduce((loss, point, n) => {
      const one = run(point);
      network.backward(1 / points.length, classes[n], one, training.grads);
      return loss - Math.log(one.P[classes[n]]) / points.length;
    }, 0));
  }

  const [n, l] = [values.point, Math.min(values.neuron, hidden)].map((one) => one - 1);
  const shown = run(points[n]);
  const center = cell === "rnn" ? [] : [V_th]; // of the window
  const dI = network.backward(1, classes[n], shown, zeros(params));
  const color = pixels.map((point) => likeliest(run(point)));
  const right = color.map((one, index) => Math.floor(one) === truth[index]);
  const slopes = points.flatMap((point) => run(point).units.flatMap(({ slope }) => slope));
  return {
    unfinished: losses.length <= steps,
    sources: {
      steps: {
        t: dI.map((_, index) => index + 1), I: shown.X.map((now) => now[1] + now[2]),
        ...shown.units[l], dI: dI.map((now) => now[l]),
      },
      marks: { x: [points[n][0]], y: [points[n][1]] },
      window: { V_th: center, low: center.map((x) => x - mu), high: center.map((x) => x + mu) },
      map: { x: pixels.map(([x]) => x), y: pixels.map(([, y]) => y), color },
      history: { step: [...losses.keys()], loss: [...losses] },
    },
    summary:
      `Step ${losses.length - 1}: loss ${losses.at(-1).toFixed(2)}; ${share(right)} of the disc ` +
      `is right. Gradients pass the outputs of the neurons at ${share(slopes)} of the steps.`,
  };
};

const layers = {
  liaf: (p, spike) => network.spiking(p, spike, neuron.activations.relu, neuron.NTR),
  lif: (p, spike) => network.spiking(p, spike, spike, neuron.TR),
  rnn: () => network.rnn(neuron.activations.tanh),
};
// The 1 of the bias; x in the first half of the steps, y in the second.
const sequence = ([x, y], T) =>
  Array.from({ length: T }, (_, t) => (t < T / 2 ? [1, x, 0] : [1, 0, y]));
const first = ({ W, U, out }, hidden) =>
  [W, U.slice(0, hidden), out.slice(0, hidden + 1)] // with 3 columns, fewer than neurons
    .map((rows) => rows.map((row) => row.slice(0, hidden)));
const zeros = (params) => params.map((W) => W.map((row) => row.map(() => 0)));
const likeliest = ({ P }) => P.indexOf(Math.max(...P)) + 0.999 * Math.max(...P);
const share = (all) => `${Math.round((100 * all.filter(Boolean).length) / all.length)}\u00a0%`;
