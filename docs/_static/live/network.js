/* A network on neuron.js: a hidden layer, the mean of its output over time, dense, softmax.

   One step is a vector, X[t][k], and W[k][l] leads from k to l.  Input 0 of a dense layer is 1, so
   row 0 of its W is the bias.  Gradients in weights are added to those of the other samples. */
"use strict";

const network = (() => {
  const transpose = (rows) => rows[0].map((_, column) => rows.map((row) => row[column]));
  const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

  function dense(x, W, b = W[0].map(() => 0)) {
    const I = [...b];
    x.forEach((x_k, k) => W[k].forEach((w, l) => (I[l] += x_k * w))); // (2)
    return I;
  }
  function denseBackward(dI, x, W, dW) {
    x.forEach((x_k, k) => dI.forEach((dI_l, l) => (dW[k][l] += x_k * dI_l)));
    return W.map((W_k) => W_k.reduce((dx, w, l) => dx + w * dI[l], 0));
  }

  // Hidden layers; units has the series of each neuron, dY the gradient in Y of every step.
  const spiking = (p, spike, Act, s) => ({
    forward: (I) => transpose(I).map((I_l) => neuron.forward(I_l, p)),
    units: (tape) => tape.map(({ U, F }) => ({ U, F,
      Y: neuron.output({ U }, p, Act, s), slope: U.map((u) => Act.slope(u - s * p.V_th)) })),
    backward: (dY, tape) => transpose(tape.map((one, l) =>
      neuron.backward(one.U.map(() => dY[l]), one, p, spike, Act, s))),
  });
  const rnn = ({ value, slope }) => ({
    forward(A, U) {
      const tape = { a: [], c: [A[0].map(() => 0)] };
      A.forEach((A_t, t) => {
        tape.a.push(dense(tape.c[t], U, A_t)); // (14)
        tape.c.push(tape.a[t].map(value));
      });
      return tape;
    },
    units: ({ a }) => transpose(a).map((a_l) => (
      { U: a_l, F: a_l.map(() => 0), Y: a_l.map(value), slope: a_l.map(slope) })),
    backward(dY, { a, c }, U, dU) {
      const dA = [];
      let dc = c[0]; // zero: nothing follows the last step
      for (let t = a.length - 1; t >= 0; t--) {
        dA[t] = a[t].map((a_l, l) => (dY[l] + dc[l]) * slope(a_l)); // (14)
        dc = denseBackward(dA[t], c[t], U, dU);
      }
      return dA;
    },
  });

  // Of the weights, U are those of the recurrence; P has the probability of each class.
  function forward(X, layer, params) {
    const [W, U, out] = params;
    const tape = layer.forward(X.map((x) => dense(x, W)), U);
    const units = layer.units(tape);
    const mean = [1, ...units.map(({ Y }) => sum(Y) / Y.length)];
    const e = dense(mean, out).map((logit, _, all) => Math.exp(logit - Math.max(...all)));
    return { X, layer, params, tape, units, mean, P: e.map((one) => one / sum(e)) };
  }
  // From a share of the cross-entropy of class y back to I.
  function backward(share, y, { X, layer, params: [, U, out], tape, mean, P }, [dW, dU, d_out]) {
    const dlogits = P.map((p, c) => share * (p - (c === y)));
    const [, ...dmean] = denseBackward(dlogits, mean, out, d_out);
    const dI = layer.backward(dmean.map((d) => d / X.length), tape, U, dU);
    dI.forEach((dI_t, t) => denseBackward(dI_t, X[t], [], dW));
    return dI;
  }

  // One matrix of weights and its moments.
  function adam(W, dW, m, v, step, rate) {
    W.forEach((row, k) => row.forEach((_, l) => {
      m[k][l] = 0.9 * m[k][l] + (1 - 0.9) * dW[k][l];
      v[k][l] = 0.999 * v[k][l] + (1 - 0.999) * dW[k][l] * dW[k][l];
      const [mean, square] = [m[k][l] / (1 - 0.9 ** step), v[k][l] / (1 - 0.999 ** step)];
      row[l] -= (rate * mean) / (Math.sqrt(square) + 1e-8);
    }));
  }

  return { spiking, rnn, forward, backward, adam };
})();
