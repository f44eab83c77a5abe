// Makes figures from samples: medians with their spread, ratios per round, and their budgets.

const OURS = "auth0-current-user";

/** `{ median, p10, p90, rounds }` of samples, each rounded to four digits. */
export function describe(samples) {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (part) => {
    const index = part * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(index)], sorted[Math.ceil(index)]];
    return Number((low + (high - low) * (index % 1)).toPrecision(4));
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9), rounds: sorted.length };
}

/**
 * One measurement of the report. `against` is `{ peer: limit }`: what this package is compared with, and the limit of the ratio,
 * `{ budget }`, `{ aim }` or `{}`. `--check` fails if a budget is missed. An aim is only shown.
 */
export function compare(title, samples, against, unit = "ms") {
  const names = [OURS, ...Object.keys(against)];
  const subjects = Object.fromEntries(names.map((name) => [name, describe(samples[name])]));
  const ratios = Object.entries(against).map(([peer, limit]) => {
    // Per round, because the machine's load was the same for both only within a round.
    const found = describe(samples[OURS].map((ours, round) => ours / samples[peer][round]));
    return { peer, ...found, ...judge(found.median, limit) };
  });
  return { title, unit, subjects, ratios };
}

function judge(value, { budget, aim }) {
  if (budget !== undefined) return { budget, met: value <= budget };
  return aim === undefined ? {} : { aim, met: value <= aim };
}

/**
 * Growth is linear or less if no step costs more than its factor in size, or than the same step costs the bare platform. `rows` is
 * `[{ size, ms, fetch }]`.
 */
export function growth(title, unit, rows) {
  const steps = rows.slice(1).map((row, index) => {
    const before = rows[index];
    const allowed = Math.max(row.size / before.size, (row.fetch ?? 0) / (before.fetch ?? 1));
    return row.ms / before.ms / allowed;
  });
  const worst = Number(Math.max(...steps).toPrecision(3));
  return { title, unit, rows, worst, budget: 1, met: worst <= 1 };
}

/** All values with a budget: `[{ name, value, budget, met }]`. */
export function budgets({ size, measurements, growths, memory }) {
  return [
    { name: "bytes, brotli", value: size.total.brotli, ...size.limit },
    ...Object.values(measurements).flatMap(({ title, ratios }) =>
      ratios.map(({ peer, median, ...limit }) => ({
        name: `${title}, by ${peer}`,
        value: median,
        ...limit,
      })),
    ),
    ...Object.values(growths).map(({ title, worst, budget, met }) => ({
      name: `${title}: cost by size, worst step`,
      value: worst,
      budget,
      met,
    })),
    { name: memory.title, value: memory.growth, budget: 0, met: memory.met },
  ].filter(({ budget }) => budget !== undefined);
}

const pad = (text, width) => String(text).padEnd(width);
const number = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
const spread = ({ median, p10, p90 }) => `${number(median)} (${number(p10)} to ${number(p90)})`;

/** The report as lines for a terminal. */
export function toText(report) {
  const lines = ["", "sign in, show the profile: bytes, brotli"];
  for (const { library, brotli } of report.size.mainJob)
    lines.push(`  ${pad(library, 26)}${brotli}`);
  for (const { title, unit, subjects, ratios } of Object.values(report.measurements)) {
    lines.push("", `${title}, ${unit}: median (10th to 90th percentile)`);
    for (const [name, figures] of Object.entries(subjects)) {
      const found = ratios.find(({ peer }) => peer === name);
      const beside = found ? `ours by this: ${pad(spread(found), 26)}${verdict(found)}` : "";
      lines.push(`  ${pad(name, 26)}${pad(spread(figures), 28)}${beside}`.trimEnd());
    }
  }
  for (const { title, unit, rows } of Object.values(report.growths)) {
    lines.push("", `${title}, ms`);
    for (const { size, ms, memory, fetch } of rows) {
      const beside = fetch === undefined ? "" : `   bare fetch ${number(fetch)}`;
      lines.push(
        `  ${pad(`${size} ${unit}`, 20)}${pad(number(ms), 10)}${memory / 1024} KiB${beside}`,
      );
    }
  }
  lines.push("", "one sign-in of many in a page, ms");
  for (const { done, ms, memory } of report.memory.rows)
    lines.push(`  ${pad(`${done} done`, 20)}${pad(number(ms), 10)}${memory / 1024} KiB`);
  lines.push("", "budgets");
  for (const { name, value, budget, met } of budgets(report))
    lines.push(`  ${met ? "✓" : "✗"} ${pad(name, 68)}${pad(number(value), 9)} at most ${budget}`);
  return lines.join("\n");
}

function verdict({ budget, aim, met }) {
  if (budget !== undefined) return `${met ? "✓" : "✗"} at most ${budget}`;
  return aim === undefined ? "" : `${met ? "✓" : "✗"} aim ${aim}`;
}

/** Between these lines of docs/benchmarks.md stand the figures of a report. */
const MARKS = ["<!-- figures: npm run bench -- --publish -->", "<!-- end of figures -->"];

/** `page`, the text of docs/benchmarks.md, with the figures of `report` in place of those that it has. */
export function withFigures(page, report) {
  const [before, rest] = page.split(MARKS[0]);
  const after = rest?.split(MARKS[1])[1];
  if (after === undefined) throw new Error(`docs/benchmarks.md has no \`${MARKS[0]}\``);
  return [before, MARKS[0], "\n\n", toMarkdown(report), "\n\n", MARKS[1], after].join("");
}

/** Sizes, ratios with a budget or aim, growth and memory, as Markdown. */
function toMarkdown({ size, measurements, growths, memory, machine, versions }) {
  const kB = (bytes) => `${Number((bytes / 1000).toFixed(1))} kB`;
  const ms = (value) => `${Number(value.toPrecision(2))} ms`;
  const row = (...cells) => `| ${cells.join(" | ")} |`;
  const ratios = Object.values(measurements).flatMap(({ title, ratios }) =>
    ratios
      .filter(({ met }) => met !== undefined)
      .map(({ peer, median, p10, p90, budget, aim, met }) =>
        row(
          title,
          peer,
          ...[median, p10, p90].map((it) => it.toFixed(2)),
          `${budget ?? aim}`,
          met ? "yes" : "no",
        ),
      ),
  );
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `
The machine has ${machine.cores} cores (${machine.cpu}) and Chromium ${machine.chromium}. The libraries are ${tools.join(", ")}.

![Bars: bytes, start-up, redirect handling and authorize URL beside other libraries](images/bench.svg)

### Size

An application that signs in and shows the profile, bundled by Vite, compressed by brotli:

| with | bytes |
|---|---|
${size.mainJob.map(({ library, brotli }) => row(library, kB(brotli))).join("\n")}

The whole package, imported by its main entry, is ${kB(size.total.brotli)}: module and JavaScript together. [size.md](size.md) explains it.

### Time

This package's time divided by the other's in the same round. Below 1, this package is faster.

| | compared with | median | 10 % | 90 % | goal | met |
|---|---|---|---|---|---|---|
${ratios.join("\n")}

### Growth

| a sign-in that reads a key set of | takes |
|---|---|
${growths.keys.rows.map(({ size, ms: time }) => row(`${size} ${size === 1 ? "key" : "keys"}`, ms(time))).join("\n")}

| \`getUser\` with a profile of | takes | bare \`fetch\` takes |
|---|---|---|
${growths.profile.rows.map(({ size, ms: time, fetch }) => row(kB(size), ms(time), ms(fetch))).join("\n")}

After ${memory.signIns} sign-ins in one page the module's memory has grown by ${memory.growth} bytes.`;
}
