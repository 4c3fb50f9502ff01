// What the pages do by themselves; without it they are complete, only less handy.
"use strict";

// Figures say how tall they are.
addEventListener("message", (event) => {
  const height = Number(event.data?.figureHeight);
  if (!(height > 0 && height < 5000)) return;
  for (const frame of document.querySelectorAll("iframe.figure")) {
    if (frame.contentWindow === event.source) frame.style.height = `${Math.ceil(height)}px`;
  }
});

// What is wider than the screen scrolls sideways: by keyboard too.
function makeReachable() {
  const all = [...document.querySelectorAll("pre, .table-wrapper, .formula, .picture")];
  const wide = new Set(all.filter((each) => each.scrollWidth > each.clientWidth));
  for (const each of all) {
    if (wide.has(each)) each.tabIndex = 0;
    else each.removeAttribute("tabindex");
  }
}
makeReachable();
addEventListener("resize", makeReachable);
document.addEventListener("toggle", makeReachable, true);

// One button for all pictures and printouts of a page.
const shown = [...document.querySelectorAll("details.shown")];
const place = document.querySelector(".taken-along");
if (shown.length && place) {
  const button = document.createElement("button");
  button.type = "button";
  const tell = () => {
    const all = shown.every((each) => each.open);
    button.textContent = all ? "Fold what cells show" : "Open what cells show";
  };
  button.addEventListener("click", () => {
    const all = shown.every((each) => each.open);
    for (const each of shown) each.open = !all;
    tell();
  });
  document.addEventListener("toggle", tell, true);
  tell();
  place.append(button);
}

// On paper nothing can be opened.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
