# %% [markdown]
# # 8 · bAbI: what a question-answering network learns
#
# In this notebook you train the paper's question-answering network and find out which rule it has learned.
#
# Five networks answer questions about short stories.  They differ in one layer only: RNN, LSTM, GRU, LIF or LIAF.  The
# paper's Table III lists their accuracy on twenty tasks.  Here you train each network on three tasks in less than a
# minute and build the same kind of table.  Then you test **which rule produces the answers**.
#
# The main result: in task QA1 all five networks score far above the majority baseline of about 15 %.  But they almost
# ignore the question and mostly name the last place in the story.
#
# You should know notebook 1 for the neurons and notebook 7 for the other layers.

# %% tags=["setup"]
import numpy as np
from matplotlib.figure import Figure

import liaf_ref as lr
from liaf_ref.data import split_validation
from liaf_ref.data.babi import build_task, generate_text, parse_stories
from liaf_ref.exercises import check, mark_quiz
from liaf_ref.kernels import loss
from liaf_ref.networks import BabiNetwork
from liaf_ref.plotting import palette, show

CELLS = ("liaf", "lif", "rnn", "lstm", "gru")
COLOURS = {cell: palette.CELL_COLORS[cell] for cell in CELLS}

# %% [markdown]
# ## The stories
#
# bAbI (Weston et al. 2015) is a set of twenty kinds of short stories.  Each kind tests one skill.  The published text
# is not part of this package.  The library generates stories of the same form with other names and places.  A question
# of task 1 can be answered from a single sentence:

# %%
text = generate_text(1, seed=0)  # training and test text
questions = parse_stories(text[1], "test")


def text_of(question):
    """Return the sentences before a question, and the question, as text."""
    sentences = [" ".join(s).replace(" .", ".") for s in question.story]
    return "\n".join([*sentences, " ".join(question.query).replace(" ?", "?")])


print(text_of(questions[2]), "->", questions[2].answer)

# %% [markdown]
# Every word becomes a number, and all sentences of a story form one row of numbers.  Zeros *on the left* give all rows
# the same length.

# %%
task = build_task(1, *text)
words = ("_", *task.vocab)
print(f"{len(words)} words, stories of {task.T} tokens, {len(questions)} test questions")
print(task.test.story[2][-16:])
print([words[n] for n in task.test.story[2][-16:]])

# %% [markdown]
# ## The network
#
# The network of the paper's Fig. 5 has two branches of the same structure, for the story and for the question.
#
# 1. Each token becomes a vector of 50 numbers (an *embedding*, which is trained).
# 2. The vectors enter the temporal layer of 100 units, one token at each time step.
# 3. The states of both layers **after the last token** are concatenated.
# 4. One dense layer computes from them a logit for each word of the vocabulary.  The answer is the word with the
#    largest logit.

# %%
for cell in CELLS:
    print(f"{cell.upper():5} {BabiNetwork(len(words), cell).count_params():8,} parameters")

# %% [markdown]
# (The paper's Table IV has 1.7e4 for LIAF and LIF, 3.6e4 for RNN, 1.2e5 for LSTM and 9.7e4 for GRU.)
#
# ## Fifteen trainings
#
# Task 1 asks *where is somebody*.  Task 4 asks *what is west of what*, so the order of the words
# matters.  Task 17 asks *yes-or-no* questions about positions.
#
# The paper trains for 60 epochs with a learning rate of 0.001.  To save time, we use 2 to 8 epochs, a learning rate of
# 0.005 and one seed.  `lr.train` is one call: it trains, scores the validation set after each epoch, and returns the
# parameters of the best epoch.  The validation set is one tenth of the training stories.  The test set is used once, at
# the end.


# %%
def part(task, index):
    """Return some training questions of a task: inputs and labels."""
    some = task.train
    return (some.story[index], some.query[index]), some.labels[index]


def split(task):
    learn, held = split_validation(task.train.story_index, 0.1, rng=0, unit="stories")
    return part(task, learn), part(task, held)


