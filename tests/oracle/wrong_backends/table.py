"""The wrong backends."""

from oracle.wrong_backends.build import WrongBackend

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
KEEP_V0 = (  # the potential before the first step, for the backward pass
    (START, f"V0 = V; {START}"),
    (TAPE, f"{TAPE[:7]}type('WithV0', (Tape,), {{}})(U, F, R, p); tape.V0 = V0"),
)
BEFORE = "(p.alpha * tape.R[:, t - 1] + p.beta if t else tape.V0)"
LIF = "act.value is spike.value"
DW = "dW = X.reshape(-1, K).T @ dI.reshape(-1, L)"
WINDOW = "(abs(x.real) < self.mu).astype(x.dtype)"


def _backward(name: str, old: str, new: str, diagnosis: str = "") -> WrongBackend:
    return WrongBackend(name, NEURON, ((old, new),), diagnosis or name)


def _sharing(name: str, sum_of_d: str) -> WrongBackend:
    return _backward(name, SUM, f"*({sum_of_d} for d")


BACKWARD = (
    _backward("window dropped", DX, "dx = 0 * dF", "reset detached"),
    _backward("sign of v_reset - U", DF, "dF = dR * (U - p.v_reset)"),
    _backward("v_reset missing in v_reset - U", DF, "dF = dR * (0 - U)"),
    _backward("factor 1 - F missing", DU, "dV = dI[:, t] = dR + dx + dz"),
    _backward("F for 1 - F", DU, "dV = dI[:, t] = dR * F + dx + dz"),
    _backward("surrogate for the threshold only", DU, "dV = dI[:, t] = dR * (1 - F) + dz"),
    _backward("leak missing in the gradient", DR, "dR = dV"),
    _backward("leak applied twice in the gradient", DR, "dR = dV * p.alpha * p.alpha"),
    _backward(
        "truncated BPTT, k = 1",
        DU,
        "dI[:, t] = dR * (1 - F) + dx + dz; dV = dI[:, t] * (t == 0)",
        "truncated BPTT, k = 1, in neurons",
    ),
    _backward(
        "truncated BPTT, k = 2",
        DU,
        "dI[:, t] = dR * (1 - F) + dx + dz; dV = dI[:, t] * (t % 2 > 0 or t == 0)",
        "truncated BPTT, k = 2, in neurons",
    ),
    _backward(
        "truncated BPTT, k = 4",
        DU,
        "dI[:, t] = dR * (1 - F) + dx + dz; dV = dI[:, t] * (t % 4 > 0 or t == 0)",
        "truncated BPTT, k = 4, in neurons",
    ),
    _backward(
        "recurrent gradient overwritten",
        DU,
        "dI[:, t] = dR * (1 - F) + dx + dz; dV = dz",
    ),
    _backward(
        "V^T forgotten",
        "p = tape.p\n",
        "p, dV = tape.p, 0 * dV\n",
        "gradient of the final state missing, in neurons",
    ),
    _backward(
        "V^0 forgotten",
        "return dI, dV, Params(",
        "return dI, 0 * dV, Params(",
        "gradient of the initial state missing, in neurons",
    ),
    _backward("sign of v_th", DV_TH, "dv_th += dx + s * dz"),
    _backward("v_th without the reset", DV_TH, "dv_th -= s * dz"),
    _backward("v_th without the output", DV_TH, "dv_th -= dx"),
    _backward("v_th not trained", DV_TH, "dv_th -= 0 * dx"),
    _backward("v_reset without alpha", DV_RESET, "dv_reset += dV * F"),
    _backward("v_reset without F", DV_RESET, "dv_reset += dR"),
    _backward("v_reset not trained", DV_RESET, "dv_reset += 0 * dR"),
    _backward("alpha gradient from U", DALPHA, "dalpha += dV * U"),
    _backward("alpha gradient from V", DALPHA, "dalpha += dV * (p.alpha * R + p.beta)"),
    _backward(
        "alpha gradient from the previous R", DALPHA, "dalpha += dV * tape.R[:, max(t - 1, 0)]"
    ),
    _backward("beta from the last step only", DBETA, "dbeta += dV * (t == dY.shape[1] - 1)  # (6)"),
    _backward("beta times alpha", DBETA, "dbeta += dV * p.alpha  # (6)"),
    _backward(
        "U of the next step",
        READ,
        "U, F, R = tape.U[:, min(t + 1, dY.shape[1] - 1)], tape.F[:, t], tape.R[:, t]",
    ),
    _backward(
        "F of the next step",
        READ,
        "U, F, R = tape.U[:, t], tape.F[:, min(t + 1, dY.shape[1] - 1)], tape.R[:, t]",
    ),
    _backward(
        "F of the previous step",
        READ,
        "U, F, R = tape.U[:, t], tape.F[:, max(t - 1, 0)], tape.R[:, t]",
    ),
    _backward(
        "shared gradient averaged", SUM, "*(sum_to(d, value.shape) * (value.size / d.size) for d"
    ),
    _backward(
        "shared gradient averaged over the batch",
        SUM,
        "*(sum_to(d.mean(axis=0), value.shape) for d",
    ),
    _backward(
        "shared gradient summed along the wrong axis",
        SUM,
        "*(np.resize(d.sum(axis=-1), value.shape) for d",
    ),
    _backward(
        "shared gradient of the first element only", SUM, "*(np.resize(d, value.shape) for d"
    ),
    _sharing(
        "shared gradient averaged over neurons",
        "sum_to(d, value.shape) * (value.size / d[0].size)",
    ),
    _sharing("shared gradient of the first neuron only", "np.resize(d.sum(axis=0), value.shape)"),
    _sharing("shared gradient of the first sample only", "sum_to(d[:1], value.shape)"),
    _sharing(
        "shared gradient summed along the channels",
        "np.resize(d.sum(axis=(0, -1)), value.shape)",
    ),
    _sharing("shared gradient averaged over time", "sum_to(d, value.shape) / dY.shape[1]"),
    _backward(
        "leak in the output's gradient", DU, "dV = dI[:, t] = dR * (1 - F) + dx + p.alpha * dz"
    ),
    _backward(
        "leak applied twice to the output's gradient",
        DU,
        "dI[:, t] = dR * (1 - F) + dx + dz; dV = dR * (1 - F) + dx + p.alpha * dz",
    ),
    _backward(
        "v_th without the output of LIAF",
        DV_TH,
        f"dv_th -= dx + (dz if {LIF} else 0)",
    ),
    _backward(
        "alpha gradient from the previous R, 0 at first",
        DALPHA,
        "dalpha += dV * tape.R[:, t - 1] * (t > 0)",
    ),
    WrongBackend(
        "derivative of analog Act missing",
        "kernel_backend.py",
        (
            (
                'else ACTIVATIONS[options["act"]]',
                'else ACTIVATIONS[options["act"]]._replace(slope=lambda x: x**0)',
            ),
        ),
        "derivative of analog Act missing",
    ),
    WrongBackend(
        "previous input in a sequence",
        DENSE,
        (
            (
                DW,
                f"{DW} if X.ndim < 3 else X[:, :-1].reshape(-1, K).T @ dI[:, 1:].reshape(-1, L)",
            ),
        ),
        "weight gradient with the previous input of a sequence",
    ),
    WrongBackend(
        "previous input, the first twice",
        DENSE,
        (
            (
                DW,
                f"X = X if X.ndim < 3 else X[:, [0, *range(X.shape[1] - 1)]]; {DW}",
            ),
        ),
        "weight gradient with the previous input, the first twice",
    ),
    WrongBackend(
        "bias of the first step",
        DENSE,
        (("db = sum_to(dI,", "db = sum_to(dI if dI.ndim < 3 else dI[:, 0],"),),
        "bias of the first step only",
    ),
    WrongBackend(
        "W reshaped",
        DENSE,
        (("dX = dI @ W.T", "dX = dI @ W.reshape(W.shape[::-1])"),),
        "W reshaped instead of transposed",
    ),
    _backward("derivative of Act missing", DA, "dz = dY[:, t]"),
    _backward("derivative of Act at U", DA, "dz = dY[:, t] * act.slope(U)"),
    WrongBackend(
        "output detached",
        "kernel_backend.py",
        (
            (
                'return spike.paper(options["mu"]) if options["act"]',
                'return spike.detached() if options["act"]',
            ),
        ),
        "output detached",
    ),
    WrongBackend(
        "reset detached by the slope",
        "kernel_backend.py",
        (('if options["reset"] == "detached" else', "if True else"),),
        "reset detached",
    ),
    WrongBackend(
        "detached ignored",
        "kernel_backend.py",
        (('if options["reset"] == "detached" else', "if False else"),),
        "reset never detached",
    ),
    WrongBackend(
        "weight gradient with the previous input",
        DENSE,
        (
            (
                "dW = X.reshape(-1, K).T @ dI.reshape(-1, L)",
                "dW = 0 * p.W if X.ndim < 3 else "
                "X[:, :-1].reshape(-1, K).T @ dI[:, 1:].reshape(-1, L)",
            ),
        ),
        "weight gradient with the previous input",
    ),
    WrongBackend(
        "bias without time",
        DENSE,
        (("db = sum_to(dI,", "db = sum_to(dI if dI.ndim < 3 else dI[:, -1],"),),
        "bias of the last step only",
    ),
    WrongBackend(
        "W not transposed",
        DENSE,
        (("dX = dI @ W.T", "dX = dI @ (W if W.shape[0] == W.shape[1] else W.T)"),),
        "W not transposed",
    ),
    WrongBackend(
        "closed window",
        SPIKE,
        ((WINDOW, f"{WINDOW.replace('<', '<=')} * (self.mu > 0)"),),
        "closed window",
    ),
    WrongBackend(
        "unit area", SPIKE, ((WINDOW, f"{WINDOW} / (2 * self.mu or 1)"),), "unit-area window"
    ),
    WrongBackend(
        "half width",
        SPIKE,
        ((WINDOW, WINDOW.replace("self.mu", "self.mu / 2")),),
        "half the window's width",
    ),
    WrongBackend(
        "triangle",
        SPIKE,
        ((WINDOW, f"{WINDOW} * (1 - abs(x) / (self.mu or 1))"),),
        "triangle",
    ),
)

