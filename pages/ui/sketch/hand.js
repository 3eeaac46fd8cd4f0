// Between a click and the page's answer to it the canvas still has the tool that was in hand before, or is about to be
// replaced. What is drawn in this time is held back here, and drawn as soon as the canvas is ready. Keys, too.

const CHANGES_CANVAS = ["Undo", "Redo", "Clear", "channel-"].map((name) => `[class*="st-key-sketch-${name}"] button`).join();
const SENT_MS = 250; // the canvas sends a stroke 200 ms after it ended
const SETTLES_MS = 200; // a new canvas does not say when it can be drawn on
const LOOKS_MS = 50;
const PATIENCE_MS = 8000; // a canvas that did not change by then, nor while the page is being drawn, will not

let shown = { chosen: [], canvas: "" };
let replaced = null; // the canvas that a click has asked to replace, and until when it is waited for
let seen = { canvas: null, box: null, since: 0 }; // the canvas as it was laid out last, and since when it stands there
const waiting = []; // strokes that were drawn meanwhile
let lastUp = 0;

const canvas = () => {
  const place = document.querySelector(`.st-key-${shown.canvas.replaceAll(" ", "-")} [data-testid="stBidiComponentIsolated"]`);
  return place?.shadowRoot?.querySelector(".upper-canvas");
};

// Where the canvas stands, or stood last: while one gives way to another, there may be none, or one without a size.
const box = () => {
  const found = canvas();
  const at = found?.getBoundingClientRect();
  const same = found === seen.canvas && ["x", "y", "width", "height"].every((side) => at?.[side] === seen.box?.[side]);
  if (at?.width && !same) seen = { canvas: found, box: at, since: performance.now() };
  return seen.box;
};

const settled = () => {
  const alone = document.querySelectorAll('[class*="st-key-sketch-canvas"]').length === 1; // two shift each other
  return box() && alone && seen.canvas === canvas() && performance.now() - seen.since > SETTLES_MS;
};

const working = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "running";

const ready = () => {
  const late = replaced && performance.now() > replaced.until && !working();
  if (replaced && (late || replaced.canvas !== shown.canvas)) replaced = null;
  const tools = document.querySelectorAll('.st-key-sketch-tools [role="radio"][aria-checked="true"]');
  const chosen = [...tools].map((option) => option.querySelector("p")?.textContent ?? "");
  return !replaced && settled() && chosen.join() === shown.chosen.join();
};

const CONTROLS = "button, input, textarea, a, [role=button], [role=radio], [role=slider], [role=tab], [role=option]";

const isOver = (event) => {
  const path = event.composedPath();
  if (path.includes(canvas())) return true;
  const { x, y } = placeOf(event);
  const on = !ready() && !path.some((part) => part.matches?.(CONTROLS)) && box();
  return Boolean(on) && x >= on.left && x <= on.right && y >= on.top && y <= on.bottom;
};

// The page may have shifted meanwhile, and the canvas have become larger or smaller.
const draw = (type, { x, y }, from) => {
  const to = box();
  const clientX = to.x + ((x - from.x) * to.width) / from.width;
  const clientY = to.y + ((y - from.y) * to.height) / from.height;
  const place = { clientX, clientY, button: 0, buttons: type === "mouseup" ? 0 : 1 };
  canvas().dispatchEvent(new MouseEvent(type, { ...place, bubbles: true, composed: true, view: window }));
};

const letGo = () => {
  while (waiting.length && ready() && (waiting[0].over || !waiting[0].touch)) {
    const { at, over, on } = waiting.shift();
    draw("mousedown", at[0], on);
    at.slice(1).forEach((place) => draw("mousemove", place, on));
    if (over) draw("mouseup", at.at(-1), on);
  }
  if (waiting.length) setTimeout(letGo, LOOKS_MS);
};

const hold = (event, change) => {
  event.stopImmediatePropagation();
  event.preventDefault();
  change();
};

const placeOf = (event) => {
  const touch = event.touches?.[0] ?? event.changedTouches?.[0] ?? event;
  return { x: touch.clientX, y: touch.clientY };
};

const unfinished = () => (waiting.length && !waiting.at(-1).over ? waiting.at(-1) : null);

const down = (event) => {
  if (!event.isTrusted || event.button > 0 || !isOver(event)) return;
  if (!waiting.length && ready()) return;
  hold(event, () => waiting.push({ at: [placeOf(event)], on: box(), touch: event.type === "touchstart", over: false }));
  if (waiting.length === 1) setTimeout(letGo, LOOKS_MS);
};

const move = (event) => {
  box(); // so that a canvas that a scroll has moved is known to stand there before it is drawn on
  if (event.isTrusted && unfinished()) hold(event, () => unfinished().at.push(placeOf(event)));
};

const up = (event) => {
  if (!event.isTrusted) return;
  lastUp = performance.now();
  if (unfinished()) hold(event, () => (unfinished().over = true));
};

const awaitAnother = () => (replaced = { canvas: shown.canvas, until: performance.now() + PATIENCE_MS });

const clicked = (event) => {
  if (event.composedPath().some((part) => part.matches?.(CHANGES_CANVAS))) awaitAnother();
};

const FIELDS = 'input:not([type="checkbox"], [type="radio"], [type="range"]), textarea, [contenteditable="true"], [data-testid="stDataFrame"]';
const writes = (event) => event.composedPath().some((part) => part.matches?.(FIELDS));


const key = (event) => {
  if (event.defaultPrevented || event.altKey || writes(event)) return;
  const letter = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    const name = letter === "y" || (letter === "z" && event.shiftKey) ? "Redo" : letter === "z" ? "Undo" : null;
    const button = name && document.querySelector(`.st-key-sketch-${name} button:enabled`);
    if (!name) return;
    event.preventDefault();
    if (!button) return;
    awaitAnother();
    setTimeout(() => button.click(), Math.max(0, lastUp + SENT_MS - performance.now()));
  } else if (/^[1-9]$/.test(letter)) {
    document.querySelectorAll('.st-key-sketch-Tool [role="radio"]')[Number(letter) - 1]?.click();
  }
};

const LISTENERS = Object.entries({
  mousedown: down, touchstart: down, mousemove: move, touchmove: move, mouseup: up, touchend: up, click: clicked, keydown: key, scroll: box, resize: box,
});
const mounted = new Set();

export default function ({ data, parentElement }) {
  shown = data;
  box();
  if (!mounted.size) LISTENERS.forEach(([type, act]) => window.addEventListener(type, act, { capture: true, passive: false }));
  mounted.add(parentElement);
  return () => {
    mounted.delete(parentElement);
    if (!mounted.size) LISTENERS.forEach(([type, act]) => window.removeEventListener(type, act, { capture: true }));
  };
}
