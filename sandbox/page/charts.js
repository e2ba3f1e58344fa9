// data_visualization blocks: line, area, bar and pie as plain SVG, with a legend and a table for screen readers.

import { h, svg } from "./dom.js";

const COLOURS = ["#1264a3", "#e01e5a", "#2eb67d", "#ecb22e", "#7c3aed", "#0891b2"];
const WIDTH = 560;
const HEIGHT = 240;
const BOX = { left: 52, right: 12, top: 12, bottom: 34 };

export function chart(block) {
  const data = block.chart;
  const draw = data.type === "pie" ? pie : plot;
  const names =
    data.type === "pie"
      ? data.segments.map((segment) => segment.label)
      : data.series.map((series) => series.name);
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, block.title ?? ""),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": describe(block) }, draw(data)),
    h(
      "div",
      { class: "legend" },
      names.map((name, index) => h("span", {}, swatch(index), name)),
    ),
  );
}

function swatch(index) {
  const node = h("span", { class: "swatch" });
  node.style.background = COLOURS[index % COLOURS.length];
  return node;
}

function describe(block) {
  const data = block.chart;
  if (data.type === "pie")
    return `${block.title}: ${data.segments.map((item) => `${item.label} ${item.value}`).join(", ")}`;
  return `${block.title}: ${data.series.map((item) => `${item.name} ${item.data.map((point) => `${point.label} ${point.value}`).join(", ")}`).join("; ")}`;
}

/** A scale of about five round steps that holds all values; bars and areas start at zero. */
function scale(values, fromZero) {
  const low = Math.min(...values, ...(fromZero ? [0] : []));
  const high = Math.max(...values, ...(fromZero ? [0] : []));
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => span / size <= 5);
  const bottom = Math.floor(low / step + 1e-9) * step;
  const top = Math.ceil(high / step - 1e-9) * step || bottom + step;
  const ticks = Array.from(
    { length: Math.round((top - bottom) / step) + 1 },
    (_, index) => bottom + index * step,
  );
  const height = HEIGHT - BOX.top - BOX.bottom;
  return {
    ticks,
    y: (value) => BOX.top + height * (1 - (value - bottom) / (top - bottom || 1)),
    floor: Math.max(bottom, Math.min(0, top)),
  };
}

const short = (number) =>
  new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 }).format(number);

function plot(data) {
  const labels = data.axis_config?.categories ?? data.series[0].data.map((point) => point.label);
  const { ticks, y, floor } = scale(
    data.series.flatMap((series) => series.data.map((point) => Number(point.value))),
    data.type !== "line",
  );
  const width = WIDTH - BOX.left - BOX.right;
  const slot = data.type === "bar" ? width / labels.length : width / Math.max(1, labels.length - 1);
  const x = (index) => BOX.left + slot * (data.type === "bar" ? index + 0.5 : index);
  const at = (point, index) => x(labels.includes(point.label) ? labels.indexOf(point.label) : index);
  const shape = { bar: bars, area: lines, line: lines }[data.type] ?? lines;
  return [grid(ticks, y), axis(labels, x, data.axis_config), shape(data, { at, y, floor, slot })];
}

function grid(ticks, y) {
  return ticks.map((tick) => [
    svg("line", { x1: BOX.left, x2: WIDTH - BOX.right, y1: y(tick), y2: y(tick), class: "grid" }),
    svg("text", { x: BOX.left - 8, y: y(tick) + 4, "text-anchor": "end" }, short(tick)),
  ]);
}

function axis(labels, x, config) {
  const every = Math.ceil(labels.length / 10);
  const shown = labels.map((label, index) =>
    index % every === 0 ? svg("text", { x: x(index), y: HEIGHT - 18, "text-anchor": "middle" }, label) : null,
  );
  return [
    shown,
    config?.x_label &&
      svg(
        "text",
        { x: WIDTH / 2, y: HEIGHT - 3, "text-anchor": "middle", class: "axis-label" },
        config.x_label,
      ),
    config?.y_label &&
      svg(
        "text",
        {
          transform: `translate(11 ${HEIGHT / 2}) rotate(-90)`,
          "text-anchor": "middle",
          class: "axis-label",
        },
        config.y_label,
      ),
  ];
}

function lines(data, { at, y, floor }) {
  return data.series.map((series, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const points = series.data.map((point, place) => [at(point, place), y(Number(point.value))]);
    const path = points
      .map(([left, top], place) => `${place ? "L" : "M"}${left.toFixed(1)} ${top.toFixed(1)}`)
      .join("");
    const filled =
      data.type === "area" &&
      svg("path", {
        d: `${path}L${points.at(-1)[0]} ${y(floor)}L${points[0][0]} ${y(floor)}Z`,
        fill: colour,
        opacity: "0.18",
      });
    return [
      filled,
      svg("path", { d: path, fill: "none", stroke: colour, "stroke-width": 2, "stroke-linejoin": "round" }),
      points.map(([left, top], place) =>
        svg(
          "circle",
          { cx: left, cy: top, r: 3, fill: colour },
          svg("title", {}, `${series.name}, ${series.data[place].label}: ${series.data[place].value}`),
        ),
      ),
    ];
  });
}

function bars(data, { at, y, floor, slot }) {
  const wide = Math.min(48, (slot * 0.7) / data.series.length);
  return data.series.map((series, index) =>
    series.data.map((point, place) => {
      const top = Math.min(y(Number(point.value)), y(floor));
      const left = at(point, place) + (index - data.series.length / 2) * wide;
      return svg(
        "rect",
        {
          x: left,
          y: top,
          width: Math.max(1, wide - 2),
          height: Math.max(1, Math.abs(y(Number(point.value)) - y(floor))),
          rx: 2,
          fill: COLOURS[index % COLOURS.length],
        },
        svg("title", {}, `${series.name}, ${point.label}: ${point.value}`),
      );
    }),
  );
}

function pie(data) {
  const total = data.segments.reduce((sum, segment) => sum + Number(segment.value), 0) || 1;
  const centre = [WIDTH / 2, HEIGHT / 2];
  const radius = HEIGHT / 2 - 12;
  let turned = -Math.PI / 2;
  return data.segments.map((segment, index) => {
    const share = Math.min(Number(segment.value) / total, 0.99999);
    const point = (angle) =>
      `${centre[0] + radius * Math.cos(angle)} ${centre[1] + radius * Math.sin(angle)}`;
    const end = turned + share * 2 * Math.PI;
    const path = `M${centre.join(" ")}L${point(turned)}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${point(end)}Z`;
    turned = end;
    return svg(
      "path",
      { d: path, fill: COLOURS[index % COLOURS.length] },
      svg("title", {}, `${segment.label}: ${segment.value} (${Math.round(share * 100)} %)`),
    );
  });
}
