// The explorer's view: a list of models that can be searched, the graph that can be zoomed and
// dragged, the restore order. All markup comes from Python, escaped; here it is only shown. A click
// on a link `#table-N` or `#group-N`, anywhere in it, tells Python N.
const FRAME = `
<div class="models"><label>Search models <input type="search" autocomplete="off"></label>
  <p class="found" role="status"></p><nav aria-label="Models by group"></nav></div>
<div class="middle">
  <div class="bar" role="group" aria-label="Zoom">
    <button type="button" data-zoom="1.3">Zoom in</button>
    <button type="button" data-zoom="0.77">Zoom out</button>
    <button type="button" data-zoom="fit">Fit</button>
    <button type="button" data-zoom="1:1">Actual size</button>
    <span class="hint">Drag to move, Ctrl and wheel to zoom, click a table to go to it</span>
  </div>
  <div class="view" tabindex="0" role="region"
    aria-label="Dependency graph. Arrow keys move it; plus, minus and 0 zoom. The lists beside it say the same."></div>
  <div class="caption" role="status"></div>
</div>
<div class="order"><h3>Restore order</h3><nav aria-label="Restore order, by stage"></nav></div>`;
const LINK = "#table-";
const SMALLEST = 0.65; // at which names can be read
const LIMITS = [0.08, 4];

function render({ model, el }) {
  el.classList.add("snapkit-explorer");
  el.dataset.lmSuppressShortcuts = "true"; // Enter on a link is not for JupyterLab's cells
  el.innerHTML = FRAME;
  const find = (selector) => el.querySelector(selector);
  const view = find(".view");
  let size = [1, 1];
  let scale = 1;

  function zoom(wanted, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    const svg = view.querySelector("svg");
    if (!svg) return;
    const next = Math.min(LIMITS[1], Math.max(LIMITS[0], wanted));
    const [left, top] = [(view.scrollLeft + x) / scale, (view.scrollTop + y) / scale];
    svg.style.width = `${size[0] * next}px`;
    svg.style.height = `${size[1] * next}px`;
    view.scrollLeft = left * next - x;
    view.scrollTop = top * next - y;
    scale = next;
  }
  const fitting = () =>
    Math.min((view.clientWidth - 4) / size[0], (view.clientHeight - 4) / size[1], 1.25);

  function draw() {
    view.innerHTML = model.get("picture");
    const svg = view.querySelector("svg");
    if (!svg) return;
    size = [svg.viewBox.baseVal.width * 1.333, svg.viewBox.baseVal.height * 1.333]; // points
    scale = 1;
    zoom(Math.max(fitting(), SMALLEST));
    const link = svg.querySelector(`a[href="${LINK}${model.get("focus")}"]`);
    link?.parentElement.classList.add("focus");
    const box = link?.getBoundingClientRect();
    const frame = view.getBoundingClientRect();
    view.scrollLeft = box ? view.scrollLeft + box.x + box.width / 2 - frame.x - view.clientWidth / 2 : 0;
    view.scrollTop = box ? view.scrollTop + box.y + box.height / 2 - frame.y - view.clientHeight / 2 : 0;
  }
  function mark() {
    for (const link of el.querySelectorAll("nav a")) {
      const isFocus = link.getAttribute("href") === LINK + model.get("focus");
      if (isFocus) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      if (isFocus) {
        const [list, row] = [link.closest("nav"), link.closest("li")];
        const middle = row.offsetTop - list.offsetTop - list.clientHeight / 2;
        list.scrollTop = Math.max(0, middle);
      }
    }
  }
  function search() {
    const wanted = find("input").value.trim().toLowerCase();
    let count = 0;
    for (const section of el.querySelectorAll(".models section")) {
      const inGroup = section.querySelector("h3").textContent.toLowerCase().includes(wanted);
      let shown = 0;
      for (const item of section.querySelectorAll("li")) {
        const name = item.querySelector("a").textContent.toLowerCase();
        item.hidden = !(inGroup || name.includes(wanted));
        shown += !item.hidden;
      }
      section.hidden = !shown;
      count += shown;
    }
    find(".found").textContent = wanted ? `${count} found` : "";
  }
  const panes = {
    models: () => { find(".models nav").innerHTML = model.get("models"); search(); mark(); },
    order: () => { find(".order nav").innerHTML = model.get("order"); mark(); },
    caption: () => { find(".caption").innerHTML = model.get("caption"); },
    picture: () => { draw(); mark(); },
  };
  for (const [name, show] of Object.entries(panes)) {
    model.on(`change:${name}`, show);
    show();
  }
  // Jupyter shows a view before it has a size.
  const watch = new ResizeObserver(() => view.clientWidth && (draw(), watch.disconnect()));
  watch.observe(view);

  find("input").addEventListener("input", search);
  el.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || !el.contains(link)) return;
    event.preventDefault();
    const target = link.getAttribute("href") ?? "";
    const [, kind, number] = target.match(/^#(table|group)-(\d+)$/) ?? [];
    if (!kind || dragged) return;
    model.set("chosen", { [kind]: Number(number), click: Date.now() });
    model.save_changes();
  });
  find(".bar").addEventListener("click", (event) => {
    const how = event.target.dataset.zoom;
    if (how) zoom(how === "fit" ? fitting() : how === "1:1" ? 1 : scale * Number(how));
  });
  view.addEventListener("keydown", (event) => {
    const factor = { "+": 1.3, "=": 1.3, "-": 0.77, 0: fitting() / scale }[event.key];
    if (factor && !event.ctrlKey && !event.metaKey) zoom(scale * factor);
  });
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const frame = view.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - frame.x, event.clientY - frame.y);
  }, { passive: false });

  let start = null;
  let dragged = false;
  view.addEventListener("dragstart", (event) => event.preventDefault());
  view.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType !== "mouse") return;
    start = [event.clientX, event.clientY, view.scrollLeft, view.scrollTop];
    dragged = false;
  });
  const move = (event) => {
    if (!start) return;
    const [x, y] = [event.clientX - start[0], event.clientY - start[1]];
    dragged ||= Math.hypot(x, y) > 5;
    if (dragged) [view.scrollLeft, view.scrollTop] = [start[2] - x, start[3] - y];
  };
  const release = () => { start = null; setTimeout(() => { dragged = false; }); };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", release);
  return () => {
    watch.disconnect();
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", release);
  };
}
export default { render };
