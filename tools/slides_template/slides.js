// Starts reveal.js.  Figures fill the room that the text leaves; a slide with too much on it is drawn smaller.
const WIDTH = 1280, HEIGHT = 720, SMALLEST_FIGURE = 280, LARGEST_ENLARGEMENT = 1.6;

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
  const scales = [...document.querySelectorAll(".slides > section > section")].map(fitSlide);
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