def train(task, epochs):
    """Train the five networks on a task."""
    learn, held = split(task)
    return {
        cell: lr.train(
            BabiNetwork(task.vocab_size, cell),
            learn,
            validation=held,
            epochs=epochs,
            optimizer=lr.Adam(0.005),
        )
        for cell in CELLS
    }


runs_1 = train(task, epochs=5)
print(runs_1["liaf"])

# %%
task_4 = build_task(4, *generate_text(4, seed=0))
runs_4 = train(task_4, epochs=8)

# %%
task_17 = build_task(17, *generate_text(17, seed=0))
runs_17 = train(task_17, epochs=2)

# %% [markdown]
# ## The accuracy table
#
# Test accuracy in percent:


# %%
def test_accuracy(task, runs, cell):
    return lr.evaluate(BabiNetwork(task.vocab_size, cell), runs[cell], task.test).accuracy


def majority_accuracy(task):
    return (task.test.labels == np.bincount(task.train.labels.astype(int)).argmax()).mean()


print("      " + "".join(f"{cell.upper():>7}" for cell in CELLS) + "   majority")
for each, runs in ((task, runs_1), (task_4, runs_4), (task_17, runs_17)):
    row = [100 * test_accuracy(each, runs, cell) for cell in CELLS]
    print(f"QA{each.number:<4}" + "".join(f"{x:7.1f}" for x in row), end="")
    print(f"{100 * majority_accuracy(each):11.1f}")

# %% [markdown]
# The last column is the majority baseline: always give the most common answer of the training set.  The paper's table
# lacks it, but every such table should have it.
#
# - **QA17**: all five networks equal the majority baseline, within the uncertainty below.  An accuracy of 50 % is no
#   success here: a coin flip scores the same.  Table III has 48.0 to 51.6 %, on the published text.
# - **QA1**: all five networks are far above the majority baseline of 15 %, between 47 and 57 %.  Table III has 46.8 to
#   52.7 %.
# - **QA4**: the networks differ.
#
# Is a difference of two points significant?  The test set is a random sample.  On $n$ questions, an accuracy $p$ has a
# 95 % confidence interval of $\pm 1.96 \sqrt{p (1 - p) / n}$:

# %%
n = len(task.test)
print(f"{n} questions, accuracy 50 %: +- {100 * 1.96 * np.sqrt(0.5 * 0.5 / n):.1f} points")

# %% [markdown]
# Another random seed of the network adds further variation.  So one run with one seed cannot rank five networks.
#
# ## What do the networks answer in QA1?
#
# The networks answer only about half of the questions correctly, although one sentence is enough for each.  A
# hypothesis: they name **the place that was mentioned last**, no matter who the question is about.

# %%
places = {q.answer for q in questions}


def last_place(question):
    tokens = [token for sentence in question.story for token in sentence]
    return [token for token in tokens if token in places][-1]


rule = np.array([last_place(q) for q in questions])
truth = np.array([q.answer for q in questions])
print(f"accuracy of this rule: {100 * (rule == truth).mean():.1f} %")

# %% [markdown]
# This rule ignores the question and still scores as much as the networks.  Do the networks follow it?
# `BabiNetwork.forward` returns the logits; the word with the largest logit is the answer.


# %%
def logits_of(cell, runs, task, story=None, query=None):
    story = task.test.story if story is None else story
    query = task.test.query if query is None else query
    logits, _ = BabiNetwork(task.vocab_size, cell).forward(runs[cell].params, story, query)
    return logits


given = {cell: np.array(words)[logits_of(cell, runs_1, task).argmax(-1)] for cell in CELLS}
hard = rule != truth
shares = {
    "names the\nlast place": [(given[cell] == rule).mean() for cell in CELLS],
    "right where the\nrule is right": [(given[cell] == truth)[~hard].mean() for cell in CELLS],
    "right where the\nrule is wrong": [(given[cell] == truth)[hard].mean() for cell in CELLS],
}
for name, row in shares.items():
    print(f"{name.replace(chr(10), ' '):30}" + "".join(f"{100 * share:6.0f} %" for share in row))

