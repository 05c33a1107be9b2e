# %% [markdown]
# # 5 · Convolution as a matrix product
#
# In this notebook you write a convolution as a matrix product, derive its gradients, and check them exactly, in whole
# numbers.  At the end your own convolution trains a small network on images.
#
# A convolution is a linear map, so a matrix can compute it.  The gradient of a matrix product is another matrix
# product.  You draw the matrix, replace it by a cheaper one (`im2col`), and transpose both.  The result is the two
# gradients that training needs.
#
# You should know the matrix product and the transpose.  This notebook is about [Eq. (2)](eq:2) only; it needs no
# neurons.

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

from liaf_ref.exercises import check, compare, mark_quiz
from liaf_ref.kernels import conv, loss
from liaf_ref.kernels.grid import Grid, cropped, out_size, padded, same
from liaf_ref.kernels.im2col import col2im, im2col
from liaf_ref.plotting import SliderRange, plot_matrix, show, show_with_sliders
from liaf_ref.training.optimizers import Adam

# %% [markdown]
# ## A convolution in one dimension
#
# The input is eight numbers.  A window of three numbers slides over them and has six positions.  At each position, the
# output is a weighted sum of the three numbers, always with the same three weights $w$.

# %%
x = np.array([0, 1, 2, 4, 2, 1, 0, 0])
w = np.array([-1, 0, 1])
print([int(w @ x[i : i + 3]) for i in range(6)])

# %% [markdown]
# With this $w$, the output measures how much the input rises.  (The kernel is not flipped.  Deep learning uses the name
# *convolution* for what mathematics calls a cross-correlation.  The weights are learned, so it makes no difference.)
#
# Each output is linear in $x$.  So there is a matrix $C$ with $I = C x$.  To find a column of $C$, set one entry of $x$
# to 1 and all others to 0: the output is that column.

# %%
grid_1d = Grid(stride=(1,), pad=((0, 0),))
p = conv.Params(w.reshape(3, 1, 1).astype(float), np.zeros(1))
columns = [conv.forward(one.reshape(8, 1), p, grid_1d)[0].ravel() for one in np.eye(8)]
C = np.stack(columns, axis=1)

# %% [markdown]
# `liaf_ref.kernels.conv.forward` is the library's definition of a convolution.  Its input has the shape $(\ldots,
# \text{size}, K)$ with $K$ channels; its weights have the shape $(\text{kernel}, K, L)$ with $L$ output channels.  Here
# $K = L = 1$.  The figure uses the weights 1, 2, 3 instead of $-1, 0, 1$, because they are easier to find in the matrix:


# %%
def matrix_of(w, size, grid):
    """The matrix of a convolution with one channel in and out."""
    p = conv.Params(np.asarray(w, float)[..., None, None], np.zeros(1))
    ones = np.eye(int(np.prod(size))).reshape(-1, *size, 1)
    return conv.forward(ones, p, grid)[0].reshape(len(ones), -1).T


assert np.array_equal(matrix_of(w, (8,), grid_1d), C)
C_1d = matrix_of([1, 2, 3], (8,), grid_1d)


# %% tags=["hide-input"]
def kinds_of(C):
    return C.astype(int) - 1


figure = Figure(figsize=(7, 2.8), layout="constrained")
axes = figure.subplots()
plot_matrix(axes, C_1d, groups=kinds_of(C_1d), title="C: one row per window, one column per input")
axes.set(ylabel="window", xlabel="index of the input")
show(figure)

# %% [markdown]
# Two properties distinguish $C$ from an arbitrary matrix.
#
# - **It is sparse.**  Each output depends only on the three inputs in its window.
# - **It shares weights.**  Every row has the same three weights, so a pattern learned at one position is recognised at
#   all positions.
#
# ## A convolution in two dimensions
#
# Now take an image of 4 × 4 pixels and a window of 3 × 3.  The window has four positions.  We write the image, row by
# row, as a vector of sixteen numbers.  The convolution is then a matrix $C$ again.

