// The board comes alive: charts from the page's own tables, and the page is asked anew every few seconds.
"use strict";

const POLL_MS = 10000;
const SLOWEST_MS = 60000;
const root = document.documentElement;
const main = document.querySelector("main.board");
const locale = main.dataset.lang === "en" ? "en-US" : "vi-VN";
const number = new Intl.NumberFormat(locale);
const average = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)");
const isDark = window.matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map();

// -- colours: those of the style sheet, for the screen or for paper ----------------------------------------------------

function palette(paper) {
  const kept = root.dataset.theme;
  if (paper) root.dataset.theme = "light";
  const style = getComputedStyle(root);
  const found = Object.fromEntries(
    ["ink", "soft", "line", "card", "chart", "chart-pale", "accent"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  );
  if (paper) {
    if (kept) root.dataset.theme = kept;
    else delete root.dataset.theme;
  }
  return found;
}

// -- charts ------------------------------------------------------------------------------------------------------------

function rowsOf(figure) {
  const rows = figure.parentElement.querySelectorAll("tbody tr");
  return [...rows].map((row) => ({ name: row.dataset.name, long: row.dataset.long, value: Number(row.dataset.value) }));
}

function rem() {
  return parseFloat(getComputedStyle(root).fontSize);
}

function common(colours) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = rem() * 0.8;
  Chart.defaults.color = colours.soft;
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    layout: { padding: 0 },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: colours.ink, titleColor: colours.card, bodyColor: colours.card, padding: 10, cornerRadius: 6,
        displayColors: false, caretSize: 6,
      },
    },
  };
}

function daysChart(figure, colours) {
  const rows = rowsOf(figure);
  const last = rows.length - 1;
  const values = rows.map((row) => row.value);
  // Today is not over yet: it is no part of an average.
  const averages = values.map((_, place) =>
    place < 6 || place === last ? null : values.slice(place - 6, place + 1).reduce((sum, one) => sum + one, 0) / 7,
  );
  const options = common(colours);
  options.layout.padding = { top: rem() * 1.1, right: rem() * 0.5 };
  options.interaction = { mode: "index", intersect: false };
  options.scales = {
    x: {
      grid: { display: false }, border: { color: colours.line },
      ticks: { maxRotation: 0, autoSkip: true, autoSkipPadding: rem() * 1.2 },
    },
    y: {
      beginAtZero: true, border: { display: false }, grid: { color: colours.line, drawTicks: false },
      ticks: { precision: 0, maxTicksLimit: 5, padding: 8, callback: (value) => number.format(value) },
    },
  };
  options.plugins.legend = {
    display: true, position: "bottom", align: "start",
    labels: { boxWidth: rem() * 1.4, boxHeight: 2, color: colours.soft, filter: (item) => item.datasetIndex === 1 },
    onClick: () => {},
  };
  options.plugins.tooltip.callbacks = {
    title: ([item]) => rows[item.dataIndex].long + (item.dataIndex === last ? ` (${figure.dataset.soFar})` : ""),
    label: (item) =>
      item.datasetIndex === 0
        ? `${number.format(item.parsed.y)} ${figure.dataset.people}`
        : `${figure.dataset.average}: ${average.format(item.parsed.y)}`,
  };
  options.plugins.tooltip.filter = (item) => item.parsed.y !== null;
  return {
    data: {
      labels: rows.map((row) => row.name),
      datasets: [
        {
          type: "bar", data: values, order: 2, borderRadius: 3, borderSkipped: "bottom", maxBarThickness: rem() * 2,
          categoryPercentage: 0.86, barPercentage: 0.9,
          backgroundColor: values.map((_, place) => (place === last ? colours["chart-pale"] : colours.chart)),
          borderColor: colours.chart, borderWidth: values.map((_, place) => (place === last ? 1.5 : 0)),
        },
        {
          type: "line", label: figure.dataset.average, data: averages, order: 1, borderColor: colours.accent,
          backgroundColor: colours.accent, borderWidth: 2, pointRadius: 0, pointHoverRadius: 4, tension: 0.35,
        },
      ],
    },
    options,
    plugins: [valueOver(last, colours)],
  };
}