(stories, _), labels = split(task)[1]  # the validation set
numbers = [words.index(place) for place in places]
last = [story[np.isin(story, numbers)][-1] for story in stories]
rule_there = (last == labels).mean()
print(f"accuracy of the rule on the validation set: {100 * rule_there:.0f} %")

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 3.8), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(1, 1.45))
for cell, style in zip(CELLS, ("-o", "-s", "-^", "-d", "-v"), strict=True):
    curve = [100 * epoch.val_accuracy for epoch in runs_1[cell].history]
    left.plot(range(1, 6), curve, style, ms=4, color=COLOURS[cell], label=cell.upper())
left.axhline(100 * rule_there, color="0.4", ls="--", lw=1, label="last place")
left.axhline(100 * majority_accuracy(task), color="0.4", ls=":", lw=1, label="majority")
left.set(xticks=range(1, 6), xlabel="epoch", ylabel="validation accuracy in %", ylim=(0, 105))
figure.legend(frameon=False, ncols=7, loc="outside lower center", fontsize=9, columnspacing=1)
for k, row in enumerate(shares.values()):
    for m, (cell, share) in enumerate(zip(CELLS, row, strict=True)):
        right.bar(k + 0.16 * (m - 2), 100 * share, 0.15, color=COLOURS[cell])
right.axhline(100 / len(places), color="0.4", ls="-.", lw=1)
right.text(2.45, 100 / len(places) + 1, "1 of 6 (random)", fontsize=9, ha="right", va="bottom")
right.set(xticks=range(3), xlim=(-0.5, 2.5), ylim=(0, 105), ylabel="test questions in %")
right.set_xticklabels(shares, fontsize=9)
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)
show(figure)

# %% [markdown]
# Left panel: the dashed line is the accuracy of the rule on the validation set, 54 %.  The curves rise to this line and
# stay close to it.  (The LSTM learns more slowly and has not reached it after five epochs.)  On the test set the rule
# scores 56.5 %, and no network scores more.
#
# Right panel:
#
# - The networks name the last place in at least 79 % of the test questions, LIAF and LIF in practically all of them.
# - Where the rule is right, the networks are usually right.
# - Where the rule is wrong, they are right in fewer cases than a random choice among the six places.
#
# So the networks have learned this rule.  More units or gates do not raise their accuracy above it.
#
# If the networks follow the rule, their answer does not depend on the question.  To test this, ask the same questions
# about each of the other people:

# %%
people = sorted({q.query[2] for q in questions})
some = slice(0, 250)  # of the test questions
asked = task.test.query[some].copy()
column = task.Q - 2  # Where is NAME ?
for cell in CELLS:
    named = []
    for name in people:
        asked[:, column] = words.index(name)
        named.append(logits_of(cell, runs_1, task, task.test.story[some], asked).argmax(-1))
    same = np.all(np.array(named) == named[0], axis=0)
    print(
        f"{cell.upper():5} gives the same answer for all people in {100 * same.mean():3.0f} % of the stories"
    )

# %% [markdown]
# The answers hardly depend on the person.  The reason: story and question meet in *one dense layer*, so the logit of
# each word is a sum,
#
# $$\text{logit}_w = s_w(\text{story}) + q_w(\text{question}).$$
#
# If the question asks about Clara instead of Agnes, the logits change by the same amount in **every** story:

# %%
for cell in CELLS:
    pair = []
    for name in people[:2]:
        asked[:, column] = words.index(name)
        pair.append(logits_of(cell, runs_1, task, task.test.story[some], asked))
    moved = pair[1] - pair[0]
    print(
        f"{cell.upper():5} logits change by up to {np.abs(moved).max():.2f};"
        f" between stories, this change differs by at most {np.ptp(moved, axis=0).max():.0e}"
    )

