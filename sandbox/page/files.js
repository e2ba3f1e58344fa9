// The files of a message: pictures and players in place, everything else as a card.

import { h, icon } from "./dom.js";
import { fileSize } from "./inputs.js";
import { fileAddress, picture } from "./media.js";

/** Every file of the message, in order. */
export function drawFiles(message) {
  return (message.files ?? []).map((file) => {
    const [kind] = (file.mimetype ?? "").split("/");
    return (DRAW[kind] ?? card)(file, fileAddress(file), file.title || file.name);
  });
}

const DRAW = {
  image: (file, address, name) =>
    h(
      "details",
      { class: "image-block", open: true },
      h("summary", {}, name),
      h("a", { href: address, target: "_blank" }, picture({ slack_file: file, alt_text: file.alt_txt || name })),
    ),
  audio: (file, address, name) =>
    h(
      "div",
      { class: "file-player" },
      head(file, address, name),
      h("audio", { controls: true, preload: "metadata", src: address, "aria-label": name }),
    ),
  video: (file, address, name) =>
    h(
      "div",
      { class: "file-player" },
      head(file, address, name),
      h("video", { controls: true, preload: "metadata", src: address, "aria-label": name }),
    ),
};

function card(file, address, name) {
  if (!file.preview) return head(file, address, name);
  return h(
    "div",
    { class: "file-snippet" },
    head(file, address, name),
    h("pre", {}, file.preview, file.preview_is_truncated ? "\n…" : ""),
  );
}

const COLOURS = { pdf: "#c8371b", csv: "#1f7a5c", xlsx: "#1f7a5c", json: "#5b4bb7", mp3: "#2d6cb5", wav: "#2d6cb5" };

function head(file, address, name) {
  const mark = icon("file");
  mark.style.color = COLOURS[file.filetype] ?? "";
  const about = [file.pretty_type ?? file.filetype, file.size !== undefined && fileSize(file.size)];
  return h(
    "a",
    { class: "file-card", href: address, target: "_blank", download: file.name, title: file.alt_txt || name },
    mark,
    h("span", {}, h("strong", {}, name), h("small", {}, about.filter(Boolean).join(" · "))),
  );
}
