/* Connects the controls of a page to its figure.

   live.figures has a function for each figure: from the values of the controls, and the constants
   of the figure, to the columns of each data source and a sentence about them. */
"use strict";

const live = { figures: {} };

live.start = async (root) => {
  const setup = JSON.parse(root.querySelector("script").textContent);
  const form = root.querySelector("form");
  const controls = [...form.elements].filter((control) => control.name);
  root.classList.add("live-started"); // the panels have a width from here on
  const panels = [...root.querySelectorAll(".live-panel")];
  for (const [index, panel] of panels.entries()) {
    await Bokeh.embed.embed_item(setup.panels[index], panel);
  }
  const documents = Bokeh.documents.slice(-panels.length);

  const valueOf = (control) => (control.type === "range" ? control.valueAsNumber : control.value);
  const update = () => {
    const values = Object.fromEntries(controls.map((one) => [one.name, valueOf(one)]));
    const { sources, summary } = live.figures[root.dataset.figure](values, setup.constants);
    for (const [name, columns] of Object.entries(sources)) {
      for (const one of documents) {
        const source = one.get_model_by_name(name);
        if (source) source.data = columns;
      }
    }
    for (const control of controls.filter((one) => one.type === "range")) {
      const shown = Number(control.value).toFixed(control.step === "1" ? 0 : 2);
      control.parentElement.querySelector("output").textContent = shown.replace("-", MINUS);
    }
    root.querySelector(".live-summary").textContent = summary;
    const columns = setup.table.map((name) => sources.steps[name]);
    root.querySelector("tbody").innerHTML = columns[0].map((_, t) => row(columns, t)).join("");
  };

  // A preset, Reset too, starts from the values at first.
  for (const button of form.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      form.reset();
      for (const [name, value] of Object.entries(setup.presets[button.textContent])) {
        form.elements[name].value = value;
      }
      update();
    });
  }
  form.addEventListener("input", update);
  // Text and grid have the colours of the theme, see live.css: a new theme needs a new drawing.
  const redraw = () => {
    for (const one of documents) for (const model of one.all_models) model.change.emit();
  };
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  redraw();
  form.reset(); // a browser may have kept the values of an earlier visit
  update();
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