# %% [markdown]
# A sum cannot solve the task, whatever the temporal layer is.  Suppose Clara is in the attic and Agnes is in the cellar
# in one story, and their places are exchanged in a second.  In the first story, the question "Clara?" must favour the
# attic more than the question "Agnes?" does.  In the second story, it must favour the attic less.  But the difference
# between the two questions is the same in both stories.
#
# To find the place of a person, a network needs a *product* of the story and the question.  Attention computes such
# products; this network has no attention.  (Notebook 7 has the same problem with a flag and a value.)  So the first row
# of Table III only shows how closely five layers follow this rule.
#
# ## One story and its answers
#
# In this story the rule is wrong.  The figure shows the probability that each network gives to each of the six places:

# %%
case = int(np.flatnonzero(hard)[1])
print(text_of(questions[case]), "->", truth[case], "   answer of the rule:", rule[case])

# %%
names = sorted(places)
columns = [words.index(place) for place in names]
P = np.empty((len(CELLS), len(names)))
for row, cell in enumerate(CELLS):
    one = slice(case, case + 1)
    z = logits_of(cell, runs_1, task, task.test.story[one], task.test.query[one])
    _, tape = loss.forward(z, task.test.answer[one])  # softmax
    P[row] = tape.P[0, columns]

# %% tags=["hide-input"]
figure = Figure(figsize=(7.4, 2.9), layout="constrained")
axes = figure.subplots()
image = axes.imshow(P, cmap="cividis", vmin=0, vmax=1, aspect="auto")
for (row, column), share in np.ndenumerate(P):
    ink = "black" if share > 0.5 else "white"
    axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=ink)
marks = {truth[case]: "\n(right)", rule[case]: "\n(last place)"}
axes.set_xticks(range(len(names)), [name + marks.get(name, "") for name in names])
axes.set_yticks(range(len(CELLS)), [cell.upper() for cell in CELLS])
axes.set_title("probability of each answer in %")
figure.colorbar(image, ax=axes, label="probability")
axes.set(xlabel="answer", ylabel="network")
show(figure)

# %% [markdown]
# ## What do the networks answer in QA4?
#
# Each story has two sentences and three places.  The question names one of the places, and the answer is one of the
# other two.  A random choice between these two ignores the directions and scores 50 %, three times the majority
# baseline.

# %%
questions_4 = parse_stories(generate_text(4, seed=0)[1], "test")
print(text_of(questions_4[1]), "->", questions_4[1].answer, "\n")
words_4 = ("_", *task_4.vocab)
places_4 = {q.answer for q in questions_4}
others = [
    {token for s in q.story for token in s if token in places_4} - set(q.query) for q in questions_4
]
truth_4 = np.array([q.answer for q in questions_4])
assert all(len(pair) == 2 for pair in others)
for cell in CELLS:
    predicted = np.array(words_4)[logits_of(cell, runs_4, task_4).argmax(-1)]
    among = np.array([a in pair for a, pair in zip(predicted, others, strict=True)])
    print(
        f"{cell.upper():5} names one of the other two places in {100 * among.mean():3.0f} % of the questions;"
        f" {100 * (predicted == truth_4)[among].mean():3.0f} % of these answers are right"
    )

# %% [markdown]
# Here the question matters: 70 to 100 % of the answers are one of the other two places.  And the temporal layers differ
# by more than three points.  LIF is the worst (with this seed).  From LIF, the dense layer receives only zeros and ones.
# In the paper, LIF is also the worst: after 60 epochs LIF has 31.1 % and LIAF 42.8 %.  The paper also trains both for
# 500 epochs with half the learning rate (its fine-tuned condition): then LIF has 72.2 % and LIAF 73.5 %.
#
# <div class="alert alert-info">
#
# **What to remember**
#
# - Always compare an accuracy with the majority baseline and with the best simple rule.
# - In QA1 the networks name the last place and almost ignore the question.
# - They cannot do better: story and question are added, and a sum cannot look up the place of a person.
# - With 1,000 questions, an accuracy near 50 % is uncertain by three points.  The random seed adds to this.
# - Change the input and observe the answer: this shows more than the accuracy.
#
# </div>
#
# ## Quiz
#
# **1.**  A network has a test accuracy of 50 % on a task with two answers, yes and no, that are equally common.  What
# has it learned?
#
# - **a**  half of the questions
# - **b**  at least the rule of the last place
# - **c**  The accuracy does not show that it has learned anything.
#
# **2.**  Why does the answer of these networks hardly depend on the person in the question?
#
# - **a**  The logits are a sum of a score from the story and a score from the question.
# - **b**  The names are not in the vocabulary.
# - **c**  The temporal layer forgets the name before the story ends.
#
# **3.**  The parameters of one epoch are tested.  On which data is this epoch selected?
#
# - **a**  on the test set
# - **b**  on the validation set
# - **c**  on the training set

