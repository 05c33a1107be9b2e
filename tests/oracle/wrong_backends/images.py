"""The wrong backends on images."""

from oracle.wrong_backends.build import WrongBackend

CONV, NORM, RUNNING = "kernels/conv.py", "kernels/norm.py", "kernels/norm_running.py"
AVERAGE, MAXIMUM = "kernels/average_pool.py", "kernels/max_pool.py"
CONVLSTM, SOFTMAX_BCE = "kernels/convlstm.py", "kernels/loss_softmax_bce.py"

FORWARD = "I += X_pad[under] @ p.W[tap]"
DW = "dW[tap] = X_pad[under].reshape(-1, K).T @ dI.reshape(-1, L)"
DX = "dX_pad[under] += dI @ p.W[tap].T"
OPPOSITE = "tuple(k - 1 - i for i, k in zip(tap, kernel, strict=True))"
PADS = (
    "X_pad = padded(X, grid.pad)\n    lead",
    "X_pad = padded(X, grid.pad)\n    db",
    "(dX_pad, grid.pad)",
)
MEAN = "m = X.mean(axis=axes, keepdims=True)"
GRADIENT = "db = sum_to(dY, p.b.shape)\n    dgamma"
LAYER = "axes = (-1,) if axes == (-3, -2, -1) else axes"
FRAME = "axes = (-3, -2, -1) if axes == (-1,) and {}.ndim == 5 else axes"
STEPS = "axes = tuple(a for a in axes if a != 1)"
DX_NORM = "dX = r * (g - g.mean(axis=axes, keepdims=True) - X_hat * along)"
CELL = "h[:, t + 1], c[:, t + 1] = lstm_cell.forward("
BACK = "dh, dp = conv.backward("
KERAS = "np.concatenate([np.split({0}, 4, axis=-1)[i] for i in (1, 0, 3, 2)], axis=-1)"


def _padded(name: str, pad: str, diagnosis: str) -> WrongBackend:
    """Other zeros, in all three places."""
    changes = tuple((old, old.replace("grid.pad", pad)) for old in PADS)
    return WrongBackend(name, CONV, changes, diagnosis)


def _normed(name: str, first: str, diagnosis: str) -> WrongBackend:
    """Other axes, forward and backward."""
    forward, backward = first.format("X"), first.format("dY")
    changes = ((MEAN, f"{forward}; {MEAN}"), (GRADIENT, f"{backward}; {GRADIENT}"))
    return WrongBackend(name, NORM, changes, diagnosis)