// The number of today over its bar.
function valueOver(place, colours) {
  return {
    id: "valueOver",
    afterDatasetsDraw(chart) {
      const bar = chart.getDatasetMeta(0).data[place];
      if (!bar) return;
      const { ctx } = chart;
      ctx.save();
      ctx.font = `700 ${rem() * 0.85}px ${Chart.defaults.font.family}`;
      ctx.fillStyle = colours.ink;
      ctx.textAlign = "center";
      ctx.textBaseline = "bottom";
      ctx.fillText(number.format(chart.data.datasets[0].data[place]), bar.x, bar.y - 3);
      ctx.restore();
    },
  };
}

const MOST_SERVICES = 9;

function servicesChart(figure, colours) {
  let rows = rowsOf(figure);
  if (rows.length > MOST_SERVICES) {
    const rest = rows.slice(MOST_SERVICES - 1);
    const sum = rest.reduce((total, row) => total + row.value, 0);
    rows = [...rows.slice(0, MOST_SERVICES - 1), { name: `${figure.dataset.others} (${rest.length})`, value: sum }];
  }
  figure.style.height = `${rows.length * rem() * 2.5 + 4}px`;
  const options = common(colours);
  options.layout.padding = { top: rem() * 0.4 };
  options.indexAxis = "y";
  options.scales = { x: { display: false, beginAtZero: true }, y: { display: false } };
  options.plugins.tooltip.callbacks = { label: (item) => number.format(item.parsed.x) };
  options.plugins.tooltip.position = "nearest";
  const rest = figure.dataset.others;
  return {
    type: "bar",
    data: {
      labels: rows.map((row) => row.name),
      datasets: [
        {
          data: rows.map((row) => row.value), barThickness: rem() * 0.6, borderRadius: 3, borderSkipped: false, minBarLength: 3,
          backgroundColor: rows.map((row) => (row.name.startsWith(`${rest} (`) ? colours["chart-pale"] : colours.chart)),
        },
      ],
    },
    options,
    plugins: [namesOver(colours)],
  };
}

// Each bar with its name above it, and the number at the right end of the line.
function namesOver(colours) {
  return {
    id: "namesOver",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.textBaseline = "bottom";
      chart.getDatasetMeta(0).data.forEach((bar, place) => {
        const y = bar.y - rem() * 0.46;
        const value = number.format(chart.data.datasets[0].data[place]);
        ctx.fillStyle = colours.ink;
        ctx.textAlign = "right";
        ctx.font = `700 ${rem() * 0.9}px ${Chart.defaults.font.family}`;
        ctx.fillText(value, chartArea.right, y);
        const room = chartArea.width - ctx.measureText(value).width - rem() * 0.8;
        ctx.font = `400 ${rem() * 0.85}px ${Chart.defaults.font.family}`;
        ctx.textAlign = "left";
        ctx.fillText(fitting(ctx, chart.data.labels[place], room), chartArea.left, y);
      });
      ctx.restore();
    },
  };
}

function fitting(ctx, text, room) {
  if (ctx.measureText(text).width <= room) return text;
  let short = text;
  while (short && ctx.measureText(`${short}…`).width > room) short = short.slice(0, -1);
  return `${short.trimEnd()}…`;
}

const MAKERS = { days: daysChart, services: servicesChart };

function draw(paper = false) {
  const colours = palette(paper);
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const canvas = figure.querySelector("canvas");
    drawn.get(canvas)?.destroy();
    figure.hidden = false;
    drawn.set(canvas, new Chart(canvas, MAKERS[figure.dataset.chart](figure, colours)));
  }
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
}

// -- live: what has changed is put in place, the rest stays as it is ---------------------------------------------------

const sections = new Map([...document.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part.outerHTML]));
const state = document.querySelector(".state");
let etag = main.dataset.etag;
let time = main.dataset.time;
let wait = POLL_MS;
let timer = 0;

function say(kind, text) {
  if (state.dataset.state === kind && state.lastElementChild.textContent === text) return;
  state.dataset.state = kind;
  state.lastElementChild.textContent = text;
}

