// Pictures and files.

import { h } from "./dom.js";

/** An address that may stand in src or href: http, https or a path of this server. */
export function safe(address) {
  return /^(https?:\/\/|\/)/i.test(address ?? "") ? address : null;
}

/** The address of a file that Slack holds, by id or by private URL. */
export function fileAddress(file) {
  const id = file.id ?? /\/(F[A-Z0-9]+)/.exec(file.url ?? file.url_private ?? "")?.[1];
  return id ? `/sandbox/files/${encodeURIComponent(id)}` : safe(file.url);
}

/** An image element, from an address or a Slack file; its alt text stands in when it cannot be loaded. */
export function picture(element) {
  const source = element.slack_file ? fileAddress(element.slack_file) : safe(element.image_url);
  const alt = element.alt_text ?? "";
  const node = h("img", { src: source, alt, title: alt });
  node.addEventListener("error", () =>
    node.replaceWith(h("span", { class: "broken-image" }, alt || "image")),
  );
  return node;
}
