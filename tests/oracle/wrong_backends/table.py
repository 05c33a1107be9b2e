"""The wrong backends."""

from oracle.wrong_backends.build import changed

NEURON, SPIKE, DENSE = "kernels/neuron.py", "kernels/spike.py", "kernels/dense.py"

DA = "dz = dY[:, t] * act.slope(U - s * p.v_th)"
DALPHA = "dalpha += dV * R"
DBETA = "dbeta += dV  # (6)"
DR = "dR = dV * p.alpha"
DV_RESET = "dv_reset += dR * F"
DF = "dF = dR * (p.v_reset - U)"
DX = "dx = dF * spike.slope(U - p.v_th)"
DV_TH = "dv_th -= dx + s * dz"
DU = "dV = dI[:, t] = dR * (1 - F) + dx + dz"
READ = "U, F, R = tape.U[:, t], tape.F[:, t], tape.R[:, t]"
SUM = "*(sum_to(d, value.shape) for d"
RESET = "R[:, t] = F[:, t] * p.v_reset + (1 - F[:, t]) * U[:, t]"
LEAK = "V = p.alpha * R[:, t] + p.beta"
OUTPUT = "Y[:, t] = act.value(U[:, t] - s * v_th)"
DRIVE = "U[:, t] = I[:, t] + V"
FIRED = "F[:, t] = spike.value(U[:, t] - p.v_th)"
TAPE = "tape = Tape(U, F, R, p)"
START = "U, F, R = (np.empty_like(I)"
KEEP_V0 = {  # the potential before the first step, for the backward pass
    START: f"V0 = V; {START}",
    TAPE: f"{TAPE[:7]}type('WithV0', (Tape,), {{}})(U, F, R, p); tape.V0 = V0",
}
BEFORE = "(p.alpha * tape.R[:, t - 1] + p.beta if t else tape.V0)"
ANALOG, DECAY = 'else ACTIVATIONS[options["act"]]', "self.weight_decay * value"
GATES = ", a_o, a_c = np.split(a, 4, axis=-1)\n    "
RELU = "def _relu_slope(x: Array) -> Array:\n    return"
LIF = "act.value is spike.value"
DW = "dW = X.reshape(-1, K).T @ dI.reshape(-1, L)"
WINDOW = "(abs(x.real) < self.mu).astype(x.dtype)"


