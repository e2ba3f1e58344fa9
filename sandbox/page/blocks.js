// Block Kit blocks as DOM nodes. `surface` says where they stand and what a press does.

import { h } from "./dom.js";
import { chart } from "./charts.js";
import { control } from "./elements.js";
import { markdown } from "./markdown.js";
import { picture, safe } from "./media.js";
import { plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** All blocks of a message or view. A surface has `container`, `act`, `suggest` and `errors` (see surface.js). */
export function drawBlocks(blocks, surface) {
  return h(
    "div",
    { class: "blocks" },
    (blocks ?? []).map((block, index) => {
      const id = block.block_id ?? String(index);
      const draw = BLOCKS[block.type];
      const body = draw
        ? draw(block, surface, id)
        : h("p", { class: "unknown-block" }, `A block of type ${block.type}`);
      return h("div", { class: `block block-${block.type}`, data: { blockId: id } }, body);
    }),
  );
}

const BLOCKS = {
  section,
  header: (block) =>
    h(
      `h${Math.min(6, (block.level ?? 1) + 2)}`,
      { class: `block-heading level-${block.level ?? 1}` },
      textObject(block.text),
    ),
  divider: () => h("hr"),
  context: (block) =>
    block.elements.map((item) =>
      item.type === "image" ? picture(item) : h("span", { class: "context-text" }, textObject(item)),
    ),
  image,
  actions: (block, surface, id) => block.elements.map((element) => control(element, surface, id)),
  context_actions: (block, surface, id) => block.elements.map((element) => control(element, surface, id)),
  input,
  rich_text: richText,
  markdown: (block) => markdown(block.text),
  table: (block) => table(block.rows, block.column_settings),
  data_table: (block) => [h("div", { class: "caption" }, block.caption ?? ""), table(block.rows)],
  alert,
  card,
  carousel: (block, surface, id) =>
    h(
      "div",
      { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" },
      block.elements.map((item) =>
        h("div", { class: "block-card" }, card(item, surface, item.block_id ?? id)),
      ),
    ),
  data_visualization: chart,
  task_card: task,
  plan: (block) => [
    h("div", { class: "plan-title" }, textObject(block.title)),
    (block.tasks ?? []).map(task),
  ],
  container,
  video: (block) => [
    h(
      "a",
      {
        class: "video",
        href: safe(block.title_url ?? block.video_url),
        target: "_blank",
        rel: "noopener noreferrer",
      },
      picture({ image_url: block.thumbnail_url, alt_text: block.alt_text }),
      h("strong", {}, textObject(block.title)),
    ),
  ],
};

function section(block, surface, id) {
  const main = h(
    "div",
    { class: "section-main" },
    block.text && h("div", { class: "text" }, textObject(block.text)),
    block.fields &&
      h(
        "div",
        { class: "fields" },
        block.fields.map((field) => h("div", { class: "text" }, textObject(field))),
      ),
  );
  const accessory = block.accessory;
  if (!accessory) return main;
  const node = accessory.type === "image" ? picture(accessory) : control(accessory, surface, id);
  return [main, h("div", { class: "accessory" }, node)];
}

function image(block) {
  const shown = picture(block);
  if (!block.title) return shown;
  return h("details", { class: "image-block", open: true }, h("summary", {}, textObject(block.title)), shown);
}

function input(block, surface, id) {
  const error = surface.errors?.[id];
  const label = h(
    "div",
    { class: "label", id: `label-${surface.container}-${id}` },
    textObject(block.label),
    block.optional && h("span", { class: "optional" }, " (optional)"),
  );
  const field = control(block.element, surface, id, {
    input: true,
    dispatch: block.dispatch_action,
    labelledBy: label.id,
    invalid: Boolean(error),
  });
  return [
    label,
    field,
    block.hint && h("div", { class: "hint" }, textObject(block.hint)),
    h("div", { class: "field-error", role: "alert" }, error ?? ""),
  ];
}

function table(rows, settings = []) {
  const cell = (item, column, first) => {
    const node = h(
      first ? "th" : "td",
      { scope: first ? "col" : null },
      item.type === "rich_text" ? richText(item) : plain(String(item.text ?? item.value ?? "")),
    );
    const setting = settings?.[column];
    node.style.textAlign = setting?.align ?? (item.type === "raw_number" ? "right" : "left");
    if (setting?.is_wrapped) node.classList.add("wrapped");
    return node;
  };
  const row = (items, index) =>
    h(
      "tr",
      {},
      items.map((item, column) => cell(item, column, index === 0)),
    );
  return h(
    "div",
    { class: "table-box", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h("thead", {}, row(rows[0] ?? [], 0)),
      h(
        "tbody",
        {},
        rows.slice(1).map((items) => row(items, 1)),
      ),
    ),
  );
}

const ALERTS = { default: "•", info: "i", warning: "!", error: "!", success: "✓" };

function alert(block) {
  const level = block.level ?? "default";
  return h(
    "div",
    { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" },
    h("span", { class: "alert-mark", "aria-label": level }, ALERTS[level] ?? "•"),
    h("div", { class: "text" }, textObject(block.text)),
  );
}

function card(block, surface, id) {
  return [
    block.hero_image && h("div", { class: "hero" }, picture(block.hero_image)),
    h(
      "div",
      { class: "card-body" },
      h(
        "div",
        { class: "card-head" },
        block.icon && picture(block.icon),
        h(
          "div",
          {},
          block.title && h("strong", { class: "card-title" }, textObject(block.title)),
          block.subtitle && h("div", { class: "hint" }, textObject(block.subtitle)),
        ),
      ),
      block.body && h("div", { class: "text" }, textObject(block.body)),
      block.actions &&
        h(
          "div",
          { class: "block-actions" },
          block.actions.map((element) => control(element, surface, id)),
        ),
    ),
  ];
}

const STATUS = { pending: "Waiting", in_progress: "Running", complete: "Done", error: "Failed" };

function task(block) {
  const status = block.status ?? "pending";
  const sources = (block.sources ?? []).map((source) =>
    h(
      "a",
      { class: "source", href: safe(source.url), target: "_blank", rel: "noopener noreferrer" },
      source.text,
    ),
  );
  const more = [
    block.details && richText(block.details),
    block.output && richText(block.output),
    sources.length > 0 && h("div", { class: "sources" }, sources),
  ].filter(Boolean);
  const head = [
    h("span", { class: `task-mark task-${status}`, role: "img", "aria-label": STATUS[status] ?? status }),
    h("span", {}, textObject(block.title)),
  ];
  if (more.length === 0) return h("div", { class: "task-card" }, h("div", { class: "task-head" }, head));
  return h(
    "details",
    { class: "task-card", open: status !== "pending" },
    h("summary", { class: "task-head" }, head),
    h("div", { class: "task-more" }, more),
  );
}

function container(block, surface) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title);
  const head = [
    block.icon && picture(block.icon),
    h("strong", {}, title),
    block.subtitle && h("div", { class: "hint" }, textObject(block.subtitle)),
  ];
  const body = drawBlocks(block.child_blocks, surface);
  if (!block.is_collapsible) return h("div", { class: "container-block" }, head, body);
  return h(
    "details",
    { class: "container-block", open: !block.default_collapsed },
    h("summary", {}, head),
    body,
  );
}
