// Starts reveal.js.  What does not fit on a slide continues on the next; a figure fills the room that the text leaves;
// a slide with too much on it is drawn smaller.
const WIDTH = 1280, HEIGHT = 720, TITLE = 60, FIGURE = 420, SMALLEST_FIGURE = 280, LARGEST_ENLARGEMENT = 1.6;
const NEARLY_EMPTY = 160, CROWDED = 800;

// Divides a slide.  A text stays with the code or figure below it, and with the list that it announces.
function splitSlide(slide) {
  const cells = [...slide.children].filter((node) => node.nodeName !== "ASIDE");
  slide.querySelectorAll("img").forEach((image) => (image.style.height = `${FIGURE}px`));
  const boxes = cells.map((cell) => cell.getBoundingClientRect());
  const title = cells[0].querySelector("h1, h2, h3, p"), pages = [slide];
  let top = boxes[0].top;
  for (let k = 2; k < cells.length; k += 1) {
    const used = boxes[k].top - top, after = boxes[k + 1];
    const announces = after && cells[k].matches(".jp-MarkdownCell") &&
      (cells[k + 1].matches(".jp-CodeCell") || cells[k].textContent.trim().endsWith(":"));
    const bottom = announces && after.bottom - boxes[k].top <= HEIGHT - TITLE ? after.bottom : boxes[k].bottom;
    const isLast = k === cells.length - 1 && boxes[k].height < NEARLY_EMPTY;
    if (bottom - top > (used < NEARLY_EMPTY || isLast ? CROWDED : HEIGHT)) {
      const page = document.createElement("section"), heading = document.createElement("p");
      heading.className = "continued";
      heading.append(...title.cloneNode(true).childNodes);
      page.append(heading);
      pages.at(-1).after(page);
      pages.push(page);
      top = boxes[k].top - TITLE;
    }
    if (pages.length > 1) pages.at(-1).append(cells[k]);
  }
  return pages;
}

function fitSlide(slide) {
  const body = document.createElement("div");
  body.className = "slide-body";
  body.append(...[...slide.childNodes].filter((node) => node.nodeName !== "ASIDE"));
  slide.prepend(body);
  const figures = [...body.querySelectorAll("img")];
  figures.forEach((figure) => (figure.style.height = "0"));
  const room = (HEIGHT - slide.scrollHeight) / figures.length - 12;
  figures.forEach((figure) => {
    const natural = figure.naturalHeight || SMALLEST_FIGURE;
    const height = Math.min(Math.max(room, SMALLEST_FIGURE), natural * LARGEST_ENLARGEMENT);
    figure.style.height = `${height}px`;
  });
  let scale = 1;
  while (scale > 0.3 && (slide.scrollHeight > HEIGHT || body.scrollWidth > body.clientWidth)) {
    scale -= 0.02;
    body.style.zoom = scale;
  }
  return scale;
}

async function fitSlides() {
  await MathJax.startup.promise;
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  document.body.classList.add("measuring");
  const scales = [...document.querySelectorAll(".slides > section > section")].flatMap(splitSlide).map(fitSlide);
  document.body.classList.remove("measuring");
  return scales;
}

const slidesReady = fitSlides().then(async (scales) => {
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0.05, center: false, hash: true, transition: "none",
    slideNumber: "c/t", controlsLayout: "edges", plugins: [RevealNotes],
  });
  return scales;
});