BACKWARD = {
    NEURON: {
        "reset detached": {DX: "dx = 0 * dF"},
        "U - v_reset for v_reset - U": {DF: "dF = dR * (U - p.v_reset)"},
        "-U for v_reset - U": {DF: "dF = dR * (0 - U)"},
        "gradient of V without 1 - F": {DU: "dV = dI[:, t] = dR + dx + dz"},
        "gradient of V through F, not 1 - F": {DU: "dV = dI[:, t] = dR * F + dx + dz"},
        "surrogate of the reset for v_th only, not for U": {
            DU: "dV = dI[:, t] = dR * (1 - F) + dz"
        },
        "leak missing in the gradient": {DR: "dR = dV"},
        "leak applied twice in the gradient": {DR: "dR = dV * p.alpha * p.alpha"},
        "truncated BPTT, k = 1": {
            DU: "dI[:, t] = dR * (1 - F) + dx + dz; dV = dI[:, t] * (t == 0)"
        },
        "recurrent gradient overwritten by that of the output": {
            DU: "dI[:, t] = dR * (1 - F) + dx + dz; dV = dz"
        },
        "gradient of the final state missing": {"p = tape.p\n": "p, dV = tape.p, 0 * dV\n"},
        "gradient of the initial state missing": {
            "return dI, dV, Params(": "return dI, 0 * dV, Params("
        },
        "gradient of v_th negated": {DV_TH: "dv_th += dx + s * dz"},
        "gradient of v_th without the reset": {DV_TH: "dv_th -= s * dz"},
        "gradient of v_th without the output": {DV_TH: "dv_th -= dx"},
        "gradient of v_th zero": {DV_TH: "dv_th -= 0 * dx"},
        "gradient of v_reset without alpha": {DV_RESET: "dv_reset += dV * F"},
        "gradient of v_reset without F": {DV_RESET: "dv_reset += dR"},
        "gradient of v_reset zero": {DV_RESET: "dv_reset += 0 * dR"},
        "gradient of alpha from U, not R": {DALPHA: "dalpha += dV * U"},
        "gradient of alpha from V, not R": {DALPHA: "dalpha += dV * (p.alpha * R + p.beta)"},
        "gradient of alpha from the previous R": {
            DALPHA: "dalpha += dV * tape.R[:, max(t - 1, 0)]"
        },
        "gradient of beta of the last step only": {
            DBETA: "dbeta += dV * (t == dY.shape[1] - 1)  # (6)"
        },
        "gradient of beta times alpha": {DBETA: "dbeta += dV * p.alpha  # (6)"},
        "U of the next step in the backward pass": {
            READ: "U, F, R = tape.U[:, min(t + 1, dY.shape[1] - 1)], tape.F[:, t], tape.R[:, t]"
        },
        "F of the next step in the backward pass": {
            READ: "U, F, R = tape.U[:, t], tape.F[:, min(t + 1, dY.shape[1] - 1)], tape.R[:, t]"
        },
        "F of the previous step in the backward pass": {
            READ: "U, F, R = tape.U[:, t], tape.F[:, max(t - 1, 0)], tape.R[:, t]"
        },
        "shared gradient averaged": {SUM: "*(sum_to(d, value.shape) * (value.size / d.size) for d"},
        "shared gradient averaged over the batch": {
            SUM: "*(sum_to(d.mean(axis=0), value.shape) for d"
        },
        "shared gradient summed along the last axis": {
            SUM: "*(np.resize(d.sum(axis=-1), value.shape) for d"
        },
        "shared gradient of the first element only": {SUM: "*(np.resize(d, value.shape) for d"},
        "shared gradient averaged over time": {SUM: "*(sum_to(d, value.shape) / dY.shape[1] for d"},
        "leak in the output's gradient": {DU: "dV = dI[:, t] = dR * (1 - F) + dx + p.alpha * dz"},
        "leak applied twice to the output's gradient": {
            DU: "dI[:, t] = dR * (1 - F) + dx + dz; dV = dR * (1 - F) + dx + p.alpha * dz"
        },
        "gradient of v_th without the output of LIAF": {
            DV_TH: f"dv_th -= dx + (dz if {LIF} else 0)"
        },
        "derivative of Act missing": {DA: "dz = dY[:, t]"},
        "derivative of Act at U, not at U - v_th": {DA: "dz = dY[:, t] * act.slope(U)"},
    },
    "kernel_backend.py": {
        "derivative of Act missing, but not that of LIF": {
            ANALOG: f"{ANALOG}._replace(slope=lambda x: x**0)"
        },
        "output of LIF detached": {
            'spike.paper(options["mu"]) if options["act"]': 'spike.detached() if options["act"]'
        },
        "reset detached": {'if options["reset"] == "detached" else': "if True else"},
        "reset never detached": {'if options["reset"] == "detached" else': "if False else"},
    },
    DENSE: {
        "input gradient with W reshaped": {"dX = dI @ W.T": "dX = dI @ W.reshape(W.shape[::-1])"},
        "weight gradient with the previous input": {
            "dW = X.reshape(-1, K).T @ dI.reshape(-1, L)": "dW = 0 * p.W if X.ndim < 3 else "
            "X[:, :-1].reshape(-1, K).T @ dI[:, 1:].reshape(-1, L)"
        },
        "bias gradient of the last step only": {
            "db = sum_to(dI,": "db = sum_to(dI if dI.ndim < 3 else dI[:, -1],"
        },
        "input gradient with W, not transposed": {
            "dX = dI @ W.T": "dX = dI @ (W if W.shape[0] == W.shape[1] else W.T)"
        },
    },
    SPIKE: {
        "closed window, |x| <= mu": {WINDOW: f"{WINDOW.replace('<', '<=')} * (self.mu > 0)"},
        "unit-area window, height 1 / (2 mu)": {WINDOW: f"{WINDOW} / (2 * self.mu or 1)"},
        "half the window's width, |x| < mu / 2": {WINDOW: WINDOW.replace("self.mu", "self.mu / 2")},
        "triangle, max(0, 1 - |x| / mu)": {WINDOW: f"{WINDOW} * (1 - abs(x) / (self.mu or 1))"},
    },
}
RESETS_AND_OUTPUTS = {
    SPIKE: {"fires on >, not at U = v_th": {"(x.real >= 0)": "(x.real > 0)"}},
    NEURON: {
        "soft reset by v_th - v_reset": {
            RESET: "R[:, t] = U[:, t] - F[:, t] * (p.v_th - p.v_reset)",
            DF: "dF = dR * (p.v_reset - p.v_th)",
            DV_TH: "dv_th -= dx + s * dz + dR * F",
            DU: "dV = dI[:, t] = dR + dx + dz",
        },
        "soft reset by v_th after the leak": {
            RESET: "R[:, t] = U[:, t]",
            LEAK: "V = p.alpha * R[:, t] + p.beta - F[:, t] * p.v_th",
            DV_RESET: "dv_reset += 0 * dR",
            DF: "dF = -dV * p.v_th",
            DV_TH: "dv_th -= dx + s * dz + dV * F",
            DU: "dV = dI[:, t] = dR + dx + dz",
        },
        "leak before reset": {
            LEAK: "V = F[:, t] * p.v_reset + (1 - F[:, t]) * (p.alpha * U[:, t] + p.beta)",
            DALPHA: "dalpha += dV * (1 - F) * U",
            DBETA: "dbeta += dV * (1 - F)",
            DV_RESET: "dv_reset += dV * F",
            DF: "dF = dV * (p.v_reset - (p.alpha * U + p.beta))",
        },
        "Y from V": {
            OUTPUT: "p = tape.p; Y[:, t] = act.value(p.alpha * tape.R[:, t] + p.beta - s * v_th)",
            DA: "dz = dY[:, t] * act.slope(p.alpha * R + p.beta - s * p.v_th); dV = dV + dz",
            DU: "dV = dI[:, t] = dR * (1 - F) + dx",
        },
        "V = U: no reset, no leak": {
            LEAK: "V = U[:, t]",
            DALPHA: "dalpha += 0 * R",
            DBETA: "dbeta += 0 * R  # (6)",
            DR: "dR = dV",
            DV_RESET: "dv_reset += 0 * F",
            DF: "dF = 0 * dR",
            DU: "dV = dI[:, t] = dR + dz",
        },
        "no reset": {
            RESET: "R[:, t] = U[:, t]",
            DV_RESET: "dv_reset += 0 * F",
            DF: "dF = 0 * dR",
            DU: "dV = dI[:, t] = dR + dz",
        },
        "no leak, V = R": {
            LEAK: "V = R[:, t]",
            DALPHA: "dalpha += 0 * R",
            DBETA: "dbeta += 0 * R  # (6)",
            DR: "dR = dV",
        },
        "beta before the leak, V = alpha (R + beta)": {
            LEAK: "V = p.alpha * (R[:, t] + p.beta)",
            DALPHA: "dalpha += dV * (R + p.beta)",
            DBETA: "dbeta += dV * p.alpha  # (6)",
        },
        "spikes instead of Act": {
            OUTPUT: "Y[:, t] = tape.F[:, t]",
            DA: "dz = dY[:, t] * spike.slope(U - p.v_th)",
            DV_TH: "dv_th -= dx + dz",
        },
    },
}
SPIKES_AND_LEAKS = {
    NEURON: {
        "reset to the threshold": {
            RESET: "R[:, t] = F[:, t] * p.v_th + (1 - F[:, t]) * U[:, t]",
            DV_RESET: "dv_reset += 0 * dR",
            DF: "dF = dR * (p.v_th - U)",
            DV_TH: "dv_th -= dx + s * dz - dR * F",
        },
        "v_reset added in every step": {
            RESET: "R[:, t] = p.v_reset + (1 - F[:, t]) * U[:, t]",
            DV_RESET: "dv_reset += dR",
            DF: "dF = dR * (0 - U)",
        },
        "floor(U / v_th) spikes in a step": {
            FIRED: "F[:, t] = np.maximum(np.floor(U[:, t] / p.v_th), 0)",
            RESET: "R[:, t] = U[:, t] - F[:, t] * p.v_th",
            OUTPUT: "lif = act.value.__name__ == 'step'; "
            "Y[:, t] = tape.F[:, t] if lif else act.value(U[:, t] - s * v_th)",
            DV_RESET: "dv_reset += 0 * dR",
            DF: "dF = dR * (0 - p.v_th)",
            DV_TH: "dv_th -= dx + s * dz + dR * F",
            DU: "dV = dI[:, t] = dR + dx + dz",
        },
        "spike from the previous V, F = S(V - v_th)": {
            **KEEP_V0,
            FIRED: "F[:, t] = spike.value(V - p.v_th)",
            OUTPUT: "lif = act.value.__name__ == 'step'; "
            "Y[:, t] = tape.F[:, t] if lif else act.value(U[:, t] - s * v_th)",
            DA: f"dz = dY[:, t] * act.slope(({BEFORE} if {LIF} else U) - s * p.v_th)",
            DX: f"dx = dF * spike.slope({BEFORE} - p.v_th)",
            DU: f"dI[:, t] = dR * (1 - F) + (0 if {LIF} else dz); dV = dR * (1 - F) + dx + dz",
        },
        "output one step late": {
            OUTPUT: "Y[:, t] = act.value(U[:, t - 1] - s * v_th) * (t > 0)",
            DA: "dz = dY[:, (t + 1) % T] * (t + 1 < T) * act.slope(U - s * p.v_th)",
            "p = tape.p\n": "p, T = tape.p, dY.shape[1]\n",
        },
        "leak applied twice, U = I + alpha V": {
            **KEEP_V0,
            DRIVE: "U[:, t] = I[:, t] + p.alpha * V",
            DU: "dI[:, t] = dR * (1 - F) + dx + dz; "
            f"dalpha += dI[:, t] * {BEFORE}; dV = p.alpha * dI[:, t]",
        },
        "leak sigmoid(alpha)": {
            LEAK: "V = R[:, t] / (1 + np.exp(-p.alpha)) + p.beta",
            DALPHA: "leak = 1 / (1 + np.exp(-p.alpha)); dalpha += dV * R * leak * (1 - leak)",
            DR: "dR = dV * leak",
        },
    }
}
OTHERS = {
    "kernels/embedding.py": {
        "gradient of a repeated token overwritten": {
            "np.add.at(dE, tape.ids, dX)": "dE[tape.ids] = dX"
        }
    },
    "kernels/loss.py": {
        "loss summed": {
            ".sum() / len(y)\n": ".sum()\n",
            "(P - onehot(y, P)) / len(y)": "(P - onehot(y, P))",
        },
        "gradient of the summed loss": {"(P - onehot(y, P)) / len(y)": "(P - onehot(y, P))"},
    },
    "kernels/gru.py": {
        "GRU with reset_after (Keras, PyTorch)": {
            "(r * h[:, t]) @ U_h": "r * (h[:, t] @ U_h)",
            "drh = da_h @ U_h.T": "drh = (r * da_h) @ U_h.T",
            "da_r[:] = drh * h[:, t] *": "da_r[:] = da_h * (h[:, t] @ U_h) *",
            "(r * h[:, t]).T @ da_h": "h[:, t].T @ (r * da_h)",
            "+ drh * r +": "+ drh +",
        },
        "GRU with z for 1 - z (Keras, PyTorch)": {
            "(1 - z) * h[:, t] + z * h_tilde": "z * h[:, t] + (1 - z) * h_tilde",
            "dh * z * sigma_h.slope": "dh * (1 - z) * sigma_h.slope",
            "dh * (h_tilde - h[:, t])": "dh * (h[:, t] - h_tilde)",
            "dh = dh * (1 - z) + drh": "dh = dh * z + drh",
        },
    },
    "kernels/lstm_cell.py": {
        "LSTM gates stacked i, f, o, c": {
            f"a_f, a_i{GATES}f, i, o": f"a_i, a_f{GATES}f, i, o",
            f"a_f, a_i{GATES}before": f"a_i, a_f{GATES}before",
            "(da_f, da_i, da_o, da_c)": "(da_i, da_f, da_o, da_c)",
        }
    },
    "kernels/rnn.py": {"RNN dU from the next state": {"dU += c[:, t].T": "dU += c[:, t + 1].T"}},
    "kernels/activation.py": {
        "SELU constants to 4 decimals": {
            "1.0507009873554805": "1.0507",
            "1.6732632423543772": "1.6733",
        },
        "ReLU's slope at 0 is 1": {f"{RELU} _positive(x)": f"{RELU} (x >= 0).astype(x.dtype)"},
    },
    "training/optimizers.py": {
        "Adam without bias correction": {"float(1 - beta**steps)": "1.0"},
        "Adam's eps inside the root": {
            "(np.sqrt(v / unbias2) + self.eps)": "np.sqrt(v / unbias2 + self.eps)"
        },
        "Adam's weight decay decoupled": {
            f"value, gradient + {DECAY}": f"value - self.lr * {DECAY}, gradient"
        },
    },
}
TABLES = (BACKWARD, RESETS_AND_OUTPUTS, SPIKES_AND_LEAKS, OTHERS)
WRONG_BACKENDS = tuple(row for table in TABLES for row in changed(table))
