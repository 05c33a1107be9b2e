/* Connects the controls of a page to its figure.

   live.figures has a function for each figure: from the values of the controls, and the constants
   of the figure, to the columns of each data source and a sentence; if unfinished, called again. */
"use strict";

const live = { figures: {} };
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches; // one drawing a second

live.start = async (root) => {
  const setup = JSON.parse(root.querySelector("script").textContent);
  const form = root.querySelector("form");
  const controls = [...form.elements].filter((control) => control.name);
  root.classList.add("live-started"); // the panels have a width from here on
  for (const [index, panel] of root.querySelectorAll(".live-panel").entries()) {
    await Bokeh.embed.embed_item(setup.panels[index], panel);
  }
  let next;
  const update = () => {
    cancelAnimationFrame(next);
    const values = Object.fromEntries(controls.map((c) => [c.name, c.valueAsNumber ?? c.value]));
    const figure = live.figures[root.dataset.figure](values, setup.constants);
    for (const control of controls.filter((one) => one.type === "range")) {
      const shown = Number(control.value).toFixed(control.step === "1" ? 0 : 2);
      control.parentElement.querySelector("output").textContent = shown.replace("-", MINUS);
    }
    root.querySelector(".live-link").href = `#${new URLSearchParams(values)}`;
    root.ariaBusy = Boolean(figure.unfinished);
    if (figure.unfinished) next = requestAnimationFrame(update);
    if (figure.unfinished && calm) return;
    for (const [name, columns] of Object.entries(figure.sources)) {
      const drawn = Bokeh.documents.map((one) => one.get_model_by_name(name)).filter(Boolean);
      for (const source of drawn) source.data = columns;
    }
    root.querySelector(".live-summary").textContent = figure.summary;
    const columns = setup.table.map((name) => figure.sources.steps[name]);
    root.querySelector("tbody").innerHTML = columns[0].map((_, t) => row(columns, t)).join("");
  };

  // Set controls; the others get the values at first, even if a browser kept those of a visit.
  const set = (values) => {
    form.reset();
    for (const control of controls.filter((one) => one.name in values)) {
      control.value = values[control.name];
      if (control.value === "") control.selectedIndex = 0; // a link to a choice that is not there
    }
    update();
  };
  const open = () => set(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  for (const button of form.querySelectorAll(".live-presets button")) {
    button.addEventListener("click", () => set(setup.presets[button.textContent]));
  }
  form.addEventListener("input", update);
  addEventListener("hashchange", open);
  // Text and grid have the colours of the theme, see live.css: a new theme needs a new drawing.
  const redraw = () => {
    for (const one of Bokeh.documents) for (const model of one.all_models) model.change.emit();
  };
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  redraw();
  open();
  if (form.elements.steps) play(root, form.elements.steps, update);
};

// Start, Pause and Step move a slider.
const play = (root, slider, update) => {
  const [start, step] = root.querySelectorAll(".live-run button");
  let timer = 0;
  const advance = (steps) => {
    if (root.ariaBusy !== "true") slider.stepUp(steps);
    if (timer && slider.value === slider.max) toggle();
    update();
  };
  const toggle = () => {
    clearInterval(timer);
    if (!timer && slider.value === slider.max) slider.value = 0;
    timer = timer ? 0 : setInterval(advance, calm ? 1000 : 50, calm ? 40 : 2);
    start.textContent = timer ? "Pause" : "Start";
    root.querySelector(".live-summary").ariaLive = timer ? "off" : "polite";
  };
  start.addEventListener("click", toggle);
  step.addEventListener("click", () => advance(1));
};

const MINUS = "\u2212";

const number = (value) => {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 0.0005 ? value.toExponential(0) : value.toFixed(3);
};

const row = (columns, t) => {
  const cells = columns.map((values) => `<td>${number(values[t]).replaceAll("-", MINUS)}</td>`);
  return `<tr>${cells.join("")}</tr>`;
};
