# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # 5 · Convolution is a matrix
#
# A convolution slides a small window over an image.  It is also a plain matrix product, and once you have seen it as
# one gets its gradient for nothing: the gradient of a matrix product is another matrix product.  Here you draw
# the matrix, find a cheaper one that does the same, turn both around, and end with the two gradients that
# training needs, checked in whole numbers, to the last digit.
#
# You should know what a matrix product and its transpose are.  The neuron plays no part: this is
# [Eq. (2)](eq:2) alone.

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

from liaf_ref.kernels import conv
from liaf_ref.kernels.grid import Grid, cropped, out_size, padded, same
from liaf_ref.kernels.im2col import col2im, im2col
from liaf_ref.plotting import SliderRange, plot_matrix, show, show_with_sliders

# %% [markdown]
# ## A window on a line
#
# One axis is enough to begin with.  Eight numbers come in; a window three wide stands at each of its six places and
# answers with a weighted sum of what it sees, always with the same three weights $w$.

# %%
x = np.array([0, 1, 2, 4, 2, 1, 0, 0])
w = np.array([-1, 0, 1])
print([int(w @ x[i : i + 3]) for i in range(6)])

# %% [markdown]
# This $w$ answers with how much the numbers rise.  (Nothing is flipped: in deep learning *convolution* means
# what mathematics calls a correlation.  The weights are learned, so it makes no difference.)
#
# Each answer is linear in $x$.  So there must be a matrix $C$ with $I = C x$.  A column of it is found by asking with
# an $x$ that is 1 in one place and 0 elsewhere.

# %%
grid_1d = Grid(stride=(1,), pad=((0, 0),))
p = conv.Params(w.reshape(3, 1, 1).astype(float), np.zeros(1))
columns = [conv.forward(one.reshape(8, 1), p, grid_1d)[0].ravel() for one in np.eye(8)]
C = np.stack(columns, axis=1)

# %% [markdown]
# `liaf_ref.kernels.conv.forward` is the library's definition: input $(\ldots, \text{size}, K)$ with $K$ channels,
# weights $(\text{kernel}, K, L)$ with $L$ output channels.  Here $K = L = 1$.  The weights 1, 2, 3 show better than
# $-1, 0, 1$ where each of them ends up:


# %%
def matrix_of(w, size, grid):
    """The matrix of a convolution with one channel in and out."""
    p = conv.Params(np.asarray(w, float)[..., None, None], np.zeros(1))
    ones = np.eye(int(np.prod(size))).reshape(-1, *size, 1)
    return conv.forward(ones, p, grid)[0].reshape(len(ones), -1).T


def kinds_of(C):
    return C.astype(int) - 1


assert np.array_equal(matrix_of(w, (8,), grid_1d), C)
C_1d = matrix_of([1, 2, 3], (8,), grid_1d)
figure = Figure(figsize=(7, 2.8), layout="constrained")
axes = figure.subplots()
plot_matrix(
    axes, C_1d, groups=kinds_of(C_1d), title="C: a row for each window, a column for each number"
)
axes.set(ylabel="window", xlabel="number of the input")
show(figure)

# %% [markdown]
# Two things make it a convolution and not any matrix.  **Mostly zeros**: a window sees only its neighbours.  **The same
# three weights in every row**: what is learned at one place is known at all.
#
# ## A window on an image
#
# Two axes, four by four pixels, a window of three by three.  It has four places.  The image is read row by row,
# as one column of sixteen numbers; then $C$ is a matrix again.

# %%
valid = Grid(stride=(1, 1), pad=((0, 0), (0, 0)))
W_2d = np.arange(1, 10).reshape(3, 3)
C_2d = matrix_of(W_2d, (4, 4), valid)
figure = Figure(figsize=(8, 2.9), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(1, 4.2))
plot_matrix(left, W_2d, groups=W_2d - 1, title="weights W")
plot_matrix(right, C_2d, groups=kinds_of(C_2d), title="C, four windows of a 4 x 4 image")
right.set(xlabel="pixel, row by row", ylabel="window")
show(figure)

# %% [markdown]
# The rows come apart into pieces of three, because the next row of the image is four pixels further on.
#
# Nobody builds this matrix.  How large would it be for a layer of the paper's size, and how much of it is zero?

# %%
H, W, K, L = 32, 32, 64, 128
entries, used = (H * W * K) * (H * W * L), 9 * K * L
print(f"C would have {entries:,} entries, for {used:,} weights")
print(f"of each row {9 * K} entries are not zero: one in {H * W / 9:.0f}")

