// Brings a still picture to life with CircuitsVis wherever this script may run, by itself: in a
// notebook, on an exported page, in an output frame that is cut off from all else.
// The still picture gives way only while the living one stands there, so a failure loses nothing.
(name, component, properties, alt, shelf, packed) => {
  // Hears of a key before JupyterLab does, which takes Enter for the wish to edit the cell.
  const press = (event) => {
    const head = event.target.closest?.(".glasslab-head [role=button]");
    if (!head || event.shiftKey || event.ctrlKey || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    head.click();
  };

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const library = await new Response(plain).text();
    const script = document.createElement("script");
    // In a function: no global names, and no module loader of the page that it would answer to.
    script.textContent =
      `globalThis["${shelf} made"] = ((define, require, module, exports) => {` +
      `${library}\nreturn CircuitsVis;})();`;
    document.head.append(script);
    script.remove();
    addEventListener("keydown", press, true);
    return globalThis[`${shelf} made`];
  };

  const dress = (stage) => {
    // The library names its parts by headings, which would break into the page's own outline.
    for (const heading of stage.querySelectorAll("h2, h3, h4")) {
      heading.setAttribute("role", "presentation");
    }
    for (const canvas of stage.querySelectorAll("canvas")) {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", alt);
    }
    // One small picture a head, to point at or to click: by keyboard too.
    for (const label of stage.querySelectorAll("h4")) {
      const head = label.parentElement.parentElement;
      head.parentElement.classList.add("glasslab-head");
      head.tabIndex = 0;
      head.setAttribute("role", "button");
      head.setAttribute("aria-label", `Show ${label.textContent}`);
    }
  };

  const wake = async (figure) => {
    try {
      const library = await (globalThis[shelf] ??= unpack());
      // A notebook takes cells that are out of sight off the page.
      if (!figure.isConnected) return eye.observe(figure);
      const stage = document.createElement("div");
      stage.className = "glasslab-stage";
      stage.id = `circuits-vis-${Math.random().toString(36).slice(2)}`;
      const style = document.createElement("style");
      // White paper under any theme; labels that can be read, and small pictures to be told apart.
      style.textContent = `
        .glasslab-stage { max-width: 600px; padding: 8px 24px; background: #fff; }
        .glasslab-stage, .glasslab-stage h3 { color: #1f1f1f !important; }
        .glasslab-stage h3 { font-size: 14px !important; }
        .glasslab-stage h2 { display: none; }
        .glasslab-stage h4 { color: #fff !important; background: #1f1f1f !important;
          font-size: 12px !important; }
        .glasslab-head { flex: 0 0 110px !important; width: 110px !important;
          max-width: 110px !important; }`;
      const still = figure.querySelector("img");
      still.after(style, stage);
      new MutationObserver(() => {
        const alive = stage.querySelector("canvas") !== null;
        if (alive && figure.dataset.alive !== "yes") dress(stage);
        figure.dataset.alive = alive ? "yes" : "no";
        still.style.display = alive ? "none" : "";
      }).observe(stage, { childList: true, subtree: true });
      library.render(stage.id, library[component], properties);
    } catch (error) {
      console.warn("Glass Lab: this figure stays a still picture.", error);
    }
  };

  const eye = new IntersectionObserver((sights) => {
    for (const { isIntersecting, target } of sights) {
      if (!isIntersecting) continue;
      eye.unobserve(target);
      wake(target);
    }
  });
  // The same figure may stand on a page twice: whichever script comes first takes both.
  for (const figure of document.querySelectorAll(`[data-glasslab="${name}"]:not([data-alive])`)) {
    figure.dataset.alive = "soon";
    eye.observe(figure);
  }
}
