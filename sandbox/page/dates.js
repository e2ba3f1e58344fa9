// Times as Slack words them, in the reader's zone.

const DAY = 86_400_000;

const words = (options) => new Intl.DateTimeFormat("en-US", options);
const time = words({ hour: "numeric", minute: "2-digit" });
const timeSeconds = words({ hour: "numeric", minute: "2-digit", second: "2-digit" });

export function clock(ts) {
  return time.format(new Date(parseFloat(ts) * 1000));
}

/** The clock without AM or PM, for the narrow place beside a message that follows another. */
export function shortClock(ts) {
  return clock(ts).replace(/\s[AP]M$/, "");
}

export function fullTime(ts) {
  return words({ dateStyle: "full", timeStyle: "medium" }).format(new Date(parseFloat(ts) * 1000));
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function daysFromToday(date) {
  return Math.round((midnight(date) - midnight(new Date())) / DAY);
}

const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

/** The line between two days of a channel. */
export function dayName(ts) {
  const date = new Date(parseFloat(ts) * 1000);
  const near = NEAR[daysFromToday(date)];
  return near ? near[0].toUpperCase() + near.slice(1) : longDate(date);
}

export function dayKey(ts) {
  return midnight(new Date(parseFloat(ts) * 1000));
}

function ordinal(day) {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return `${day}${{ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th"}`;
}

function withYear(date, text) {
  return Math.abs(date.getTime() - Date.now()) < 182 * DAY ? text : `${text}, ${date.getFullYear()}`;
}

function monthDay(date, month) {
  return withYear(
    date,
    `${words({ month }).format(date)} ${month === "long" ? ordinal(date.getDate()) : date.getDate()}`,
  );
}

function longDate(date) {
  return `${words({ weekday: "long" }).format(date)}, ${monthDay(date, "long")}`;
}

function iso(date) {
  const pad = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

export function ago(date) {
  const seconds = Math.round((date.getTime() - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" });
  const scales = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ];
  for (const [unit, length] of scales) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return "just now";
}

const TOKENS = {
  date_num: iso,
  date: (date) => monthDay(date, "long"),
  date_short: (date) => monthDay(date, "short"),
  date_long: longDate,
  date_long_full: longDate,
  date_slash: (date) => words({ dateStyle: "short" }).format(date),
  day_divider_pretty: longDate,
  time: (date) => time.format(date),
  time_secs: (date) => timeSeconds.format(date),
  ago,
};

/** Fills `{date_short_pretty} at {time}` and the like; null when the time or a token is not valid. */
export function formatDate(unix, format) {
  const date = new Date(Number(unix) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  let valid = true;
  const text = format.replace(/\{(\w+)\}/g, (_, name) => {
    const pretty = name.endsWith("_pretty") && !(name in TOKENS);
    const near = pretty ? NEAR[daysFromToday(date)] : undefined;
    const token = TOKENS[pretty ? name.slice(0, -7) : name];
    if (!token) valid = false;
    return near ?? token?.(date) ?? "";
  });
  return valid ? text : null;
}
