/* The figure "Surrogate gradient": one LIF neuron, and the slope that replaces Dirac's delta. */
"use strict";

live.figures["surrogate-gradient"] = (values, constants) => {
  const { I, x, names } = constants;
  const { alpha, V_reset, mu } = values;
  const p = { ...constants.p, alpha, V_reset };
  const tape = neuron.forward(I, p);
  const dY = I.map((_, index) => (index + 1 === values.k ? 1 : 0)); // the loss is the output of step k

  const all = names.map((name) => neuron.spike(name, mu));
  const slopes = all.map((spike) => x.map(spike.slope));
  const dI = all.map((spike) => neuron.backward(dY, tape, p, spike, spike, neuron.TR));
  const chosen = names.indexOf(values.shape);
  const spike = all[chosen];

  const distance = tape.U.map((U) => U - p.V_th);
  const slope = distance.map(spike.slope);
  const columns = (rows) => Object.fromEntries(rows.map((row, index) => [names[index], row]));
  return {
    sources: {
      steps: {
        t: I.map((_, index) => index + 1),
        ...tape, x: distance, slope, ...columns(dI), dI: dI[chosen],
        J: neuron.factors(tape, p, spike),
      },
      marks: { k: [values.k] },
      curves: { x, ...columns(slopes), slope: slopes[chosen] },
    },
    summary:
      `The slope is above 0.01 at ${slope.filter((x) => x > 0.01).length} of ${I.length} steps. ` +
      `The largest gradient of F at step ${values.k} with respect to an input is ` +
      `${Math.max(...dI[chosen].map(Math.abs)).toFixed(3)}.`,
  };
};