CONVOLUTIONS = (
    WrongBackend(
        "a true convolution",
        CONV,
        (
            (FORWARD, FORWARD.replace("[tap]", f"[{OPPOSITE}]")),
            (DW, DW.replace("[tap]", f"[{OPPOSITE}]")),
            (DX, DX.replace("[tap]", f"[{OPPOSITE}]")),
        ),
        "convolution flipped",
    ),
    _padded(
        "zeros on the wrong side",
        "tuple(pair[::-1] for pair in grid.pad)",
        "padding sides swapped",
    ),
    _padded(
        "a causal convolution that is not",
        "(grid.pad if len(grid.pad) == 2 else (((p.W.shape[0] - 1) // 2, p.W.shape[0] // 2), "
        "*grid.pad[1:]))",
        "Conv3D not causal",
    ),
    WrongBackend(
        "columns overwritten",
        CONV,
        ((DX, DX.replace("+=", "=")),),
        "windows overwrite each other's gradient",
    ),
    WrongBackend(
        "kernel not turned",
        CONV,
        ((DX, DX.replace("[tap]", f"[{OPPOSITE}]")),),
        "input gradient not flipped",
    ),
    WrongBackend(
        "a place left out",
        CONV,
        ((DW, f"{DW} * (sum(tap) > 0)"),),
        "first kernel entry not trained",
    ),
    WrongBackend(
        "dW of the last step",
        CONV,
        (
            (
                DW,
                f"{DW} if len(kernel) != 2 or X.ndim != 5 else "
                "X_pad[under][:, -1].reshape(-1, K).T @ dI[:, -1].reshape(-1, L)",
            ),
        ),
        "kernel of the last step only",
    ),
    WrongBackend(
        "dW with the previous input",
        CONV,
        (
            (
                DW,
                f"{DW} if len(kernel) != 2 or X.ndim != 5 else "
                "X_pad[under][:, :-1].reshape(-1, K).T @ dI[:, 1:].reshape(-1, L)",
            ),
        ),
        "kernel gradient with the previous input",
    ),
)
POOLS = (
    WrongBackend(
        "average without division",
        AVERAGE,
        (
            ("return total / math.prod(size)", "return total"),
            ("share = dY / math.prod(size)", "share = dY"),
        ),
        "average pool as a sum",
    ),
    WrongBackend(
        "gradient of the average without division",
        AVERAGE,
        (("share = dY / math.prod(size)", "share = dY"),),
        "gradient of the average not divided",
    ),
    WrongBackend(
        "last maximum",
        MAXIMUM,
        (
            (
                "first = seen.real.argmax(axis=0)",
                "first = len(seen) - 1 - seen[::-1].argmax(axis=0)",
            ),
        ),
        "gradient to the last tied maximum",
    ),
    WrongBackend(
        "all maxima",
        MAXIMUM,
        (
            ("Tape(X.shape, first)", "Tape(X.shape, seen == seen.max(axis=0))"),
            ("(tape.first == place)", "tape.first[place]"),
        ),
        "gradient to every tied maximum",
    ),
    WrongBackend(
        "no mask backward",
        "kernels/dropout.py",
        (("return dY * M", "return dY"),),
        "dropout not applied backward",
    ),
    WrongBackend(
        "channels first",
        "kernel_backend.py",
        (
            (
                "X.reshape(*X.shape[:-3], -1)",
                "X.swapaxes(-1, -2).swapaxes(-2, -3).reshape(*X.shape[:-3], -1)",
            ),
            (
                "dY.reshape(shape)",
                "dY.reshape(*shape[:-3], shape[-1], *shape[-3:-1])"
                ".swapaxes(-3, -2).swapaxes(-2, -1)",
            ),
        ),
        "flattened channels first",
    ),
    WrongBackend(
        "sum over time",
        "kernels/readout.py",
        (("Y.sum(axis=1) / Y.shape[1]", "Y.sum(axis=1)"), ("dy[:, None] / T", "dy[:, None]")),
        "mean readout as a sum",
    ),
)
NORMS = (
    _normed("layer norm over L", LAYER, "layer norm over channels alone"),
    _normed("layer norm over (H, W, L)", FRAME, "layer norm over the frame"),
    _normed("batch norm a step", STEPS, "batch norm step by step"),
    WrongBackend(
        "eps 1e-5",
        NORM,
        (("np.sqrt(v + eps)", "np.sqrt(v + 1e-5)"),),
        "eps always 1e-5",
        ((RUNNING, (("np.sqrt(running.v + eps)", "np.sqrt(running.v + 1e-5)"),)),),
    ),
    WrongBackend(
        "unbiased variance",
        NORM,
        (
            (
                "r = 1 / np.sqrt(v + eps)",
                "n = X.size / v.size; r = 1 / np.sqrt(v * n / (n - 1) + eps)",
            ),
            ("- X_hat * along)", "- X_hat * along * (g.size / r.size) / (g.size / r.size - 1))"),
        ),
        "unbiased variance in norms",
    ),
    WrongBackend(
        "means left out backward",
        NORM,
        ((DX_NORM, "dX = r * g"),),
        "norm statistics detached",
    ),
    WrongBackend(
        "running variance biased",
        RUNNING,
        (("momentum * (n / (n - 1)) * batch.v", "momentum * batch.v"),),
        "running variance biased",
    ),
    WrongBackend(
        "momentum of Keras",
        RUNNING,
        (
            (
                "    m = (1 - momentum) * running.m",
                "    momentum = 1 - momentum; m = (1 - momentum) * running.m",
            ),
        ),
        "momentum convention swapped (Keras)",
    ),
)
OTHERS = (
    WrongBackend(
        "ConvLSTM in Keras's order",
        CONVLSTM,
        (
            (CELL, f"a[:, t] = {KERAS.format('a[:, t]')}; {CELL}"),
            (BACK, f"dA[:, t] = {KERAS.format('dA[:, t]')}; {BACK}"),
        ),
        "ConvLSTM gates stacked i, f, c, o",
    ),
    WrongBackend(
        "ConvLSTM truncated",
        CONVLSTM,
        (
            (
                "dh = dY[:, t] + dh",
                "last = t == a.shape[1] - 1; dh = dY[:, t] + dh * last; dc = dc * last",
            ),
        ),
        "truncated BPTT, k = 1, in recurrent layers",
    ),
    WrongBackend(
        "ConvLSTM's dU of the last step",
        CONVLSTM,
        (("dU += dp.W", "dU += dp.W * (t == a.shape[1] - 1)"),),
        "ConvLSTM dU of the last step only",
    ),
    WrongBackend(
        "losses of classes summed",
        SOFTMAX_BCE,
        (
            (".sum() / Z.size", ".sum()"),
            (
                "-dloss * hot / P.size, -dloss * (1 - hot) / P.size",
                "-dloss * hot, dloss * (hot - 1)",
            ),
        ),
        "loss summed over batch and classes",
        (
            (
                "kernels/loss_sigmoid_bce.py",
                ((".sum() / Z.size", ".sum()"), ("onehot(y, Z)) / Z.size", "onehot(y, Z))")),
            ),
            (
                "kernels/loss_mse.py",
                (("(E * E).sum() / E.size", "(E * E).sum()"), ("tape.E / tape.E.size", "tape.E")),
            ),
        ),
    ),
    WrongBackend(
        "the other entropy",
        SOFTMAX_BCE,
        (
            (
                "-(hot * log_p + (1 - hot) * log_not_p).sum() / Z.size",
                "-(hot * log_p).sum() / len(y)",
            ),
            (
                "-dloss * hot / P.size, -dloss * (1 - hot) / P.size",
                "-dloss * hot / len(y), 0 * hot",
            ),
        ),
        "categorical for binary cross-entropy",
    ),
)
IMAGES = (*CONVOLUTIONS, *POOLS, *NORMS, *OTHERS)