# %% tags=["solution"]
# answers: three letters
answers = "cab"
# 1c: A random choice scores 50 % too.
# 2a: A name adds the same amount to the logits in every story.  This cannot help, so training keeps it small.
# 3b: The test set is used once, after everything has been chosen.

# %% tags=["check"]
mark_quiz(
    "answers",
    "88e658 e30031 3ea675 1647ea",
    "The accuracy table",
    "What do the networks answer in QA1?",
    "Fifteen trainings",
)

# %% [markdown]
# ## Exercises
#
# **1.**  A few lines of code *can* solve QA1.  Write the rule that is always right, for a question from
# `parse_stories`.  `question.story` is a tuple of sentences, each a tuple of tokens; `question.query` contains the
# tokens of the question.


# %% tags=["solution"]
# def answer(question) -> str


# Take the last sentence that begins with the person.  The token before the full stop is the place.
def answer(question):
    person = question.query[2]
    about = [sentence for sentence in question.story if sentence[0] == person]
    return about[-1][-2]


# %% tags=["check"]
@check("answer")
def _():
    for seed in (0, 1, 2):
        unseen = parse_stories(generate_text(1, seed=seed)[1], "test")
        wrong = [question for question in unseen if answer(question) != question.answer]
        assert not wrong, (
            f"{len(wrong)} wrong answers; the first is {answer(wrong[0])!r}, "
            f"expected {wrong[0].answer!r}, for: {text_of(wrong[0])}"
        )


# %% [markdown]
# **2.**  Write the majority baseline: give the most common answer of the training set (`task.train.answer`, an array of
# numbers) to all test questions (`task.test.answer`).  If two answers are equally common, take the smaller number.


# %% tags=["solution"]
# def majority(task) -> share of the test questions answered right
def majority(task):
    numbers, counts = np.unique(task.train.answer, return_counts=True)
    return (task.test.answer == numbers[counts.argmax()]).mean()


# %% tags=["check"]
@check("majority")
def _():
    for each in (task, task_4, task_17):
        expected, found = majority_accuracy(each), majority(each)
        why = "take the most common answer of the training set, and count it in the test set"
        why = "a share lies between 0 and 1" if found > 1 else why
        assert np.isclose(found, expected), f"QA{each.number}: {found}, expected {expected}; {why}"


# %% [markdown]
# **3.**  In the first row of Table III, LIF has 52.7 % and LIAF has 51.8 %.  The difference is 0.9 points.  How many
# test questions are needed so that its uncertainty, $1.96 \sqrt{2\,p (1 - p) / n}$, is no larger than the difference?
# (The 2 is there because both networks are uncertain.  Take $p = 0.52$.)

# %% tags=["solution"]
# enough: the number of questions, a whole number
enough = int(np.ceil(1.96**2 * 2 * 0.52 * 0.48 / 0.009**2))


# %% tags=["check"]
@check("enough", mistakes={"both accuracies vary, and their variances add": 11838})
def _():
    def uncertainty(n):
        return 1.96 * np.sqrt(2 * 0.52 * 0.48 / n)

    needs = f"with {enough} questions the uncertainty is {100 * uncertainty(enough):.3f} points"
    assert uncertainty(enough) <= 0.009, needs
    assert enough == int(enough), f"{enough} is not a whole number"
    assert uncertainty(enough - 1) > 0.009, f"{needs}: fewer questions are enough"
