// Building DOM nodes from data. Text always goes in as text nodes, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `props` holds attributes, `on` handlers, `data` attributes; children may be nested or null. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on")
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "data") for (const [key, item] of Object.entries(value)) setData(node, key, item);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

function setData(node, key, value) {
  if (value !== null && value !== undefined) node.dataset[key] = String(value);
}

export function clear(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return node;
}

const SHAPES = {
  hash: "M6 2 4.5 14M11.5 2 10 14M2 5.5h12M1.5 10.5h12",
  lock: "M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  home: "M2.5 7.5 8 2.5l5.5 5M4 6.5v7h8v-7M6.700 13.5v-3.700h2.600v3.700",
  plus: "M8 3v10M3 8h10",
  send: "M2.5 2.5 14 8 2.5 13.5 4 8zM4 8h6",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  back: "M10 3 5 8l5 5",
  down: "M4 6l4 4 4-4",
  reply: "M2.5 3h11v7.5H8L5 13v-2.5H2.5z",
  link: "M6.5 9.5l3-3M7 4.5l1.300-1.300a2.5 2.5 0 0 1 3.5 3.5L10.5 8M9 11.5l-1.300 1.300a2.5 2.5 0 0 1-3.5-3.5L5.5 8",
  more: "M8 3.200v.1M8 8v.1M8 12.800v.1",
  clip: "M12.5 7.5 8 12a3 3 0 0 1-4.300-4.300l5-5a2 2 0 0 1 2.900 2.900l-5 5a1 1 0 0 1-1.400-1.400l4.300-4.300",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  file: "M4 1.5h5l3 3v10H4zM9 1.5v3h3",
  book: "M8 3.5C6.5 2.5 4.5 2.5 2.5 3v10c2-.5 4-.5 5.5.5 1.5-1 3.5-1 5.5-.5V3c-2-.5-4-.5-5.5.5zM8 3.5v10",
  check: "M3 8.5 6.5 12 13 4.5",
  trash: "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.7 9h5.600l.7-9",
  up: "M5 7.5v6H2.5v-6zM5 7.5l2.5-5.5c1.5 0 1.800 1 1.600 2L8.800 6h4c.9 0 1.300.7 1.100 1.5l-1.300 5c-.2.600-.6 1-1.300 1H5",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.200v3.600M6.200 8h3.600",
  at: "M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM10.5 5.5v3.200c0 1.800 3 1.800 3-.7a5.5 5.5 0 1 0-2.200 4.400",
  emoji: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0zM5.5 9.5c1 2 4 2 5 0M6 6v.3M10 6v.3",
};

/** One of the line icons above, drawn in the text's colour. */
export function icon(name) {
  const shape = svg("path", {
    d: SHAPES[name],
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.5",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });
  return svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, shape);
}

/** A person's or an app's avatar: the initial on their colour. */
export function avatar(user, size = 36) {
  const node = h(
    "span",
    { class: user.is_bot ? "avatar avatar-bot" : "avatar", "aria-hidden": "true" },
    (user.label ?? "?").slice(0, 1).toUpperCase(),
  );
  node.style.setProperty("--size", `${size}px`);
  node.style.setProperty("--colour", user.colour ?? "#6b6a70");
  return node;
}

/** A short notice at the foot of the page; a polite live region reads it out. */
export function notice(text) {
  const region = document.getElementById("notices");
  const node = h("div", { class: "notice" }, text);
  region.append(node);
  setTimeout(() => node.remove(), 6000);
}

/**
 * Redraws what is in `root`; if a control in it had focus and was drawn anew, the new one gets the focus and the
 * caret. Says whether a control in `root` has the focus now.
 */
export function keepFocus(root, redraw) {
  const before = document.activeElement;
  const { blockId, actionId } = before?.dataset ?? {};
  const ts = before?.closest("[data-ts]")?.dataset.ts;
  const caret = before?.selectionStart ?? null;
  const held = root.contains(before) && actionId !== undefined;
  redraw();
  if (!held || before.isConnected) return held;
  const message = ts ? `[data-ts="${CSS.escape(ts)}"] ` : "";
  const after = root.querySelector(
    `${message}[data-block-id="${CSS.escape(blockId)}"][data-action-id="${CSS.escape(actionId)}"]`,
  );
  after?.focus();
  if (caret !== null) after?.setSelectionRange?.(caret, caret);
  return Boolean(after);
}

/** A popover next to `anchor`, inside the same dialog if there is one; closes on a press outside or Escape. */
export function openPopover(anchor, content, { wide = false, onClose } = {}) {
  const panel = h("div", { class: wide ? "popover popover-wide" : "popover", popover: "auto" }, content);
  (anchor.closest("dialog") ?? document.body).append(panel);
  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    panel.remove();
    anchor.setAttribute("aria-expanded", "false");
    onClose?.();
  });
  anchor.setAttribute("aria-expanded", "true");
  panel.showPopover();
  place(panel, anchor);
  // Options come when they are drawn, or from the app: what grew must not hang over the edge.
  new ResizeObserver(() => place(panel, anchor)).observe(panel);
  return { panel, close: () => panel.matches(":popover-open") && panel.hidePopover() };
}

function place(panel, anchor) {
  const at = anchor.getBoundingClientRect();
  panel.style.minWidth = `${Math.min(Math.max(at.width, 160), innerWidth - 16)}px`;
  const { width, height } = panel.getBoundingClientRect();
  const below = innerHeight - at.bottom;
  // Once above it stays there, also when typing leaves few options.
  if (below < height + 8 && at.top > below) panel.dataset.above = "yes";
  const top = panel.dataset.above ? at.top - height - 4 : at.bottom + 4;
  panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  panel.style.top = `${Math.max(8, top)}px`;
}

/** A menu of `items` ({label, description, run, href}) next to `anchor`, walked with the arrow keys. */
export function openMenu(anchor, items) {
  const list = h("div", { class: "menu", role: "menu" });
  const { close } = openPopover(anchor, list, { onClose: () => anchor.isConnected && anchor.focus() });
  for (const item of items) {
    list.append(
      h(
        item.href ? "a" : "button",
        {
          class: item.danger ? "menu-item danger" : "menu-item",
          role: "menuitem",
          type: item.href ? null : "button",
          href: item.href,
          target: item.href && "_blank",
          rel: item.href && "noopener noreferrer",
          data: item.data,
          on: {
            click: () => {
              close();
              item.run?.();
            },
          },
        },
        h("span", {}, item.label),
        item.description && h("small", {}, item.description),
      ),
    );
  }
  list.addEventListener("keydown", (event) => walk(event, list));
  list.firstElementChild?.focus();
}

function walk(event, list) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...list.children];
  const next = items.indexOf(document.activeElement) + step;
  items[(next + items.length) % items.length].focus();
}