RESETS_AND_OUTPUTS = (
    WrongBackend("fires on >", SPIKE, (("(x.real >= 0)", "(x.real > 0)"),), "fires on >"),
    WrongBackend(
        "soft reset",
        NEURON,
        (
            (RESET, "R[:, t] = U[:, t] - F[:, t] * (p.v_th - p.v_reset)"),
            (DF, "dF = dR * (p.v_reset - p.v_th)"),
            (DV_TH, "dv_th -= dx + s * dz + dR * F"),
            (DU, "dV = dI[:, t] = dR + dx + dz"),
        ),
        "soft reset",
    ),
    WrongBackend(
        "soft reset by v_th after the leak",
        NEURON,
        (
            (RESET, "R[:, t] = U[:, t]"),
            (LEAK, "V = p.alpha * R[:, t] + p.beta - F[:, t] * p.v_th"),
            (DV_RESET, "dv_reset += 0 * dR"),
            (DF, "dF = -dV * p.v_th"),
            (DV_TH, "dv_th -= dx + s * dz + dV * F"),
            (DU, "dV = dI[:, t] = dR + dx + dz"),
        ),
        "soft reset after the leak",
    ),
    WrongBackend(
        "leak before reset",
        NEURON,
        (
            (LEAK, "V = F[:, t] * p.v_reset + (1 - F[:, t]) * (p.alpha * U[:, t] + p.beta)"),
            (DALPHA, "dalpha += dV * (1 - F) * U"),
            (DBETA, "dbeta += dV * (1 - F)"),
            (DV_RESET, "dv_reset += dV * F"),
            (DF, "dF = dV * (p.v_reset - (p.alpha * U + p.beta))"),
        ),
        "leak before reset",
    ),
    WrongBackend(
        "Y from V",
        NEURON,
        (
            (OUTPUT, "p = tape.p; Y[:, t] = act.value(p.alpha * tape.R[:, t] + p.beta - s * v_th)"),
            (DA, "dz = dY[:, t] * act.slope(p.alpha * R + p.beta - s * p.v_th); dV = dV + dz"),
            (DU, "dV = dI[:, t] = dR * (1 - F) + dx"),
        ),
        "Y from V",
    ),
    WrongBackend(
        "V = U: no reset, no leak",
        NEURON,
        (
            (LEAK, "V = U[:, t]"),
            (DALPHA, "dalpha += 0 * R"),
            (DBETA, "dbeta += 0 * R  # (6)"),
            (DR, "dR = dV"),
            (DV_RESET, "dv_reset += 0 * F"),
            (DF, "dF = 0 * dR"),
            (DU, "dV = dI[:, t] = dR + dz"),
        ),
        "V = U: no reset, no leak",
    ),
    WrongBackend(
        "no reset",
        NEURON,
        (
            (RESET, "R[:, t] = U[:, t]"),
            (DV_RESET, "dv_reset += 0 * F"),
            (DF, "dF = 0 * dR"),
            (DU, "dV = dI[:, t] = dR + dz"),
        ),
        "no reset",
    ),
    WrongBackend(
        "no leak",
        NEURON,
        (
            (LEAK, "V = R[:, t]"),
            (DALPHA, "dalpha += 0 * R"),
            (DBETA, "dbeta += 0 * R  # (6)"),
            (DR, "dR = dV"),
        ),
        "no leak",
    ),
    WrongBackend(
        "beta before the leak",
        NEURON,
        (
            (LEAK, "V = p.alpha * (R[:, t] + p.beta)"),
            (DALPHA, "dalpha += dV * (R + p.beta)"),
            (DBETA, "dbeta += dV * p.alpha  # (6)"),
        ),
        "beta before the leak",
    ),
    WrongBackend(
        "spikes instead of Act",
        NEURON,
        (
            (OUTPUT, "Y[:, t] = tape.F[:, t]"),
            (DA, "dz = dY[:, t] * spike.slope(U - p.v_th)"),
            (DV_TH, "dv_th -= dx + dz"),
        ),
        "spikes instead of Act",
    ),
)

