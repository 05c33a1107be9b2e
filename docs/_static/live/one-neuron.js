/* The figure "One neuron": LIAF and LIF on the same input. */
"use strict";

live.figures["one-neuron"] = (values, constants) => {
  const I = constants.inputs[values.input];
  const { alpha, beta, V_th, V_reset, mu } = values;
  const p = { alpha, beta, V_th, V_reset };
  const [Act, s] = constants.outputs[values.output];
  const spike = neuron.spike("window", mu);
  const liaf = [neuron.activations[Act], neuron[s]]; // (8)
  const lif = [spike, neuron.TR]; // (7): Y = F

  const tape = neuron.forward(I, p);
  const [Y_liaf, Y_lif] = [liaf, lif].map((choice) => neuron.output(tape, p, ...choice));

  // The loss is the output of step k, so dY is 1 at this step and 0 at the others.
  const dY = I.map((_, index) => (index + 1 === values.k ? 1 : 0));
  const [dI_liaf, dI_lif] = [liaf, lif].map((choice) => neuron.backward(dY, tape, p, spike, ...choice));

  return {
    sources: {
      steps: {
        t: I.map((_, index) => index + 1),
        I, ...tape, Y_liaf, Y_lif, dI_liaf, dI_lif,
        slope: tape.U.map((U) => spike.slope(U - V_th)),
        J: neuron.factors(tape, p, spike),
      },
      marks: { k: [values.k], V_th: [V_th], low: [V_th - mu], high: [V_th + mu] },
    },
    summary: describe(tape.F, dI_liaf, dI_lif, constants.axis),
  };
};

const describe = (F, dI_liaf, dI_lif, axis) => {
  const spikes = F.some(Boolean) ? `Both neurons fire at ${steps(F)}.` : "No neuron fires.";
  return `${spikes} The gradient of LIAF is ${reach(dI_liaf, axis)}; that of LIF is ${reach(dI_lif, axis)}.`;
};

const reach = (dI, axis) => {
  if (!dI.some(Boolean)) return "0 at every step";
  const largest = Math.max(...dI.map(Math.abs));
  return `not 0 at ${steps(dI)} (largest ${largest.toFixed(2)}${largest > axis ? ", beyond the axis" : ""})`;
};

// The steps at which a number is not 0: "steps 3, 5 to 8".
const steps = (numbers) => {
  const found = numbers.flatMap((one, index) => (one ? [index + 1] : []));
  const runs = [];
  for (const step of found) {
    if (runs.at(-1)?.last === step - 1) runs.at(-1).last = step;
    else runs.push({ first: step, last: step });
  }
  const text = runs.map(({ first, last }) => (first === last ? first : `${first} to ${last}`));
  return `step${found.length > 1 ? "s" : ""} ${text.join(", ")}`;
};