# %%
valid = Grid(stride=(1, 1), pad=((0, 0), (0, 0)))
W_2d = np.arange(1, 10).reshape(3, 3)
C_2d = matrix_of(W_2d, (4, 4), valid)

# %% tags=["hide-input"]
figure = Figure(figsize=(7.2, 2.7), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(1, 4.2))
plot_matrix(left, W_2d, groups=W_2d - 1, title="weights W")
plot_matrix(right, C_2d, groups=kinds_of(C_2d), title="C: four windows of a 4 x 4 image")
right.set(xlabel="pixel, counted row by row", ylabel="window")
show(figure)

# %% [markdown]
# In each row of $C$ the nine weights form three groups of three.  The gaps are there because the next row of the image
# begins four pixels later.
#
# Programs do not build this matrix.  How large is it for a layer of the paper's size, and how much of it is zero?

# %%
H, W, K, L = 32, 32, 64, 128
entries, used = (H * W * K) * (H * W * L), 9 * K * L
print(f"C would have {entries:,} entries for {used:,} weights")
print(f"each row has at most {9 * K} entries that are not zero: 1 in {H * W / 9:.0f}")

# %% [markdown]
# ## im2col: the image as a matrix
#
# A second matrix product is cheaper.  Keep the weights as a short column, and build the
# matrix from the *image*: copy each window into a row.  This operation is called `im2col`.  One matrix product then
# computes all windows at once, as [Eq. (2)](eq:2) does for a dense layer.
#
# The picture shows im2col on a small image, and the way back, which comes later in this notebook:
#
# ![A window of 2 by 2 pixels moves over an image of 3 by 3 pixels. Each position becomes a row of a matrix, which is multiplied by the weights. Backwards, each row of the gradient is added to the pixels of its window; the centre pixel receives a sum of four terms](../docs/animations/im2col-animated.svg)
#
# Move the slider.  It selects a window in the image; the figure marks the window's row and its output.

# %%
X = np.arange(1, 17).reshape(4, 4, 1)
rows = im2col(X, (3, 3), (1, 1))  # (2, 2, 9)
print(rows.shape, "2 x 2 windows, 9 pixels each")


# %% tags=["hide-input"]
def draw_window(window):
    i, j = divmod(int(window), 2)
    flat = rows.reshape(4, 9)
    I = flat @ W_2d.reshape(9, 1)
    figure = Figure(figsize=(7.4, 2.8), layout="constrained")
    image, lined, weights, answers = figure.subplots(1, 4, width_ratios=(4, 9, 1, 2))
    plot_matrix(image, X[..., 0], highlighted=[(i, j, 3, 3)], title="image")
    plot_matrix(
        lined, flat, highlighted=[(int(window), 0, 1, 9)], title="im2col: one row per window"
    )
    plot_matrix(weights, W_2d.reshape(9, 1), groups=np.arange(9).reshape(9, 1), title="W")
    plot_matrix(answers, I.reshape(2, 2), highlighted=[(i, j, 1, 1)], title="outputs I")
    return figure


show_with_sliders(draw_window, window=SliderRange(0, 3, 1, 1))

# %% [markdown]
# Both products equal the library's definition exactly, because all numbers are whole numbers.

# %%
p = conv.Params(W_2d[..., None, None].astype(float), np.zeros(1))
by_definition, _ = conv.forward(X.astype(float), p, valid)
assert np.array_equal(by_definition.ravel(), C_2d @ X.ravel())
assert np.array_equal(by_definition.ravel(), rows.reshape(4, 9) @ W_2d.ravel())

# %% [markdown]
# With several channels, only the sizes change.  A row then holds the $K$ channels of all nine pixels, $9K$ numbers, and
# $W$ becomes a matrix of shape $(9K, L)$.  Several images, or the time steps of a sequence $(B, T, H, W, K)$, only add
# rows.  So **one** matrix product computes a whole layer for all samples, time steps and positions.  Processors are
# fastest at this operation.
#
# The disadvantage is memory: `im2col` stores each pixel once for every window that covers it.