# %% [markdown]
# ## Turn it round: the image as a matrix
#
# The product can be arranged differently.  Leave the weights a short column, and make the *image* a
# matrix: lay every window out as a row.  This is `im2col`.  One matrix product then does all windows at once,
# [Eq. (2)](eq:2) as for dense layers.
#
# Move the slider: the window in the image, its row, and the answer that comes of it.

# %%
X = np.arange(1, 17).reshape(4, 4, 1)
rows = im2col(X, (3, 3), (1, 1))  # (2, 2, 9)
print(rows.shape, "two by two windows, nine places each")


# %%
def draw_window(window):
    i, j = divmod(int(window), 2)
    flat = rows.reshape(4, 9)
    I = flat @ W_2d.reshape(9, 1)
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    image, lined, weights, answers = figure.subplots(1, 4, width_ratios=(4, 9, 1, 2))
    plot_matrix(image, X[..., 0], highlighted=[(i, j, 3, 3)], title="image")
    plot_matrix(lined, flat, highlighted=[(int(window), 0, 1, 9)], title="im2col: a window, a row")
    plot_matrix(weights, W_2d.reshape(9, 1), groups=np.arange(9).reshape(9, 1), title="W")
    plot_matrix(answers, I.reshape(2, 2), highlighted=[(i, j, 1, 1)], title="answers I")
    return figure


show_with_sliders(draw_window, window=SliderRange(0, 3, 1, 1))

# %% [markdown]
# Both arrangements give the same numbers as the definition, exactly: these are whole numbers.

# %%
p = conv.Params(W_2d[..., None, None].astype(float), np.zeros(1))
by_definition, _ = conv.forward(X.astype(float), p, valid)
assert np.array_equal(by_definition.ravel(), C_2d @ X.ravel())
assert np.array_equal(by_definition.ravel(), rows.reshape(4, 9) @ W_2d.ravel())

# %% [markdown]
# More channels change nothing but the lengths.  A row holds the $K$ channels of each of its nine places, $9K$
# numbers, and $W$ becomes a matrix $(9K, L)$.  More images, or the time steps of a sequence $(B, T, H, W, K)$, are
# more rows.  So a whole layer, all samples, all steps, all places, is **one** product of matrices, which is what
# processors are best at.
#
# The price is memory: every pixel is in as many rows as there are windows that see it.

# %%
frames = np.zeros((2, 10, 32, 32, 4))  # B, T, H, W, K
laid_out = im2col(padded(frames, same((3, 3))), (3, 3), (1, 1))
print(laid_out.shape, f"{laid_out.size / frames.size:.0f} times as large")

# %% [markdown]
# ## Backwards: who has seen this pixel?
#
# Training hands us $\mathrm dI$: for each answer, how much the loss would change with it.  What is $\mathrm dX$, the
# same for each pixel?  A pixel acts through every window that sees it.  So it collects from each of them, with the
# weight under which it was seen.
#
# In $C$ this is a column: the pixel's column lists the windows that see it, and with which weight.
# Summing over a column is multiplying with the transpose: $\mathrm dX = C^\top \mathrm dI$.

# %%
dI = np.array([[2, 0], [0, -1]])
dX = (C_2d.T @ dI.ravel()).reshape(4, 4)
figure = Figure(figsize=(7.6, 3.9), layout="constrained")
given, weights, got = figure.subplots(1, 3, width_ratios=(2, 3, 4))
plot_matrix(given, dI, title="dI, given")
plot_matrix(weights, W_2d, groups=W_2d - 1, title="W")
plot_matrix(
    got, dX, highlighted=[(0, 0, 3, 3), (1, 1, 3, 3)], title="dX: W put down twice and added up"
)
show(figure)

# %% [markdown]
# Read the picture: the answer with gradient 2 puts $2 W$ down where its window was, the other one $-W$, and where they
# overlap, both count.
#
# ## col2im
#
# Without $C$ the same takes two moves.  The product $I = \text{rows}\cdot W$ goes back as any matrix product does:
# $\mathrm d\text{rows} = \mathrm dI\, W^\top$.  Then each entry of a row is added to the pixel that it was copied
# from.  This second move is `col2im`.

# %%
drows = dI.reshape(2, 2, 1) * W_2d.reshape(9)  # dI W^T
assert np.array_equal(col2im(drows, (4, 4, 1), (3, 3), (1, 1))[..., 0], dX)