SPIKES_AND_LEAKS = (
    WrongBackend(
        "reset to the threshold",
        NEURON,
        (
            (RESET, "R[:, t] = F[:, t] * p.v_th + (1 - F[:, t]) * U[:, t]"),
            (DV_RESET, "dv_reset += 0 * dR"),
            (DF, "dF = dR * (p.v_th - U)"),
            (DV_TH, "dv_th -= dx + s * dz - dR * F"),
        ),
        "reset to the threshold",
    ),
    WrongBackend(
        "v_reset always added",
        NEURON,
        (
            (RESET, "R[:, t] = p.v_reset + (1 - F[:, t]) * U[:, t]"),
            (DV_RESET, "dv_reset += dR"),
            (DF, "dF = dR * (0 - U)"),
        ),
        "v_reset always added",
    ),
    WrongBackend(
        "several spikes a step",
        NEURON,
        (
            (FIRED, "F[:, t] = np.maximum(np.floor(U[:, t] / p.v_th), 0)"),
            (RESET, "R[:, t] = U[:, t] - F[:, t] * p.v_th"),
            (
                OUTPUT,
                "lif = act.value.__name__ == 'step'; "
                "Y[:, t] = tape.F[:, t] if lif else act.value(U[:, t] - s * v_th)",
            ),
            (DV_RESET, "dv_reset += 0 * dR"),
            (DF, "dF = dR * (0 - p.v_th)"),
            (DV_TH, "dv_th -= dx + s * dz + dR * F"),
            (DU, "dV = dI[:, t] = dR + dx + dz"),
        ),
        "several spikes a step",
    ),
    WrongBackend(
        "spike from the previous potential",
        NEURON,
        (
            *KEEP_V0,
            (FIRED, "F[:, t] = spike.value(V - p.v_th)"),
            (
                OUTPUT,
                "lif = act.value.__name__ == 'step'; "
                "Y[:, t] = tape.F[:, t] if lif else act.value(U[:, t] - s * v_th)",
            ),
            (DA, f"dz = dY[:, t] * act.slope(({BEFORE} if {LIF} else U) - s * p.v_th)"),
            (DX, f"dx = dF * spike.slope({BEFORE} - p.v_th)"),
            (
                DU,
                f"dI[:, t] = dR * (1 - F) + (0 if {LIF} else dz); dV = dR * (1 - F) + dx + dz",
            ),
        ),
        "spike from the previous potential",
    ),
    WrongBackend(
        "output one step late",
        NEURON,
        (
            (OUTPUT, "Y[:, t] = act.value(U[:, t - 1] - s * v_th) * (t > 0)"),
            (DA, "dz = dY[:, (t + 1) % T] * (t + 1 < T) * act.slope(U - s * p.v_th)"),
            ("p = tape.p\n", "p, T = tape.p, dY.shape[1]\n"),
        ),
        "output one step late",
    ),
    WrongBackend(
        "leak applied twice",
        NEURON,
        (
            *KEEP_V0,
            (DRIVE, "U[:, t] = I[:, t] + p.alpha * V"),
            (
                DU,
                "dI[:, t] = dR * (1 - F) + dx + dz; "
                f"dalpha += dI[:, t] * {BEFORE}; dV = p.alpha * dI[:, t]",
            ),
        ),
        "leak applied twice",
    ),
    WrongBackend(
        "leak as a sigmoid",
        NEURON,
        (
            (LEAK, "V = R[:, t] / (1 + np.exp(-p.alpha)) + p.beta"),
            (DALPHA, "leak = 1 / (1 + np.exp(-p.alpha)); dalpha += dV * R * leak * (1 - leak)"),
            (DR, "dR = dV * leak"),
        ),
        "leak as a sigmoid",
    ),
    WrongBackend(
        "alpha averaged",
        NEURON,
        (
            (LEAK, "V = p.alpha.mean() * R[:, t] + p.beta"),
            (DALPHA, "dalpha += np.mean(dV * R, axis=tuple(range(1, R.ndim)), keepdims=True)"),
            (DR, "dR = dV * p.alpha.mean()"),
        ),
        "alpha averaged",
    ),
)

