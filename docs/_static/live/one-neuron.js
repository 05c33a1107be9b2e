/* The figure "One neuron": LIAF and LIF on the same input. */
"use strict";

live.figures["one-neuron"] = (values, constants) => {
  const I = constants.inputs[values.input];
  const { V_th, mu } = values;
  const [Act, s] = constants.outputs[values.output];
  const spike = neuron.spike("window", mu);
  const liaf = [neuron.activations[Act], neuron[s]]; // (8)
  const lif = [spike, neuron.TR]; // (7): Y = F

  const tape = neuron.forward(I, values);
  const [Y_liaf, Y_lif] = [liaf, lif].map((choice) => neuron.output(tape, values, ...choice));
  // The loss is the output of step k, so dY is 1 at this step and 0 at the others.
  const dY = I.map((_, index) => (index + 1 === values.k ? 1 : 0));
  const back = (choice) => neuron.backward(dY, tape, values, spike, ...choice);
  const [dI_liaf, dI_lif] = [liaf, lif].map(back);
  return {
    sources: {
      steps: {
        t: I.map((_, index) => index + 1),
        I, ...tape, Y_liaf, Y_lif, dI_liaf, dI_lif,
        slope: tape.U.map((U) => spike.slope(U - V_th)),
        J: neuron.factors(tape, values, spike),
      },
      marks: { k: [values.k], V_th: [V_th], low: [V_th - mu], high: [V_th + mu] },
    },
    summary:
      `${tape.F.some(Boolean) ? `Both neurons fire at ${steps(tape.F)}.` : "No neuron fires."} ` +
      `The gradient of LIAF is ${reach(dI_liaf, constants.axis)}; ` +
      `that of LIF is ${reach(dI_lif, constants.axis)}.`,
  };
};

const reach = (dI, axis) => {
  if (!dI.some(Boolean)) return "0 at every step";
  const largest = Math.max(...dI.map(Math.abs));
  return `not 0 at ${steps(dI)} (largest ${largest.toFixed(2)}${largest > axis ? ", beyond the axis" : ""})`;
};

// The steps at which a number is not 0: "steps 3, 5 to 8".
const steps = (numbers) => {
  const found = numbers.flatMap((one, index) => (one ? [index + 1] : []));
  const starts = found.filter((step) => !found.includes(step - 1));
  const ends = found.filter((step) => !found.includes(step + 1));
  const text = starts.map((first, n) => (first === ends[n] ? first : `${first} to ${ends[n]}`));
  return `step${found.length > 1 ? "s" : ""} ${text.join(", ")}`;
};
