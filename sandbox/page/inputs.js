// Inputs of forms: text, numbers, dates, choices, files. They read and write Slack's state objects.

import { clear, h, icon } from "./dom.js";
import { textObject } from "./mrkdwn.js";

const enter = (element) => element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];

/** The props that all fields share: test hooks, name for screen readers, focus. */
function common(element, slot) {
  return {
    ...slot.names,
    class: "field",
    placeholder: element.placeholder?.text,
    autofocus: element.focus_on_load,
    "aria-labelledby": slot.labelledBy,
    "aria-label": slot.labelledBy ? null : (element.placeholder?.text ?? element.action_id),
    "aria-invalid": slot.invalid ? "true" : null,
  };
}

/** A one-line field: kept as it is typed; Enter acts (dispatching) or submits the form. */
function line(type, props = () => ({})) {
  return (element, slot) => {
    const read = () => ({ type: element.type, value: node.value === "" ? null : node.value });
    const node = h("input", {
      ...common(element, slot),
      type,
      autocomplete: "off",
      ...props(element),
      on: {
        input: () =>
          slot.acts && enter(element).includes("on_character_entered")
            ? slot.change(read())
            : slot.keep(read()),
        change: () => !slot.acts && slot.change(read()),
        keydown: (event) => {
          if (event.key !== "Enter" || event.isComposing) return;
          event.preventDefault();
          if (slot.acts && enter(element).includes("on_enter_pressed")) slot.change(read(), node);
          else slot.submit?.();
        },
      },
    });
    node.value = slot.entered() ? (slot.entered().value ?? "") : (element.initial_value ?? "");
    slot.begin(read());
    return node;
  };
}

function text(element, slot) {
  if (!element.multiline) return line("text", lengths)(element, slot);
  return area(
    element,
    slot,
    (value) => ({ type: element.type, value: value === "" ? null : value }),
    slot.entered() ? (slot.entered().value ?? "") : (element.initial_value ?? ""),
  );
}

const lengths = (element) => ({ maxlength: element.max_length, minlength: element.min_length });

function area(element, slot, state, initial) {
  const node = h("textarea", {
    ...common(element, slot),
    ...lengths(element),
    rows: element.min_lines ?? 4,
    on: {
      input: () => slot.keep(state(node.value)),
      change: () => slot.change(state(node.value), node),
    },
  });
  node.value = initial;
  slot.begin(state(initial));
  return node;
}

function richInput(element, slot) {
  const start = slot.entered()?.rich_text_value ?? element.initial_value;
  return area(
    element,
    slot,
    (value) => ({ type: element.type, rich_text_value: value === "" ? null : toRichText(value) }),
    fromRichText(start),
  );
}

function toRichText(value) {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "text", text: value }] }],
  };
}

function fromRichText(block) {
  return (block?.elements ?? [])
    .map((section) => (section.elements ?? []).map((item) => item.text ?? item.url ?? "").join(""))
    .join("\n");
}

/** A date or time field; `key` is its name in Slack's state. */
function moment(type, key, { toField = (value) => value, fromField = (value) => value, initial }) {
  return (element, slot) => {
    const read = () => ({ type: element.type, [key]: node.value === "" ? null : fromField(node.value) });
    const node = h("input", {
      ...common(element, slot),
      type,
      on: { change: () => slot.change(read(), node) },
    });
    node.value = toField((slot.entered() ? slot.entered()[key] : element[initial]) ?? "") ?? "";
    slot.begin(read());
    if (!element.timezone) return node;
    return h("span", { class: "with-zone" }, node, h("span", { class: "hint" }, element.timezone));
  };
}

function localMoment(unix) {
  if (unix === "") return "";
  const date = new Date(Number(unix) * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Checkboxes and radio buttons: one list of options, each with its description. */
function choices(kind) {
  const many = kind === "checkbox";
  return (element, slot) => {
    const name = `choice-${crypto.randomUUID()}`;
    const start = slot.entered() ?? {
      selected_options: element.initial_options,
      selected_option: element.initial_option,
    };
    const chosen = new Set(
      (many ? (start.selected_options ?? []) : [start.selected_option])
        .filter(Boolean)
        .map((option) => option.value),
    );
    const read = () => {
      const picked = element.options.filter((option, index) => boxes[index].checked);
      return many
        ? { type: element.type, selected_options: picked }
        : { type: element.type, selected_option: picked[0] ?? null };
    };
    const boxes = element.options.map((option, index) =>
      h("input", {
        ...slot.names,
        type: kind,
        name,
        value: option.value,
        checked: chosen.has(option.value),
        autofocus: element.focus_on_load && index === 0,
        on: { change: () => slot.change(read(), node) },
      }),
    );
    const node = h(
      "div",
      {
        class: "choices",
        role: many ? "group" : "radiogroup",
        "aria-labelledby": slot.labelledBy,
        "aria-label": slot.labelledBy ? null : element.action_id,
      },
      element.options.map((option, index) =>
        h(
          "label",
          {},
          boxes[index],
          h(
            "span",
            {},
            h("span", {}, textObject(option.text)),
            option.description && h("small", {}, textObject(option.description)),
          ),
        ),
      ),
    );
    slot.begin(read());
    return node;
  };
}

/** The content of a picked file, as the workspace takes it. */
export function readFile(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () =>
      resolve({ name: file.name, content_base64: String(reader.result).split(",")[1] ?? "" }),
    );
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

export function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function fileInput(element, slot) {
  let files = slot.entered()?.files ?? [];
  const limit = element.max_files ?? 10;
  const add = async (picked) => {
    const read = await Promise.all([...picked].map(readFile));
    change(limit === 1 ? read.slice(-1) : [...files, ...read].slice(0, limit));
  };
  const change = (next) => {
    files = next;
    slot.change({ type: element.type, files }, node);
    show();
  };
  const show = () => {
    clear(
      list,
      files.map((file, index) =>
        h(
          "span",
          { class: "chip" },
          icon("file"),
          file.name,
          h(
            "button",
            {
              type: "button",
              class: "quiet",
              "aria-label": `Remove ${file.name}`,
              on: { click: () => change(files.filter((_, at) => at !== index)) },
            },
            icon("close"),
          ),
        ),
      ),
    );
  };
  const picker = h("input", {
    ...common(element, slot),
    class: "field-file",
    type: "file",
    multiple: limit > 1,
    accept: element.filetypes?.map((type) => `.${type}`).join(","),
    on: { change: () => add(picker.files) },
  });
  const list = h("div", { class: "chips" });
  const node = h(
    "div",
    {
      class: "file-input",
      on: {
        dragover: (event) => event.preventDefault(),
        drop: (event) => {
          event.preventDefault();
          event.stopPropagation();
          add(event.dataTransfer.files);
        },
      },
    },
    picker,
    list,
  );
  slot.begin({ type: element.type, files });
  show();
  return node;
}

export const INPUTS = {
  plain_text_input: text,
  email_text_input: line("email"),
  url_text_input: line("url"),
  number_input: line("text", (element) => ({
    inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
  })),
  rich_text_input: richInput,
  datepicker: moment("date", "selected_date", { initial: "initial_date" }),
  timepicker: moment("time", "selected_time", { initial: "initial_time" }),
  datetimepicker: moment("datetime-local", "selected_date_time", {
    initial: "initial_date_time",
    toField: localMoment,
    fromField: (value) => Math.floor(new Date(value).getTime() / 1000),
  }),
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  file_input: fileInput,
};