FORWARD: tuple[WrongBackend, ...] = (*RESETS_AND_OUTPUTS, *SPIKES_AND_LEAKS)

OTHERS = (
    WrongBackend(
        "embedding overwritten",
        "kernels/embedding.py",
        (("np.add.at(dE, tape.ids, dX)", "dE[tape.ids] = dX"),),
        "embedding gradient overwritten",
    ),
    WrongBackend(
        "loss summed",
        "kernels/loss.py",
        ((".sum() / len(y)\n", ".sum()\n"), ("(P - onehot(y, P)) / len(y)", "(P - onehot(y, P))")),
        "loss summed",
    ),
    WrongBackend(
        "gradient of the summed loss",
        "kernels/loss.py",
        (("(P - onehot(y, P)) / len(y)", "(P - onehot(y, P))"),),
        "gradient of the summed loss",
    ),
    WrongBackend(
        "mean as a sum",
        "kernels/readout.py",
        (("Y.sum(axis=1) / Y.shape[1]", "Y.sum(axis=1)"), ("dy[:, None] / T", "dy[:, None]")),
        "mean readout as a sum",
    ),
    WrongBackend(
        "GRU with reset_after (Keras, PyTorch)",
        "kernels/gru.py",
        (
            ("(r * h[:, t]) @ U_h", "r * (h[:, t] @ U_h)"),
            ("drh = da_h @ U_h.T", "drh = (r * da_h) @ U_h.T"),
            ("da_r[:] = drh * h[:, t] *", "da_r[:] = da_h * (h[:, t] @ U_h) *"),
            ("(r * h[:, t]).T @ da_h", "h[:, t].T @ (r * da_h)"),
            ("+ drh * r +", "+ drh +"),
        ),
        "GRU with reset_after (Keras, PyTorch)",
    ),
    WrongBackend(
        "GRU with z for 1 - z",
        "kernels/gru.py",
        (
            ("(1 - z) * h[:, t] + z * h_tilde", "z * h[:, t] + (1 - z) * h_tilde"),
            ("dh * z * sigma_h.slope", "dh * (1 - z) * sigma_h.slope"),
            ("dh * (h_tilde - h[:, t])", "dh * (h[:, t] - h_tilde)"),
            ("dh = dh * (1 - z) + drh", "dh = dh * z + drh"),
        ),
        "GRU with z for 1 - z",
    ),
    WrongBackend(
        "LSTM gates stacked i, f, o, c",
        "kernels/lstm_cell.py",
        (
            (
                "a_f, a_i, a_o, a_c = np.split(a, 4, axis=-1)\n    f, i, o",
                "a_i, a_f, a_o, a_c = np.split(a, 4, axis=-1)\n    f, i, o",
            ),
            (
                "a_f, a_i, a_o, a_c = np.split(a, 4, axis=-1)\n    before",
                "a_i, a_f, a_o, a_c = np.split(a, 4, axis=-1)\n    before",
            ),
            ("(da_f, da_i, da_o, da_c)", "(da_i, da_f, da_o, da_c)"),
        ),
        "LSTM gates stacked i, f, o, c",
    ),
    WrongBackend(
        "RNN dU from the next state",
        "kernels/rnn.py",
        (("dU += c[:, t].T", "dU += c[:, t + 1].T"),),
        "RNN dU from the next state",
    ),
    WrongBackend(
        "SELU's constants cut",
        "kernels/activation.py",
        (("1.0507009873554805", "1.0507"), ("1.6732632423543772", "1.6733")),
        "SELU constants to 4 decimals",
    ),
    WrongBackend(
        "ReLU's slope at 0",
        "kernels/activation.py",
        (
            (
                "def _relu_slope(x: Array) -> Array:\n    return _positive(x)",
                "def _relu_slope(x: Array) -> Array:\n    return (x >= 0).astype(x.dtype)",
            ),
        ),
        "ReLU's slope at 0 is 1",
    ),
    WrongBackend(
        "Adam without bias correction",
        "training/optimizers.py",
        (("float(1 - beta**steps)", "1.0"),),
        "Adam without bias correction",
    ),
    WrongBackend(
        "Adam's eps inside the root",
        "training/optimizers.py",
        (("(np.sqrt(v / unbias2) + self.eps)", "np.sqrt(v / unbias2 + self.eps)"),),
        "Adam's eps inside the root",
    ),
    WrongBackend(
        "weight decay decoupled for Adam",
        "training/optimizers.py",
        (
            (
                "return value, gradient + self.weight_decay * value",
                "return value - self.lr * self.weight_decay * value, gradient",
            ),
        ),
        "Adam's weight decay decoupled",
    ),
)
WRONG_BACKENDS = (*BACKWARD, *FORWARD, *OTHERS)
