// Starts reveal.js.  What does not fit on a slide continues on the next; a figure fills the room that the text leaves;
// a slide with too much on it is drawn smaller, one with little text larger.
const [WIDTH, HEIGHT] = innerWidth < innerHeight ? [720, 1280] : [1280, 720];  // a phone is upright
const TITLE = 60, FIGURE = 420, SMALLEST_FIGURE = 280, LARGEST_ENLARGEMENT = 1.6, LARGEST_TEXT = 1.2;
const NEARLY_EMPTY = 160, CROWDED = HEIGHT + 80;

// Divides a slide.  A text stays with the code or figure below it, and with the list that it announces.
function splitSlide(slide) {
  const [title, ...cells] = [...slide.children].filter((node) => node.nodeName !== "ASIDE");
  slide.querySelectorAll("img").forEach((image) => (image.style.height = `${FIGURE}px`));
  const boxes = new Map([title, ...cells].map((cell) => [cell, cell.getBoundingClientRect()]));
  const pages = [slide];
  let top = boxes.get(title).top;
  cells.forEach((cell, k) => {
    const box = boxes.get(cell), below = cells[k + 1], used = box.top - top;
    const announces = below && cell.matches(".jp-MarkdownCell") &&
      (below.matches(".jp-CodeCell") || cell.textContent.trim().endsWith(":"));
    const together = announces ? boxes.get(below).bottom - box.top : Infinity;
    const end = used + (together <= HEIGHT - TITLE ? together : box.height);
    const isLast = !below && box.height < NEARLY_EMPTY;
    if (k && end > (used < NEARLY_EMPTY || isLast ? CROWDED : HEIGHT)) {
      const page = document.createElement("section"), heading = document.createElement("p");
      heading.className = "continued";
      heading.append(...title.querySelector("h1, h2, h3, p").cloneNode(true).childNodes);
      page.append(heading);
      pages.at(-1).after(page);
      pages.push(page);
      top = box.top - TITLE;
    }
    if (pages.length > 1) pages.at(-1).append(cell);
  });
  return pages;
}

function fitSlide(slide) {
  const body = document.createElement("div");
  body.append(...[...slide.childNodes].filter((node) => node.nodeName !== "ASIDE"));
  slide.prepend(body);
  const figures = [...body.querySelectorAll("img")];
  figures.forEach((figure) => (figure.style.height = "0"));
  const room = (HEIGHT - slide.scrollHeight) / figures.length - 12;
  figures.forEach((figure) => {
    const largest = (figure.naturalHeight || SMALLEST_FIGURE) * LARGEST_ENLARGEMENT;
    figure.style.height = `${Math.min(Math.max(room, SMALLEST_FIGURE), largest)}px`;
  });
  let scale = figures.length ? 1 : LARGEST_TEXT;
  body.style.zoom = scale;
  const isWide = () => [body, ...body.querySelectorAll("pre")].some((box) => box.scrollWidth > box.clientWidth + 1);
  while (scale > 0.3 && (slide.scrollHeight > HEIGHT || isWide())) {
    body.style.zoom = scale -= 0.02;
  }
  return scale;
}

const slidesReady = (async () => {
  await Promise.all([MathJax.startup.promise, document.fonts.ready]);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  document.body.classList.add("measuring");
  document.body.style.setProperty("--width", `${WIDTH}px`);
  const scales = [...document.querySelectorAll(".slides > section > section")].flatMap(splitSlide).map(fitSlide);
  document.body.classList.remove("measuring");
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0.05, center: false, hash: true, transition: "none", navigationMode: "linear",
    slideNumber: "c/t", controlsLayout: "edges", scrollActivationWidth: null, plugins: [RevealNotes],
  });
  return scales;
})();