# %%
frames = np.zeros((2, 10, 32, 32, 4))  # B, T, H, W, K
laid_out = im2col(padded(frames, same((3, 3))), (3, 3), (1, 1))
print(laid_out.shape, f"{laid_out.size / frames.size:.0f} times as large")

# %% [markdown]
# ## The gradient with respect to the input
#
# The backward pass receives $\mathrm dI$, the gradient of the loss with respect to each output.  It has to compute
# $\mathrm dX$, the gradient with respect to each pixel.  A pixel influences every window that covers it.  So its gradient is a sum
# over these windows.  Each term is the gradient of the window's output times the weight of the pixel in that window.
#
# The column of a pixel in $C$ contains exactly these weights, one for each window.  So the sum runs over a column,
# which is a product with the transpose: $\mathrm dX = C^\top \mathrm dI$.

# %%
dI = np.array([[2, 0], [0, -1]])
dX = (C_2d.T @ dI.ravel()).reshape(4, 4)

# %% tags=["hide-input"]
figure = Figure(figsize=(7.2, 3.7), layout="constrained")
given, weights, got = figure.subplots(1, 3, width_ratios=(2, 3, 4))
plot_matrix(given, dI, title="dI (given)")
plot_matrix(weights, W_2d, groups=W_2d - 1, title="W")
plot_matrix(got, dX, highlighted=[(0, 0, 3, 3), (1, 1, 3, 3)], title="dX: sum of 2 W and -W")
show(figure)

# %% [markdown]
# The output with gradient 2 adds $2 W$ to the pixels of its window.  The output with
# gradient $-1$ adds $-W$ to those of its own.  Where the two windows overlap, both are added.
#
# ## col2im: the gradient without the matrix
#
# Without $C$, the gradient takes two steps.
#
# 1. The product $I = \text{rows}\cdot W$ has the gradient of any matrix product:
#    $\mathrm d\text{rows} = \mathrm dI\, W^\top$.
# 2. Each entry of a row is a copy of a pixel, so its gradient is added to that pixel.  This step is `col2im`.

# %%
drows = dI.reshape(2, 2, 1) * W_2d.reshape(9)  # dI W^T
assert np.array_equal(col2im(drows, (4, 4, 1), (3, 3), (1, 1))[..., 0], dX)

# %% [markdown]
# `im2col` is linear too.  Its matrix $S$ contains zeros and ones, with one 1 in each row.
# `col2im` has the matrix $S^\top$.  The transpose of a linear map is called its **adjoint**: `col2im` is the adjoint of
# `im2col`.  An image of 3 × 3 pixels with windows of 2 × 2 is small enough to draw both matrices:

# %%
S = np.stack([im2col(one.reshape(3, 3, 1), (2, 2), (1, 1)).ravel() for one in np.eye(9)], axis=1)
S_T = np.stack(
    [col2im(one.reshape(2, 2, 4), (3, 3, 1), (2, 2), (1, 1)).ravel() for one in np.eye(16)], axis=1
)
assert np.array_equal(S_T, S.T)

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 4.4), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(9, 16))
plot_matrix(left, S, groups=np.where(S > 0, np.arange(16)[:, None] // 4, -1), title="S: im2col")
left.set(xlabel="pixel", ylabel="entry of a row (one colour per window)")
plot_matrix(
    right, S_T, groups=np.where(S_T > 0, np.arange(16) // 4, -1), title="its transpose: col2im"
)
right.set(xlabel="entry of a row", ylabel="pixel")
show(figure)

# %% [markdown]
# ## How to test an adjoint
#
# You can test whether one function is the adjoint of another without their matrices.  Let $\langle a, b \rangle$ be the
# inner product, the sum of all products of corresponding entries.  Then
#
# $$\langle S x,\, g \rangle = x^\top S^\top g = \langle x,\, S^\top g \rangle
# \qquad\text{so}\qquad \langle \mathrm{im2col}(x),\, g \rangle = \langle x,\, \mathrm{col2im}(g) \rangle$$
#
# for **every** $x$ and **every** $g$.  If a single index is wrong, the two sides almost always differ for random $x$ and $g$.  With
# whole numbers there is no rounding.  So the two sides must be equal, not only close.

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
print("equal in 200 random cases; the last case:", there, "=", back)

# %% [markdown]
# **The adjoint is not the inverse.**  `col2im` after `im2col` does not return the image.  It returns each pixel
# multiplied by the number of windows that cover it.

# %%
ones = np.ones((6, 6, 1), int)
seen = col2im(im2col(ones, (3, 3), (1, 1)), ones.shape, (3, 3), (1, 1))[..., 0]

# %% tags=["hide-input"]
figure = Figure(figsize=(3.6, 3.4), layout="constrained")
plot_matrix(figure.subplots(), seen, groups=seen - 1, title="windows that cover each pixel")
show(figure)

# %% [markdown]
# ## The two gradients of a convolution layer
#
# With the rows $P = \mathrm{im2col}(X)$, the layer is $I = P W + b$.  Its gradients are
#
# $$\mathrm dW = P^\top \mathrm dI, \qquad \mathrm db = \textstyle\sum \mathrm dI, \qquad \mathrm dX = \mathrm{col2im}(\mathrm dI\, W^\top).$$
#
# The sum and the product $P^\top \mathrm dI$ run over all windows, all time steps and all samples, because all of these
# share the weights.  In code, for $K$ input and $L$ output channels:


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
# We compare these gradients with the library's.  The library's definition uses no rows; it loops over the nine pixels
# of the window.  The test has $(B, T)$ = (2, 3), images of 8 × 7 pixels, two input channels and four output channels.

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
# A second check uses finite differences instead of a formula.  The loss $\langle \mathrm dI, I \rangle$ has the
# gradient $\mathrm dI$ in $I$.  It is linear in each single weight and in each single pixel.  So a finite difference is
# exact for **any** step size.  With the step 1, all numbers stay whole.


# %%
def projected(X, p):
    return (dI * conv.forward(X, p, grid)[0]).sum()


for _ in range(20):
    place = tuple(rng.integers(p.W.shape))
    bumped = p.W.copy()
    bumped[place] += 1
    assert projected(X, p._replace(W=bumped)) - projected(X, p) == dW[place]
    pixel = tuple(rng.integers(X.shape))
    bumped = X.copy()
    bumped[pixel] += 1
    assert projected(bumped, p) - projected(X, p) == dX[pixel]

# %% [markdown]
# (For a spiking neuron, finite differences are not exact.  Notebook 4 explains why.)
#
# ## Stride and padding
#
# The *stride* is the distance between neighbouring windows.  *Padding* adds zeros around the image, so that windows can
# also be placed at its border.  On an axis of $n$ pixels, with a window of $k$ pixels, a stride $s$ and $p$ zeros at
# each end, the number of windows is
#
# $$\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1 .$$
#
# The left panel shows the padded image.  Zeros from the padding are grey, the first pixel of each window has a frame,
# and the numbers count the windows that cover each pixel.  The right panel shows the outputs, one for each window.  Try
# the following:
#
# - $k = 3$, $s = 1$: which padding keeps the size of the image?  And for $k = 5$?
# - $k = 3$, $s = 2$, $p = 0$ on seven pixels, then on eight: which pixels are in no window?
# - $s$ larger than $k$: which pixels are in no window?  What is their gradient?


# %% tags=["hide-input"]
def draw_windows(n, k, s, p):
    n, k, s, p = int(n), int(k), int(s), int(p)
    size = n + 2 * p
    (out,) = out_size((size,), (k,), (s,))
    figure = Figure(figsize=(7.4, 4.3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    if out < 1:
        figure.suptitle("no window fits")
        return figure
    rows = im2col(np.ones((size, size, 1), int), (k, k), (s, s))
    seen = col2im(rows, (size, size, 1), (k, k), (s, s))[..., 0]
    corners = [(s * i, s * j, 1, 1) for i in range(out) for j in range(out)]
    plot_matrix(left, seen, highlighted=corners, title=f"{n} x {n} pixels, padding {p}")
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
# In the backward pass, padding is simple: `cropped` removes the gradients of the added zeros.  These zeros are
# constants, so nothing needs their gradients.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - A convolution is linear, so it has a matrix.  The matrix is sparse and has the same weights in every row.
# - `im2col` copies each window into a row.  One product $P W$ then computes all windows, time steps and samples.
# - The gradient of a copy is a sum: `col2im` is the adjoint of `im2col`, not its inverse.
# - An adjoint is correct if $\langle \mathrm{im2col}(x), g \rangle = \langle x, \mathrm{col2im}(g) \rangle$ for all $x$
#   and $g$.  With whole numbers this test needs no tolerance.
# - $\mathrm dW = P^\top \mathrm dI$ sums over everything that shares the weights;
#   $\mathrm dX = \mathrm{col2im}(\mathrm dI\,W^\top)$.
#
# </div>
#
# ## Quiz
#
# **1.**  What does `im2col` copy?
#
# - **a**  each weight into every position of a large matrix
# - **b**  each window of the image into a row
# - **c**  each channel into a column
#
# **2.**  What does `col2im` after `im2col` return, with windows of 3 × 3 and stride 1?
#
# - **a**  the image
# - **b**  each pixel times the number of windows that cover it
# - **c**  the gradient of the weights
#
# **3.**  An image has 9 × 9 pixels.  A layer has windows of 3 × 3, stride 2 and no padding.  How many outputs does each
# output channel have?
#
# - **a**  9
# - **b**  49
# - **c**  16

# %% tags=["solution"]
# answers: a string of three letters.
answers = "bbc"

# 1: So one matrix product computes all windows.
# 2: It is the adjoint, not the inverse.
# 3: (9 - 3) / 2 + 1 = 4 windows on each axis.

# %% tags=["check"]
mark_quiz(
    "answers",
    "f04c36 b3c553 fdb38e c3e324",
    "im2col: the image as a matrix",
    "How to test an adjoint",
    "Stride and padding",
)

# %% [markdown]
# ## Exercises
#
# **1.**  Write `im2col` for images $(H, W, K)$ and a square window.  Use two loops over the positions of the window.


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
@check("rows_of")
def _():
    for k, s in ((3, 1), (3, 2), (2, 3), (1, 1)):
        X = rng.integers(-9, 10, (7, 8, 2))
        expected = im2col(X, (k, k), (s, s))
        parts = expected.reshape(*expected.shape[:2], k, k, 2)
        wrong = {"in a row the channel changes fastest": parts.transpose(0, 1, 4, 2, 3)}
        wrong |= {"in a row the column changes before the row": parts.swapaxes(2, 3)}
        down, across = expected.shape[:2]
        wrong |= {"the stride is missing": im2col(X, (k, k), (1, 1))[:down, :across]}
        wrong = {
            text: a.reshape(expected.shape) for text, a in wrong.items() if a.size == expected.size
        }
        compare(f"k = {k}, s = {s}: the rows", rows_of(X, k, s), expected, wrong)


# %% [markdown]
# **2.**  Write the adjoint of the function of exercise 1.  (Where the first function reads a window, this one adds to
# it.)


# %% tags=["solution"]
# def image_of(G, shape, k, s) -> array of the given shape (H, W, K)
def image_of(G, shape, k, s):
    X = np.zeros(shape, G.dtype)
    for i in range(G.shape[0]):
        for j in range(G.shape[1]):
            X[s * i : s * i + k, s * j : s * j + k] += G[i, j].reshape(k, k, -1)
    return X


# %% tags=["check"]
@check("image_of")
def _():
    for k, s in ((3, 1), (3, 2), (2, 3), (1, 1)):
        X = rng.integers(-9, 10, (7, 8, 2))
        covered = im2col(np.ones_like(X), (k, k), (s, s))
        count = col2im(covered, X.shape, (k, k), (s, s))
        G = rng.integers(-9, 10, covered.shape)
        right, mine = col2im(G, X.shape, (k, k), (s, s)), image_of(G, X.shape, k, s)
        at = f"k = {k}, s = {s}: the image"
        if np.shape(mine) == X.shape:
            once = (np.asarray(mine) == right)[count <= 1].all()
            assert not once or np.array_equal(mine, right) or count.max() < 2, (
                f"{at}: only pixels that several windows cover are wrong; their gradients add up"
            )
        compare(at, mine, right, {"it is the mean over the windows": right / np.maximum(count, 1)})


# %% [markdown]
# ## Your convolution trains
#
# A small network has to tell four kinds of lines apart, in noisy images of 9 × 9 pixels.  It has two convolution layers with
# windows of 3 × 3, and a ReLU between them.  Its output is the mean over all positions.  Both layers use *your* `rows_of`, and
# the backward pass of the second one uses your `image_of`.

# %%
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))  # steps down and across, for each kind of line


def lines(rng, B):
    """Images (B, 9, 9, 1) with a line of five pixels and noise, and the kind of each line."""
    X, y = rng.normal(0, 0.25, (B, 9, 9, 1)), rng.integers(0, 4, B)
    for image, (down, across) in zip(X, np.array(DIRECTIONS)[y], strict=True):
        i, j = rng.integers(2, 7, 2)
        for step in range(-2, 3):
            image[i + step * down, j + step * across, 0] += 1
    return X, y


def layer(X, W):
    """The outputs of a convolution, and its rows."""
    P = np.stack([rows_of(image, 3, 1) for image in X])
    return P @ W, P


def layer_backward(dI, P, W, shape):
    """Gradients with respect to the images, which have the given shape, and the weights."""
    dX = np.stack([image_of(G, shape, 3, 1) for G in dI @ W.T])
    return dX, P.reshape(-1, len(W)).T @ dI.reshape(-1, W.shape[1])


def network(weights, X):
    I, P = layer(X, weights["first"])
    I_2, P_2 = layer(np.maximum(I, 0), weights["second"])
    return I_2.mean(axis=(1, 2)), (I, P, P_2)


def network_backward(dZ, weights, tape, X):
    I, P, P_2 = tape
    positions = P_2.shape[1:3]
    dI_2 = np.tile(dZ[:, None, None] / np.prod(positions), (1, *positions, 1))
    dA, second = layer_backward(dI_2, P_2, weights["second"], I.shape[1:])
    _, first = layer_backward(dA * (I > 0), P, weights["first"], X.shape[1:])
    return {"first": first, "second": second}


# %% [markdown]
# The next cell trains for 150 updates and prints the accuracy on 300 other images.  A guess is right in 25 % of the cases.

# %% tags=["check"]
trained = {}


@check("rows_of", "image_of")
def _():
    rng, adam = np.random.default_rng(0), Adam(0.02)
    weights = {"first": 0.3 * rng.normal(size=(9, 6)), "second": 0.3 * rng.normal(size=(54, 4))}
    state, (X_test, y_test) = adam.initial_state(weights), lines(np.random.default_rng(9), 300)
    for update in range(151):
        if update % 50 == 0:
            right = network(weights, X_test)[0].argmax(axis=1) == y_test
            trained[update] = weights["first"]
            print(f"update {update:3}: accuracy {right.mean():.0%}")
        X, y = lines(rng, 32)
        Z, tape = network(weights, X)
        dZ = loss.backward(np.ones(()), loss.forward(Z, y)[1])
        grads = network_backward(dZ, weights, tape, X)
        weights, state = adam.step(weights, grads, state)
    assert right.mean() > 0.8, "the network did not learn to tell the lines apart"


# %% tags=["hide-input"]
def draw_lines():
    """An image of each kind above, the six windows of the first layer below."""
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    above, below = figure.subfigures(2, 1)
    X, y = lines(np.random.default_rng(4), 40)
    for kind, panel in enumerate(above.subplots(1, 4)):
        panel.imshow(X[y == kind][0, ..., 0], cmap="gray", vmin=-0.7, vmax=1.3)
        panel.set(xticks=[], yticks=[], xlabel=f"kind {kind}")
    for panel, W in zip(below.subplots(1, 6), trained[150].T, strict=True):
        plot_matrix(panel, W.reshape(3, 3).round(1))
    above.suptitle("one image of each kind")
    below.suptitle("weights of the first layer after training")
    return figure


show(draw_lines()) if 150 in trained else None

# %% [markdown]
# Some of the learned windows have a line of large weights in one of the four directions.
#
# ## More exercises
#
# **3.**  A line has $n$ pixels.  How many windows of $k$ pixels, with stride 1 and without padding, cover pixel $i$
# (counted from 0)?  Write a formula, without a loop over windows.  (A window that begins at $a$ covers $i$ if
# $a \le i < a + k$.  The window must also lie inside the line.)


# %% tags=["solution"]
# def seen_by(i, n, k) -> number of windows


# a goes from max(0, i - k + 1) to min(i, n - k), both included.
def seen_by(i, n, k):
    return min(i, n - k) - max(0, i - k + 1) + 1


# %% tags=["check"]
@check("seen_by")
def _():
    for n in range(1, 12):
        for k in range(1, n + 1):
            expected = matrix_of(np.ones(k), (n,), grid_1d).sum(axis=0)
            left, right = np.minimum(np.arange(n) + 1, k), np.minimum(n - np.arange(n), k)
            wrong = {
                "the window must lie inside the line": np.full(n, k),
                "both ends count": expected - 1,
            }
            wrong |= {"a window may not end behind the line": left, "nor begin before it": right}
            found = [seen_by(i, n, k) for i in range(n)]
            compare(f"n = {n}, k = {k}: the windows of each pixel", found, expected, wrong)


# %% [markdown]
# **4.**  With stride 1, the gradient $\mathrm dX$ is itself a convolution of $\mathrm dI$, with other weights and
# another padding.  Find both, for a window of 3 × 3 and a padding of one zero.  Use only `conv.forward`.  (Look at the
# figure of $\mathrm dX$ above.  Which weight does a pixel have in the window to its upper left?  And which axis of $W$
# holds the input channels of the new convolution?)


# %% tags=["solution"]
# def dX_by_convolution(dI, W) -> gradient in X, shape (..., H, W, K); W has shape (3, 3, K, L)


# The window to the upper left multiplies the pixel by its last weight: the kernel is rotated by
# 180 degrees.  Its input and output channels change places.
def dX_by_convolution(dI, W):
    turned = W[::-1, ::-1].swapaxes(2, 3)
    answer, _ = conv.forward(dI, conv.Params(turned, np.zeros(())), Grid((1, 1), same((3, 3))))
    return answer


# %% tags=["check"]
@check("dX_by_convolution")
def _():
    one_around = Grid(stride=(1, 1), pad=((1, 1), (1, 1)))
    X = rng.integers(-5, 6, (2, 6, 5, 4)).astype(float)
    W = rng.integers(-5, 6, (3, 3, 4, 4)).astype(float)
    I, tape = conv.forward(X, conv.Params(W, np.zeros(4)), one_around)
    dI = rng.integers(-5, 6, I.shape).astype(float)
    ways = {
        "the weights must be turned by 180 degrees": W.swapaxes(2, 3),
        "input and output channels change places": W[::-1, ::-1],
        "rows and columns are both reversed": W[::-1].swapaxes(2, 3),
    }
    wrong = {
        t: conv.forward(dI, conv.Params(w, np.zeros(())), one_around)[0] for t, w in ways.items()
    }
    compare("dX", dX_by_convolution(dI, W), conv.backward(dI, tape, one_around)[0], wrong)