function keepOf(part) {
  const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  const wide = [...part.querySelectorAll("[data-more][aria-expanded=true]")].map((one) => one.getAttribute("aria-controls"));
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  const places = focus ? [...part.querySelectorAll("a, button, summary, [tabindex]")] : [];
  const scrolled = [...part.querySelectorAll("[tabindex]")].map((one) => one.scrollTop);
  return { open, wide, scrolled, focus: places.indexOf(focus) };
}

function putBack(part, kept) {
  for (const id of kept.open) part.querySelector(`details#${id}`)?.setAttribute("open", "");
  for (const id of kept.wide) expand(part.querySelector(`[aria-controls=${id}]`), true);
  [...part.querySelectorAll("[tabindex]")].forEach((one, place) => (one.scrollTop = kept.scrolled[place] || 0));
  if (kept.focus >= 0) part.querySelectorAll("a, button, summary, [tabindex]")[kept.focus]?.focus({ preventScroll: true });
}

function replace(fresh) {
  let changed = false;
  for (const [name, before] of sections) {
    const part = fresh.querySelector(`[data-live="${name}"]`);
    if (!part || part.outerHTML === before) continue;
    sections.set(name, part.outerHTML);
    const old = document.querySelector(`[data-live="${name}"]`);
    const told = new Map([...old.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one.textContent]));
    const kept = keepOf(old);
    const made = document.importNode(part, true);
    old.replaceWith(made);
    putBack(made, kept);
    for (const one of made.querySelectorAll("[data-key]")) {
      if (told.get(one.dataset.key) === one.textContent) continue;
      one.classList.add("changed");
      changed = true;
    }
  }
  prepare();
  draw();
  return changed;
}

async function ask() {
  const answer = await fetch(window.location.href, {
    headers: { Accept: "text/html", "If-None-Match": `"${etag}"`, "X-Board-Live": "1" }, cache: "no-store", credentials: "same-origin",
  });
  if (answer.status === 401) return say("ended", state.dataset.endedText);
  if (answer.status === 304) return say("live", state.dataset.liveText);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("body");
  const board = fresh.querySelector("main.board");
  if (!board) throw new Error("not a board");
  if (board.dataset.version !== main.dataset.version) return window.location.reload();
  etag = board.dataset.etag;
  time = board.dataset.time;
  if (replace(fresh)) say("live", state.dataset.changedText.replace("{0}", time));
  else say("live", state.dataset.liveText);
}

async function poll() {
  window.clearTimeout(timer);
  if (document.hidden) return;
  try {
    await ask();
    wait = POLL_MS;
  } catch {
    say("stale", state.dataset.staleText.replace("{0}", time));
    wait = Math.min(wait * 2, SLOWEST_MS);
  }
  if (state.dataset.state !== "ended") timer = window.setTimeout(poll, wait);
}

// -- small comforts ----------------------------------------------------------------------------------------------------

function expand(button, isWide) {
  if (!button) return;
  document.getElementById(button.getAttribute("aria-controls")).classList.toggle("all", isWide);
  button.dataset.all ??= button.textContent;
  button.setAttribute("aria-expanded", String(isWide));
  button.textContent = isWide ? button.dataset.fewer : button.dataset.all;
}

function prepare() {
  for (const button of document.querySelectorAll("[data-more]")) button.hidden = false;
}

function showTheme() {
  const button = document.querySelector("[data-theme-button]");
  button.hidden = false;
  button.lastElementChild.textContent = button.dataset[root.dataset.theme || "auto"];
}

function nextTheme() {
  const themes = ["auto", "light", "dark"];
  const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
  if (next === "auto") delete root.dataset.theme;
  else root.dataset.theme = next;
  try {
    localStorage.setItem("cds-giao-dien", next);
  } catch {
    // It holds until the page is left.
  }
  showTheme();
  draw();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.hasAttribute("data-theme-button")) nextTheme();
  else if (button?.hasAttribute("data-print")) window.print();
  else if (button?.hasAttribute("data-more")) expand(button, button.getAttribute("aria-expanded") !== "true");
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("visibilitychange", poll);
window.addEventListener("online", poll);
isDark.addEventListener("change", () => draw());
window.matchMedia("print").addEventListener("change", (media) => draw(media.matches));
document.querySelector("[data-print]").hidden = false;
prepare();
showTheme();
draw();
poll();
