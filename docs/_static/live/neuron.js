/* One neuron of LIAF-Net: the equations behind the live figures.

   Names are the paper's symbols, and the number at the end of a line is the paper's number of the
   equation that the line computes.  Time step t of the paper is index t - 1.  dA is the gradient
   of the loss with respect to A. */
"use strict";

const neuron = (() => {
  const TR = 1; // threshold related: Act(U - V_th)
  const NTR = 0; // not threshold related: Act(U)

  // The spike: 1 at the threshold and above it, else 0.
  const S = (x) => (x >= 0 ? 1 : 0); // (4)

  // Slopes that replace the derivative of S; x is U - V_th.  Height 1, area 2 mu.
  const surrogates = {
    window: (x, mu) => (Math.abs(x) < mu ? 1 : 0), // (13)
    triangle: (x, mu) => Math.max(1 - Math.abs(x) / (2 * mu), 0),
    gaussian: (x, mu) => Math.exp((-Math.PI / 4) * (x / mu) ** 2),
    sigmoid: (x, mu) => 1 - Math.tanh(x / mu) ** 2,
    arctan: (x, mu) => 1 / (1 + ((Math.PI * x) / (2 * mu)) ** 2),
  };

  // A function, and the slope that the backward pass uses as its derivative.
  const spike = (shape, mu) => ({ value: S, slope: (x) => surrogates[shape](x, mu) });
  const activations = {
    identity: { value: (z) => z, slope: () => 1 },
    relu: { value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0) },
    tanh: { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2 },
  };

  // Membrane potential of all steps; p holds V_th, V_reset, alpha and beta.
  function forward(I, p) {
    const tape = { U: [], F: [], R: [], V: [] };
    let V = 0; // V^0
    for (const I_t of I) {
      const U = I_t + V; // (3)
      const F = S(U - p.V_th); // (4)
      const R = F * p.V_reset + (1 - F) * U; // (5)
      V = p.alpha * R + p.beta; // (6)
      tape.U.push(U);
      tape.F.push(F);
      tape.R.push(R);
      tape.V.push(V);
    }
    return tape;
  }

  // Output of all steps.  LIF is the case Act = S with s = TR: then Y = S(U - V_th) = F.
  function output(tape, p, Act, s) {
    return tape.U.map((U) => Act.value(U - s * p.V_th)); // (7), (8)
  }

  // Factor J of each step: the derivative of V^t = tau(U^t), Eq. (11), with respect to U^t.
  function factors(tape, p, spike) {
    return tape.U.map(
      (U, t) =>
        p.alpha * spike.slope(U - p.V_th) * (p.V_reset - U) + p.alpha * (1 - tape.F[t]), // (12), (13)
    );
  }

  // Gradient with respect to the input, last step first; dY is the gradient in the output.
  function backward(dY, tape, p, spike, Act, s) {
    const J = factors(tape, p, spike);
    const dI = new Array(dY.length);
    let dV = 0; // nothing follows the last step
    for (let t = dY.length - 1; t >= 0; t--) {
      const dz = dY[t] * Act.slope(tape.U[t] - s * p.V_th); // (7), (8)
      const dU = dV * J[t] + dz; // (10): from the next step, and from the output of this one
      dI[t] = dU; // (3)
      dV = dU; // (3): V of the step before
    }
    return dI;
  }

  return { TR, NTR, S, surrogates, spike, activations, forward, output, factors, backward };
})();