# %% [markdown]
# `im2col` copies, so it is a matrix too: $S$, of zeros and ones, with one 1 in each row.  `col2im` adds up along
# the same lines in the other direction: it is $S^\top$.  Such a pair, a linear map and its transpose, is
# called a map and its **adjoint**.  An image of three by three with windows of two by two is small enough to draw:

# %%
S = np.stack([im2col(one.reshape(3, 3, 1), (2, 2), (1, 1)).ravel() for one in np.eye(9)], axis=1)
S_T = np.stack(
    [col2im(one.reshape(2, 2, 4), (3, 3, 1), (2, 2), (1, 1)).ravel() for one in np.eye(16)], axis=1
)
assert np.array_equal(S_T, S.T)
figure = Figure(figsize=(8, 4.6), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(9, 16))
plot_matrix(left, S, groups=np.where(S > 0, np.arange(16)[:, None] // 4, -1), title="S: im2col")
left.set(xlabel="pixel", ylabel="place in a row; a colour for each window")
plot_matrix(
    right, S_T, groups=np.where(S_T > 0, np.arange(16) // 4, -1), title="its transpose: col2im"
)
right.set(xlabel="place in a row", ylabel="pixel")
show(figure)

# %% [markdown]
# ## The equation that tells an adjoint
#
# You do not need the matrix to know whether a function is the adjoint of another.  With $\langle a, b \rangle$ for
# the sum of the products of all entries,
#
# $$\langle S x,\, g \rangle = x^\top S^\top g = \langle x,\, S^\top g \rangle
# \qquad\text{so}\qquad \langle \mathrm{im2col}(x),\, g \rangle = \langle x,\, \mathrm{col2im}(g) \rangle$$
#
# for **every** $x$ and **every** $g$.  One wrong index, and random $x$ and $g$ tell.  In whole numbers nothing is
# rounded, so the two sides must be equal and not merely close.

# %%
rng = np.random.default_rng(0)
for _ in range(200):
    h, width, K, k, s = rng.integers((4, 4, 1, 1, 1), (9, 9, 4, 4, 4))
    x = rng.integers(-9, 10, (h, width, K))
    out = out_size((h, width), (k, k), (s, s))
    g = rng.integers(-9, 10, (*out, k * k * K))
    there = (im2col(x, (k, k), (s, s)) * g).sum()
    back = (x * col2im(g, x.shape, (k, k), (s, s))).sum()
    assert there == back
print("equal in 200 random cases; the last:", there, "=", back)

# %% [markdown]
# **The adjoint is not the inverse.**  Lay an image out in rows and add them up again: you do not get the
# image, but each pixel as many times as windows saw it.

# %%
ones = np.ones((6, 6, 1), int)
seen = col2im(im2col(ones, (3, 3), (1, 1)), ones.shape, (3, 3), (1, 1))[..., 0]
figure = Figure(figsize=(3.6, 3.4), layout="constrained")
plot_matrix(figure.subplots(), seen, groups=seen - 1, title="windows that see each pixel")
show(figure)

# %% [markdown]
# ## The two gradients
#
# Everything is there now.  With the rows $P = \mathrm{im2col}(X)$ the layer is $I = P W + b$, and
#
# $$\mathrm dW = P^\top \mathrm dI, \qquad \mathrm db = \textstyle\sum \mathrm dI, \qquad \mathrm dX = \mathrm{col2im}(\mathrm dI\, W^\top),$$
#
# where the sum and the product $P^\top \mathrm dI$ run over all windows, all steps and all samples: they share the
# weights.  In code, with $K$ and $L$ channels:


# %%
def gradients(dI, X, W, grid):
    kernel, L = W.shape[:2], W.shape[-1]
    X_pad = padded(X, grid.pad)
    P = im2col(X_pad, kernel, grid.stride)
    dW = P.reshape(-1, P.shape[-1]).T @ dI.reshape(-1, L)
    db = dI.reshape(-1, L).sum(axis=0)
    dP = dI @ W.reshape(-1, L).T
    dX = cropped(col2im(dP, X_pad.shape, kernel, grid.stride), grid.pad)
    return dX, dW.reshape(W.shape), db


# %% [markdown]
# Hold it against the library's definition, which has no rows at all but goes through the nine places of the window
# one by one: $(B, T)$ = (2, 3), eight by seven pixels, two channels in, four out.

# %%
grid = Grid(stride=(2, 1), pad=((1, 1), (1, 1)))
X = rng.integers(-5, 6, (2, 3, 8, 7, 2)).astype(float)
p = conv.Params(rng.integers(-5, 6, (3, 3, 2, 4)).astype(float), np.arange(4.0))
I, tape = conv.forward(X, p, grid)
dI = rng.integers(-5, 6, I.shape).astype(float)
dX, dW, db = gradients(dI, X, p.W, grid)
expected_dX, expected = conv.backward(dI, tape, grid)
assert np.array_equal(dX, expected_dX)
assert np.array_equal(dW, expected.W)
assert np.array_equal(db, expected.b)

# %% [markdown]
# And against no formula at all.  Take the loss $\langle \mathrm dI, I \rangle$, whose gradient in $I$ is
# $\mathrm dI$.  It is linear in each single weight and pixel, so its finite difference is exact for **any** step.
# Take the step 1, and stay in whole numbers.


# %%
def loss(X, p):
    return (dI * conv.forward(X, p, grid)[0]).sum()


for _ in range(20):
    place = tuple(rng.integers(p.W.shape))
    bumped = p.W.copy()
    bumped[place] += 1
    assert loss(X, p._replace(W=bumped)) - loss(X, p) == dW[place]
    pixel = tuple(rng.integers(X.shape))
    bumped = X.copy()
    bumped[pixel] += 1
    assert loss(bumped, p) - loss(X, p) == dX[pixel]

# %% [markdown]
# (A spiking neuron is not so kind.  Why not is notebook 4.)
#
# ## Stride and padding
#
# *Stride* is the step from one window to the next; *padding* puts zeros around the image, so that windows may stand
# on its border.  On an axis of $n$ pixels with a window of $k$, a stride of $s$ and $p$ zeros at each end, there are
#
# $$\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# windows.  Left is the padded image with the zeros in grey and the windows' first pixels framed; the numbers say how
# many windows see a pixel.  Right are the answers, one a window.  Try these:
#
# - $k = 3$, $s = 1$: which padding keeps the size?  And for $k = 5$?
# - $k = 3$, $s = 2$, $p = 0$ on seven pixels, then on eight: who is left out?
# - $s$ larger than $k$: which pixels does no window see?  What is their gradient?


# %%
def draw_windows(n, k, s, p):
    n, k, s, p = int(n), int(k), int(s), int(p)
    size = n + 2 * p
    (out,) = out_size((size,), (k,), (s,))
    figure = Figure(figsize=(8, 4.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    if out < 1:
        figure.suptitle("no window fits")
        return figure
    rows = im2col(np.ones((size, size, 1), int), (k, k), (s, s))
    seen = col2im(rows, (size, size, 1), (k, k), (s, s))[..., 0]
    corners = [(s * i, s * j, 1, 1) for i in range(out) for j in range(out)]
    plot_matrix(left, seen, highlighted=corners, title=f"{n} x {n} pixels, zeros around: {p}")
    border = np.pad(np.zeros((n, n)), p, constant_values=0.35)
    left.imshow(np.zeros_like(border), cmap="gray", alpha=border)
    plot_matrix(right, np.arange(1, out**2 + 1).reshape(out, out), title=f"{out} x {out} windows")
    return figure


show_with_sliders(
    draw_windows,
    n=SliderRange(3, 10, 7, 1),
    k=SliderRange(1, 5, 3, 1),
    s=SliderRange(1, 4, 2, 1),
    p=SliderRange(0, 2, 1, 1),
)

# %% [markdown]
# Backwards, padding is easy: what the zeros have received is dropped (`cropped`), for nobody asks for the gradient of a
# zero that is always there.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - A convolution is linear, so it is a matrix: mostly zeros, the same weights in every row.
# - `im2col` lays each window out as a row; then all windows, steps and samples are one product $P W$.
# - The gradient of copying is adding up: `col2im` is the adjoint of `im2col`, not its inverse.
# - $\langle \mathrm{im2col}(x), g \rangle = \langle x, \mathrm{col2im}(g) \rangle$ for all $x$ and $g$ tells whether
#   it is right, in whole numbers without any tolerance.
# - $\mathrm dW = P^\top \mathrm dI$ sums over everything that shares the weights;
#   $\mathrm dX = \mathrm{col2im}(\mathrm dI\,W^\top)$.
#
# </div>
#
# ## Exercises
#
# **1.**  Write `im2col` yourself, for images $(H, W, K)$ and a square window: two loops over the places of the window
# on the image.


# %% tags=["solution"]
# def rows_of(X, k, s) -> array of shape (windows down, windows across, k * k * K)
def rows_of(X, k, s):
    H, W, K = X.shape
    down, across = (H - k) // s + 1, (W - k) // s + 1
    P = np.empty((down, across, k * k * K), X.dtype)
    for i in range(down):
        for j in range(across):
            P[i, j] = X[s * i : s * i + k, s * j : s * j + k].ravel()
    return P


# %% tags=["check"]
for k, s in ((3, 1), (3, 2), (2, 3), (1, 1)):
    X = rng.integers(-9, 10, (7, 8, 2))
    assert np.array_equal(rows_of(X, k, s), im2col(X, (k, k), (s, s))), f"k = {k}, s = {s}"

# %% [markdown]
# **2.**  And its adjoint, from the one you have just written.  (Where you took, put; but add.)


# %% tags=["solution"]
# def image_of(G, shape, k, s) -> array of the given shape (H, W, K)
def image_of(G, shape, k, s):
    X = np.zeros(shape, G.dtype)
    for i in range(G.shape[0]):
        for j in range(G.shape[1]):
            X[s * i : s * i + k, s * j : s * j + k] += G[i, j].reshape(k, k, -1)
    return X


# %% tags=["check"]
for k, s in ((3, 1), (3, 2), (2, 3), (1, 1)):
    X = rng.integers(-9, 10, (7, 8, 2))
    G = rng.integers(-9, 10, im2col(X, (k, k), (s, s)).shape)
    mine = image_of(G, X.shape, k, s)
    assert (im2col(X, (k, k), (s, s)) * G).sum() == (X * mine).sum(), "it is not the adjoint"
    assert np.array_equal(mine, col2im(G, X.shape, (k, k), (s, s))), f"k = {k}, s = {s}"

# %% [markdown]
# **3.**  How many windows of $k$ pixels with stride 1 see pixel $i$ (from 0) of a line of $n$ pixels without padding?
# A formula, without a loop over windows.  (A window that begins at $a$ sees $i$ if $a \le i < a + k$; and it has to
# fit.)


# %% tags=["solution"]
# def seen_by(i, n, k) -> number of windows
# a goes from max(0, i - k + 1) to min(i, n - k), both included.
def seen_by(i, n, k):
    return min(i, n - k) - max(0, i - k + 1) + 1


# %% tags=["check"]
for n in range(1, 12):
    for k in range(1, n + 1):
        expected = matrix_of(np.ones(k), (n,), grid_1d).sum(axis=0)
        mine = [seen_by(i, n, k) for i in range(n)]
        assert mine == list(expected), f"n = {n}, k = {k}: {mine}"

# %% [markdown]
# **4.**  With stride 1 the gradient $\mathrm dX$ is itself a convolution: of $\mathrm dI$ with other weights and
# another padding.  Find them, for a window of three by three and one zero around the image, and use nothing but
# `conv.forward`.  (Look at the picture of $\mathrm dX$ above: which weight does a pixel get from the window to its
# upper left?  And which axis of $W$ are the inputs now?)


# %% tags=["solution"]
# def dX_by_convolution(dI, W) -> gradient in X, shape (..., H, W, K); W has shape (3, 3, K, L)
# The window to the upper left saw the pixel with its last weight: the window is turned round,
# and what came out goes in.
def dX_by_convolution(dI, W):
    turned = W[::-1, ::-1].swapaxes(2, 3)
    answer, _ = conv.forward(dI, conv.Params(turned, np.zeros(())), Grid((1, 1), same((3, 3))))
    return answer


# %% tags=["check"]
one_around = Grid(stride=(1, 1), pad=((1, 1), (1, 1)))
X = rng.integers(-5, 6, (2, 6, 5, 2)).astype(float)
p = conv.Params(rng.integers(-5, 6, (3, 3, 2, 4)).astype(float), np.zeros(4))
I, tape = conv.forward(X, p, one_around)
dI = rng.integers(-5, 6, I.shape).astype(float)
expected, _ = conv.backward(dI, tape, one_around)
mine = dX_by_convolution(dI, p.W)
assert mine.shape == expected.shape, f"shape {mine.shape}, not {expected.shape}"
assert np.array_equal(mine, expected), "dX differs from the library's"
